"""The core-code problem fill_form solved a second time: tokens first, then a recursive writer."""

from __future__ import annotations

import re
from collections import ChainMap


class _BadTemplateError(Exception):
    """The template breaks a rule or cannot be written with these values."""


def _tokens(template: str) -> list[str]:
    tokens = []
    while template:
        for pattern in (r"\{\{", r"\}\}", r"\{[#/]?\w+\}", r"\{\w+:[0-9]+\}", r"[^{}]+"):
            match = re.match(pattern, template, re.ASCII)
            if match:
                tokens.append(match.group())
                template = template[match.end() :]
                break
        else:
            raise _BadTemplateError
    return tokens


def _check_blocks(tokens: list[str]) -> None:
    names = []
    for token in tokens:
        if token.startswith("{#"):
            names.append(token[2:])
        elif token.startswith("{/") and (not names or names.pop() != token[2:]):
            raise _BadTemplateError
    if names:
        raise _BadTemplateError


def _block_end(tokens: list[str], begin: int) -> int:
    depth, place = 1, begin
    while depth:
        depth += tokens[place].startswith("{#") - tokens[place].startswith("{/")
        place += 1
    return place - 1


def _field(token: str, scope: ChainMap[str, object]) -> str:
    name, _, width = token[1:-1].partition(":")
    value = scope.get(name)
    if isinstance(value, str):
        return format(value, f"<{int(width or 0) or ''}")
    if isinstance(value, int):
        return format(str(value), f">{int(width or 0) or ''}")
    raise _BadTemplateError


def _write(tokens: list[str], scope: ChainMap[str, object]) -> str:
    written, place = "", 0
    while place < len(tokens):
        token = tokens[place]
        if token in ("{{", "}}"):
            written += token[0]
        elif token.startswith("{#"):
            end = _block_end(tokens, place + 1)
            items = scope.get(token[2:-1])
            if not isinstance(items, list):
                raise _BadTemplateError
            written += "".join(_write(tokens[place + 1 : end], scope.new_child(item)) for item in items)
            place = end
        elif token.startswith("{"):
            written += _field(token, scope)
        else:
            written += token
        place += 1
    return written


def fill_form(template: str, values: dict[str, object]) -> str | None:
    try:
        tokens = _tokens(template)
        _check_blocks(tokens)
        return _write(tokens, ChainMap(values))
    except _BadTemplateError:
        return None
