"""Reading Python text without running it, and without a warning: what a model or a benchmark wrote is not our style.

Not covered: cost. A parse takes about a microsecond a character, so whoever reads a model's text bounds it first.
"""

from __future__ import annotations

import ast
import warnings


def parse_python(source: str) -> ast.Module:
    """The syntax tree. Raises SyntaxError, ValueError (null bytes), RecursionError or MemoryError (nested too deep)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def error_line(source: str) -> int | None:
    """The line where a text stops being Python; None where it is Python to the end."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<answer>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 1
    return None


def parses(source: str) -> bool:
    """Whether a text is Python."""
    return error_line(source) is None


def unbound_names(*trees: ast.Module) -> frozenset[str]:
    """Names that the trees use and none of them binds anywhere, built-in ones included."""
    used: set[str] = set()
    bound: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.alias(name=name, asname=other):
                bound.add((other or name).partition(".")[0])
    return frozenset(used - bound)
