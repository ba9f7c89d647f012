"""Groups in braces, depths of brackets, the parts between separators, and boxes."""

from __future__ import annotations

import re

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*(?P<brace>\{)?")
_TOKEN_AFTER_BOX = re.compile(r"\s*(\\?\w+)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def group_at(text: str, start: int) -> int | None:
    """The index just past the brace that closes the one at `start`; None if it never closes."""
    depth = 0
    index = start
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return index + 1
        index += 1
    return None


def boxes(text: str) -> list[tuple[int, int, str]]:
    r"""Every outermost \boxed, \fbox or \framebox as (start, end, content); of nested ones the innermost content.

    A box that never closes is left out. One pass: the work grows with the length of the text alone.
    """
    closing = _closing_braces(text)
    found: list[tuple[int, int, str]] = []
    end = inner_end = 0
    for match in _BOX.finditer(text):
        if match["brace"] is None:
            token = _TOKEN_AFTER_BOX.match(text, match.end())
            span = (match.end(), token.end(), token[1]) if token is not None else None
        else:
            close = closing.get(match.end() - 1)
            span = (match.end(), close + 1, text[match.end() : close]) if close is not None else None
        if span is None:
            continue
        if match.start() >= end:
            found.append((match.start(), span[1], span[2]))
            end = inner_end = span[1]
        elif span[1] <= inner_end:
            found[-1] = (*found[-1][:2], span[2])
            inner_end = span[1]
    return found


def _closing_braces(text: str) -> dict[int, int]:
    """Where each brace that closes does so, by where it opens; escaped braces are text."""
    closing, opened = {}, []
    for match in _BRACE.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            closing[opened.pop()] = match.start()
    return closing


_BRACKET = re.compile(r"(?<!\\)[()\[\]{}]|\\[lr]brace")


def depths_of(text: str) -> list[int]:
    """In how many brackets each character stands."""
    depths, depth, start = [], 0, 0
    for match in _BRACKET.finditer(text):
        depths += [max(depth, 0)] * (match.start() - start)
        start = match.start()
        if match[0] in ("(", "[", "{", "\\lbrace"):
            depths.append(max(depth, 0))
            depth += 1
        else:
            depth -= 1
            depths.append(max(depth, 0))
        start += 1
    return depths + [max(depth, 0)] * (len(text) - start)


def split_top(text: str, separator: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The parts of the text between separators outside all brackets, and those separators."""
    if not separator.search(text):
        return [text], []
    depths = depths_of(text)
    spans = _environments(text)
    parts, signs, start = [], [], 0
    for match in separator.finditer(text):
        inside = any(low <= match.start() < high for low, high in spans)
        if depths[match.start()] or inside:
            continue
        parts.append(text[start : match.start()])
        signs.append(match[0].strip())
        start = match.end()
    parts.append(text[start:])
    return parts, signs


def _environments(text: str) -> list[tuple[int, int]]:
    if "\\begin" not in text:
        return []
    ends = [match.end() for match in re.finditer(r"\\end\s*\{\w+\*?\}", text)]
    starts = [match.start() for match in re.finditer(r"\\begin\s*\{\w+\*?\}", text)]
    return list(zip(starts, ends, strict=False))
