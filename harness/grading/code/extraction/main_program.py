"""Which of several code blocks is the main program: what reads standard input and writes standard output by itself.

Behind a program often stand blocks that are none: an example's input and output, a shell's line, one line quoted with
its cost, a test. So the last block is taken only among those that run by themselves. The signs are read from the text:
a block that parses, uses no name it lacks, does something at its top level, writes, and where any block does so, reads.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from harness.grading.code.extraction.code_blocks import CodeBlock
from harness.grading.code.parsing import PythonReader, unbound_names

_READS = re.compile(r"\binput\b|\bstdin\b|\bopen\(\s*0|\bos\.read\(|\bfileinput\b|/dev/stdin")
_WRITES = re.compile(r"\bprint\b|\bstdout\b|\bos\.write\(|\bwrite(?:lines)?\(")
_ONLY_BINDS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)


def choose_main_program(blocks: Sequence[CodeBlock], reader: PythonReader) -> CodeBlock | None:
    """The block that is the program; None where none is Python. A block that lacks names is taken after all others."""
    python = [block for block in blocks if says_something(block.source, None, reader)]
    writing = [block for block in python if _WRITES.search(block.source) and _acts(block.source, reader)]
    whole = [block for block in writing if not _lacks_names(block.source, reader)]
    for group in (whole, writing):
        reading = [block for block in group if _READS.search(block.source)]
        if group:
            # Most problems have input, so a block that reads is preferred; a problem without any is solved by one that
            # only writes.
            chosen = (reading or group)[-1]
            return _later_attempt(blocks, chosen, reader) or chosen
    marked = [block for block in blocks if block.is_python]
    return next(reversed(python or marked), None)


def _later_attempt(blocks: Sequence[CodeBlock], chosen: CodeBlock, reader: PythonReader) -> CodeBlock | None:
    """A later block that is marked as Python, reads and writes, and is broken: the model's last word, though wrong."""
    later = blocks[list(blocks).index(chosen) + 1 :]
    broken = [block for block in later if block.is_python and not reader.parses(block.source)]
    whole = [block for block in broken if _READS.search(block.source) and _WRITES.search(block.source)]
    return whole[-1] if whole else None


def reads_and_writes(block: CodeBlock, reader: PythonReader) -> bool:
    """Whether a block is Python that reads standard input and writes standard output, whatever it is marked as."""
    return reader.parses(block.source) and bool(_READS.search(block.source) and _WRITES.search(block.source))


def says_something(source: str, name: str | None, reader: PythonReader) -> bool:
    """Whether Python text is a program: it defines the name, or does more than name a word or a number."""
    tree = reader.tree(source)
    if tree is None:
        return False
    if name is not None:
        return any(getattr(node, "name", None) == name for node in tree.body)
    # The word `YES` or a number parses as Python: an example of output is no program.
    return any(not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call) for node in tree.body)


def _acts(source: str, reader: PythonReader) -> bool:
    """Whether anything happens when it is run: more than definitions and imports."""
    tree = reader.tree(source)
    return tree is not None and any(
        not isinstance(node, _ONLY_BINDS) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in tree.body
    )


def _lacks_names(source: str, reader: PythonReader) -> bool:
    tree = reader.tree(source)
    has_star_import = re.search(r"^[ \t]*from\b.*\bimport[ \t]*\*", source, re.MULTILINE) is not None
    # `from math import *` may bind any name.
    return tree is None or (bool(unbound_names(tree)) and not has_star_import)
