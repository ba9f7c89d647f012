"""Think blocks in texts that hold reasoning and answer as one: `<think>...</think>answer`.

A block that never closes runs to the end. A closing tag without an opening one ends a block that began with the text,
because some chat templates open it in the prompt. A tag that stands in a fenced code block, a string or inline code is
text: programs and explanations mention tags.

Two readings, which differ on purpose: a response is split for good before it is stored, so `split_thinking` takes only
the dialect's own tags and only blocks the text begins with; a grader reads texts of any origin and may read again, so
`visible_spans` leaves out blocks under any known tag, wherever they stand. The same while a text streams is in
providers/parsing/think_tags.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = r"(?:think|thinking|thought|reasoning)"
_TAG = re.compile(rf"(?P<open><{_NAMES}>|<\|begin_of_thought\|>)|</{_NAMES}>|<\|end_of_thought\|>", re.IGNORECASE)
_MAX_LINE = 200
"""Characters of a line that are read for quotes on either side of a tag: prose in one long line stays cheap."""
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[^`<\n]*$")


def visible_spans(text: str) -> list[tuple[int, int]]:
    """The parts of a text outside think blocks, as [start, end) in order; empty where all of it is thinking."""
    spans: list[tuple[int, int]] = []
    start, is_thinking = 0, False
    for match in _real_tags(text):
        if match["open"]:
            if not is_thinking:
                spans.append((start, match.start()))
            is_thinking = True
        else:
            if not is_thinking:  # its opening tag stood in the prompt: all that came before was thinking
                spans = []
            start, is_thinking = match.end(), False
    return spans if is_thinking else [*spans, (start, len(text))]


def without_thinking(text: str) -> str:
    """The text without its think blocks; each leaves a line break, so that its neighbours stay apart."""
    return "\n".join(text[start:end] for start, end in visible_spans(text))


def _real_tags(text: str) -> Iterator[re.Match[str]]:
    """The tags that open or close a block. In a code fence none opens one, and one closes it only at an edge of a line.

    That one counts because reasoning may leave a fence open; after it a new text begins, outside of any fence.
    """
    if _TAG.search(text) is None:
        return
    fence, at = "", 0
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line.rstrip("\r\n"))
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip(" \t>\r\n") == mark[1] and mark[1].startswith(fence):
            fence = ""
        for match in _TAG.finditer(text, at, at + len(line)):
            before, after = text[at : match.start()], text[match.end() : at + len(line)]
            is_at_edge = not before.strip(" \t>`~") or not after.strip()
            if _is_quoted(before, after) or (fence and (match["open"] or not is_at_edge)):
                continue
            fence = ""
            yield match
        at += len(line)


def _is_quoted(before: str, after: str) -> bool:
    """Whether a string or inline code of the line spans the place between two parts of it.

    An apostrophe after a letter or digit opens nothing: "it's".
    """
    quote, previous = "", " "
    for character in before[-_MAX_LINE:]:
        if not quote and character in "'\"`" and not (character == "'" and previous.isalnum()):
            quote = character
        elif character == quote:
            quote = ""
        previous = character
    return bool(quote) and quote in after[:_MAX_LINE]


def split_thinking(text: str, tags: tuple[str, ...], *, starts_inside: bool = False) -> tuple[str, str]:
    """(reasoning, answer) of a whole response.

    `starts_inside`: the text began as thinking, even where no closing tag ever came.
    """
    if "<" not in text:  # nor any tag
        return (text.strip(), "") if starts_inside else ("", text)
    reasoning: list[str] = []
    rest = text
    while True:
        bare = rest.lstrip()
        tag = next((tag for tag in tags if bare.startswith(f"<{tag}>")), None)
        if tag is None:
            break
        inside, closed, rest = bare[len(tag) + 2 :].partition(f"</{tag}>")
        reasoning.append(inside)
        if not closed:
            return "\n".join(reasoning).strip(), ""
    if not reasoning:
        first = next(_real_tags(rest), None)
        if first is not None and first[0] in [f"</{tag}>" for tag in tags]:
            return rest[: first.start()].strip(), rest[first.end() :].lstrip()
        return (text.strip(), "") if starts_inside else ("", text)
    return "\n".join(part.strip() for part in reasoning).strip(), rest.lstrip()
