"""Python source of others as a syntax tree: what a model or a benchmark wrote is parsed, never run."""

from __future__ import annotations

import ast
import warnings


def parse_python(source: str) -> ast.Module:
    """The syntax tree. Raises SyntaxError, ValueError (null bytes), RecursionError or MemoryError (nested too deep)."""
    with warnings.catch_warnings():
        # Published solutions hold "\\w" in plain strings, which Python warns of; the style of others is no news here.
        warnings.simplefilter("ignore")
        return ast.parse(source)
