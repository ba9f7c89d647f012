"""The program in a completion: which lines are run, where they stand, and what is put before them.

Fenced, for a function: the last block that defines it and is Python, marked so or unmarked. For a main program: the
last block that is a whole one, see `main_program`. Blocks of other languages, of a shell, of input and output are no
programs. Other Python blocks that define names which the chosen one uses and lacks are put before it (code told in
steps). Unfenced: see `unfenced`. A text that only continues the prompt's function (an indented body) gets the prompt's
code in front; a program that repeats the function gets the prompt's imports and helpers.

Broken code is not repaired. What a text may cost is bounded in parsed characters, never in time.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TypeGuard

from harness.grading.code.extraction.code_blocks import CodeBlock, code_blocks
from harness.grading.code.extraction.main_program import choose_main_program, reads_and_writes, says_something
from harness.grading.code.extraction.prompt_code import completed, defines, prompt_code
from harness.grading.code.extraction.unfenced import find_unfenced
from harness.grading.code.parsing import PythonReader, defined_names, unbound_names
from harness.grading.visible_text import VisibleText

_MARKER = re.compile(r"^[ \t]*\[/?(?:BEGIN|DONE|END|PYTHON|CODE|ANSWER|SOLUTION)\][ \t]*$", re.MULTILINE)
"""Lines that few-shot prompts taught models to put around code."""
_MAX_JOINED = 8
"""Further blocks joined to the chosen one because they define a name it lacks."""
_STAR = "*"
"""What a star import binds; it may be any name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What is run and how it was found.

    `spans`: where it stands in the completion, as [start, end) in characters, in the order in which it is put together;
    what the prompt gave is in none. `is_partial`: lines of the text were left out because they are no Python.
    `touches_end`: nothing behind it says that it is whole, so in a truncated completion it is not.
    """

    source: str
    rule: str
    spans: tuple[tuple[int, int], ...] = ()
    is_partial: bool = False
    touches_end: bool = False


def extract(completion: str, *, entry_point: str | None, prompt: str = "") -> Extracted | None:
    """The program of a completion; None where it holds none. `entry_point` None: a main program is wanted.

    Raises ParseBudgetExceeded for a text that would cost too much.
    """
    reader = PythonReader()
    visible = VisibleText.of(completion)
    name = entry_point.partition(".")[0] if entry_point else None
    stub = prompt_code(prompt, name, reader)
    blocks = code_blocks(visible.text, reader)
    before = visible.text[: _first_fence(visible.text)] if blocks else visible.text
    chosen = _choose(blocks, name, reader)
    if chosen is None or (not blocks[0].language and _stands_before_a_stray_fence(before, name, reader)):
        found = _unfenced(visible, before, name, stub, reader)
        if found is not None or not blocks:
            return found
        chosen = next((block for block in reversed(blocks) if not block.is_foreign), None)
        if chosen is None:
            return None
    return _from_block(visible, blocks, chosen, name=name, stub=stub, reader=reader)


def _first_fence(text: str) -> int:
    match = re.search(r"^[ \t>]*(?:`{3,}|~{3,})", text, re.MULTILINE)
    return match.start() if match else len(text)


def _stands_before_a_stray_fence(before: str, name: str | None, reader: PythonReader) -> bool:
    """Whether the program ends at the first fence: a prompt may have opened the block that this fence closes."""
    if name is None:
        return reader.parses(before) and says_something(before, None, reader)
    return defines(before, name) and reader.parses(before)


# the choice of a block


def _choose(blocks: Sequence[CodeBlock], name: str | None, reader: PythonReader) -> CodeBlock | None:
    """The block that is the program; None where no block is known to be one."""
    own = [block for block in blocks if not block.is_foreign]
    if name is None:
        mismarked = [block for block in blocks if block.is_foreign and reads_and_writes(block, reader)]
        return choose_main_program(own, reader) or choose_main_program(mismarked, reader)
    defining = [block for block in own if defines(block.source, name)]
    # After the solution some models repeat the signature with `...` for a usage note.
    whole = [block for block in defining if not _is_outline(block.source, name, reader)]
    importing = [block for block in own if _imports(block.source, name, reader)]
    # The last one: models show a first try, find a fault in it and write the function again.
    if found := whole or defining or importing:
        return found[-1]
    # A wrong mark is the last explanation: what defines the function and is Python is a Python program.
    foreign = [block for block in blocks if defines(block.source, name) and reader.parses(block.source)]
    return foreign[-1] if foreign else None


def _imports(source: str, name: str, reader: PythonReader) -> bool:
    """Whether a program gets the function from a library; a test imports it from the program, so this counts last."""
    tree = reader.tree(source)
    return tree is not None and name in defined_names(tree)


def _is_outline(source: str, name: str, reader: PythonReader) -> bool:
    """Whether the function has no body but a docstring, `pass` or `...`: a signature shown once more."""
    tree = reader.tree(source)
    nodes = [node for node in tree.body if _is_definition(node, name)] if tree is not None else []
    body = nodes[-1].body if nodes else []
    return bool(body) and all(
        isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in body
    )


def _is_definition(node: ast.AST, name: str) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name


# the program of a block


def _from_block(
    visible: VisibleText,
    blocks: Sequence[CodeBlock],
    chosen: CodeBlock,
    *,
    name: str | None,
    stub: str,
    reader: PythonReader,
) -> Extracted:
    rule = _rule(blocks, chosen, name)
    whole, joined = _with_what_it_lacks(chosen, blocks, reader)
    if joined:
        numbers = ", ".join(str(list(blocks).index(block) + 1) for block in joined)
        rule = f"{rule}, behind what it uses of number {numbers}"
    source, rule = completed(whole, name=name, stub=stub, rule=rule, reader=reader)
    spans = tuple(visible.span(block.start, block.end) for block in (*joined, chosen))
    is_open = not chosen.is_closed and chosen is blocks[-1]
    is_begun_again = not blocks[-1].is_closed and blocks[-1] is not chosen and _may_replace(blocks[-1], name)
    return Extracted(source=source, rule=rule, spans=spans, touches_end=is_open or is_begun_again)


def _may_replace(block: CodeBlock, name: str | None) -> bool:
    """Whether an unclosed last block begins the program once more."""
    return not block.is_foreign and (block.is_python if name is None else defines(block.source, name))


def _rule(blocks: Sequence[CodeBlock], chosen: CodeBlock, name: str | None) -> str:
    what = "is a main program" if name is None else f"defines {name}" if defines(chosen.source, name) else "is Python"
    mark = f", marked {chosen.language}" if chosen.language else ", without a mark"
    return f"last fenced block that {what} (number {list(blocks).index(chosen) + 1} of {len(blocks)}{mark})"


def _with_what_it_lacks(
    chosen: CodeBlock, blocks: Sequence[CodeBlock], reader: PythonReader
) -> tuple[str, list[CodeBlock]]:
    """The chosen block behind those others that define what it uses and lacks, and these, in the order of the text.

    Functions, classes, imports and constants alike: code told in steps is one program. Of two that define a name the
    nearest before the chosen one is taken.
    """
    at = list(blocks).index(chosen)
    others = [block for block in (*reversed(blocks[:at]), *blocks[at + 1 :]) if not block.is_foreign]
    source, joined = chosen.source, list[CodeBlock]()
    # Asked again after each join: a helper may need an import or another helper of its own.
    while (tree := reader.tree(source)) is not None and len(joined) < _MAX_JOINED:
        missing = unbound_names(tree) | {_STAR}
        helper = next((block for block in others if _binds(block.source, missing, reader)), None)
        if missing == {_STAR} or helper is None:
            break
        others.remove(helper)
        joined = sorted([*joined, helper], key=lambda block: block.start)
        source = "\n".join(block.source for block in (*joined, chosen))
    return (source, joined) if joined else (chosen.raw, [])


def _binds(source: str, names: Set[str], reader: PythonReader) -> bool:
    tree = reader.tree(source)
    return tree is not None and not names.isdisjoint(defined_names(tree))


# without a fence


def _unfenced(visible: VisibleText, before: str, name: str | None, stub: str, reader: PythonReader) -> Extracted | None:
    """The program of a text that no fence marks; what comes behind a first fence is not looked at."""
    head = VisibleText(before, visible.starts, visible.origins).without(_MARKER)
    skipped = len(head.text) - len(head.text.lstrip("\n"))
    found = find_unfenced(head.text[skipped:], name, stub, reader)
    if found is None:
        return None
    source, rule = found.source, found.rule
    if not found.is_body:
        source, rule = completed(source, name=name, stub=stub, rule=rule, reader=reader)
    span = head.span(skipped + found.start, skipped + found.end)
    is_last = skipped + found.end >= len(head.text.rstrip()) and len(before) == len(visible.text)
    return Extracted(
        source=source,
        rule=rule,
        spans=(span,),
        is_partial=found.is_partial,
        touches_end=is_last and _ends_with(source, name, reader),
    )


def _ends_with(source: str, name: str | None, reader: PythonReader) -> bool:
    """Whether the last line belongs to what is graded: to the function itself, or to a main program, which is all."""
    tree = reader.tree(source)
    if name is None or tree is None:
        return True
    last = source.rstrip().count("\n") + 1
    return any(_is_definition(node, name) and (node.end_lineno or last) >= last for node in tree.body)
