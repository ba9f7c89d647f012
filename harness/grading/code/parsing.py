"""Reading Python text without running it, and without a warning: what a model or a benchmark wrote is not our style.

A parse takes about a microsecond a character, so whoever reads a model's text does so through a PythonReader, which
counts characters and never seconds: the same text gives the same result on a busy machine.
"""

from __future__ import annotations

import ast
import builtins
import warnings

from harness.core.python_text import parse_python

MAX_PARSED_CHARACTERS = 2_000_000
"""What one text may cost: about 2 s of CPU time."""


_COPIED_PER_PARSED = 50
"""Characters that are copied in the time in which one is parsed."""


class ParseBudgetExceeded(Exception):
    """The text would need more parsing than one text may cost: a limit of the harness, no finding about the text."""


class PythonReader:
    """Parses under a budget of characters. Every method raises ParseBudgetExceeded where it is used up."""

    def __init__(self, characters: int = MAX_PARSED_CHARACTERS) -> None:
        self._left = characters
        self._known: dict[tuple[int, int], int | None] = {}

    def error_line(self, source: str) -> int | None:
        """The line where a text stops being Python, from 1; None where it is Python to the end."""
        # Length and hash in place of the text: candidates of one answer are nearly all of it, over and over.
        key = (len(source), hash(source))
        if key not in self._known:
            line = error_line(source)
            parsed = len(source) if line is None else sum(map(len, source.split("\n", line)[:line])) + line
            self._left -= parsed + len(source) // _COPIED_PER_PARSED
            self._known[key] = line
        if self._left < 0:
            raise ParseBudgetExceeded(f"more than {MAX_PARSED_CHARACTERS} characters would have to be parsed")
        return self._known[key]

    def parses(self, source: str) -> bool:
        """Whether a text is Python."""
        return self.error_line(source) is None

    def tree(self, source: str) -> ast.Module | None:
        """The syntax tree; None where the text is no Python."""
        return parse_python(source) if self.parses(source) else None


def error_line(source: str) -> int | None:
    """The line where a text stops being Python, from 1; None where it is Python to the end.

    It is compiled: `return` outside a function parses and does not compile.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # dont_inherit: this module's own `from __future__` would change what is Python there.
            compile(source, "<answer>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 1
    return None


def unbound_names(*trees: ast.Module) -> frozenset[str]:
    """Names that the trees use and none of them binds anywhere; built-in names are not among them."""
    used: set[str] = set()
    bound: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used.add(node.id)
        else:
            bound.update(_bound_by(node))
    return frozenset(used - bound - frozenset(dir(builtins)))


def defined_names(tree: ast.Module) -> frozenset[str]:
    """Names that a module binds at its top level, also below `if`, `try`, `with` and loops; imports included."""
    names: set[str] = set()
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        names.update(_bound_by(node))
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)
    return frozenset(names)


def _bound_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.alias(name=name, asname=other):
            # `import os.path` binds os.
            return [(other or name).partition(".")[0]]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
    return []
