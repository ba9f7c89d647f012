"""A stream whose chunks differ in their text alone is read as one whose chunks are all decoded."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Json
from harness.providers import dialect_loader
from harness.providers.format.chunk_template import ChunkTemplate
from harness.providers.format.wire_types import ChunkKind
from tests.cases import all_cases
from tests.providers.reading import endpoint

END = b"[DONE]"


def chunk(content: Json, *, number: int = 0, finish: str | None = None, spaces: bool = False, **delta: Json) -> bytes:
    whole = {"id": f"c{number}", "choices": [{"delta": {**delta, "content": content}, "finish_reason": finish}]}
    return json.dumps(whole, ensure_ascii=False, separators=None if spaces else (",", ":")).encode()


def read(name: str, pieces: Sequence[bytes]) -> tuple[list[ChunkKind], tuple[object, ...]]:
    parser = dialect_loader.new_parser(endpoint(name))
    kinds = [parser.feed_event("", piece) for piece in pieces]
    reply = parser.reply({})
    error = None if reply.error is None else reply.error.kind  # its message quotes the chunk
    return kinds, (reply.text, reply.reasoning, reply.finish_reason, error, reply.undecoded, parser.content_chars)


@given(
    st.lists(st.text(alphabet='ab 6<>/think\\"\n\x7f\u2028é说😀', max_size=9), max_size=12),
    st.sampled_from(["generic", "together", "openai"]),
    st.booleans(),
)
def test_same_answer_as_with_an_envelope_that_always_differs(texts: list[str], name: str, spaces: bool) -> None:
    alike = [chunk(text, spaces=spaces) for text in texts]
    unlike = [chunk(text, spaces=spaces, number=place) for place, text in enumerate(texts)]
    last = [chunk("", finish="stop"), END]
    assert read(name, [*alike, *last]) == read(name, [*unlike, *last])


@all_cases(
    "odd",
    [
        chunk("b", reasoning_content="so"),
        chunk(None, refusal="no"),
        chunk("b", finish="length"),
        chunk("b").replace(b'"b"', b'"\xff"'),
        chunk("b").replace(b'"b"', b'"a\tb"'),
        chunk("b")[:-4],
        chunk("b").replace(b'"b"', b'"b","refusal":"no"'),
        b'{"error":{"message":"overloaded","code":503}}',
    ],
)
def test_odd_chunk_after_plain_ones_is_read_for_what_it_is(odd: bytes) -> None:
    changed = odd.replace(b'"c0"', b'"c9"')
    assert read("generic", [chunk("a"), chunk("a"), odd]) == read("generic", [chunk("a"), chunk("a"), changed])


def test_pieces_of_a_call_beside_a_text_all_count() -> None:
    piece = {"index": 0, "id": "t", "function": {"name": "f", "arguments": "1"}}
    parser = dialect_loader.new_parser(endpoint("generic"))
    for text in "abc":
        parser.feed_event("", chunk(text, tool_calls=[piece]))
    (call,) = parser.reply({}).tool_calls or ()
    assert call.arguments == "111"


def test_half_a_character_in_each_chunk_is_read() -> None:
    halves = [b'{"choices":[{"delta":{"content":"\\ud83d"}}]}', b'{"choices":[{"delta":{"content":"\\ude00"}}]}']
    assert read("generic", [*halves, END])[1][0] == "😀"


def test_message_in_a_stream_is_taken_once() -> None:
    message = b'{"choices":[{"message":{"content":"42"}}]}'
    assert read("generic", [message, message, END])[1][0] == "42"


def test_template_needs_one_plain_content() -> None:
    assert ChunkTemplate.of(b'{"delta":{"content":"a"}}', "a") == ChunkTemplate(b'{"delta":{"content":"', b'"}}')
    assert ChunkTemplate.of(b'{"content":"a","delta":{"content":"a"}}', "a") is None
    assert ChunkTemplate.of(b'{"content":"a","delta":{"cont\\u0065nt":"a"}}', "a") is None
    assert ChunkTemplate.of(b'{"delta":{"content":"b"}}', "a") is None


def test_half_of_a_surrogate_pair_makes_no_template() -> None:
    assert ChunkTemplate.of(b'{"choices":[{"delta":{"content":"\\ud83d"}}]}', "\ud83d") is None


def test_chunks_that_arrive_together_are_told_apart() -> None:
    template = ChunkTemplate(b'data: {"content":"', b'"}\n\n')
    written = "a", "é ", "}{", "\\\\\\n\\u00e9", "\u3000", '\\"}'
    texts = ["a", "é ", "}{", "\\\né", "\u3000", '"}']
    events = [b'data: {"content":"%b"}\n\n' % text.encode() for text in written]
    joined = b"".join(events)
    assert template.texts_in(joined) == (texts, len(joined))
    assert template.texts_in(joined, len(events[0])) == (texts[1:], len(joined))
    for odd in (
        b'data: {"content":"a\\x"}\n\n',
        b'data: {"content":"a\\"}\n\n',
        b'data: {"content":""}\n\n',
        b'data: {"content":"\xff"}\n\n',
        b'data: {"content":"a\tb"}\n\n',
        b": ping\n\n",
        b'data: {"content":"a"}\n',
        b'data: {"content":"a',
    ):
        assert template.texts_in(joined + odd) == (texts, len(joined))
        assert template.texts_in(events[0] + odd + events[1]) == (["a"], len(events[0]))


PADDED = b'{"choices":[{"delta":{"content":"%b"}}],"usage":null,"obfuscation":"%b"}'


def test_random_padding_of_each_chunk_is_no_part_of_the_template() -> None:
    template = ChunkTemplate.of(PADDED % (b"a", b"Xy1"), "a")
    assert template is not None
    within = template.within(b"data: %b\n\n" % (PADDED % (b"a", b"Xy1")), PADDED % (b"a", b"Xy1"))
    assert within is not None
    alike = b"".join(b"data: %b\n\n" % (PADDED % pair) for pair in ((b"b", b""), (b"c d", b"0"), (b"\\n", b"Zz9Zz")))
    assert within.texts_in(alike) == (["b", "c d", "\n"], len(alike))
    for odd in (b"a\\u0022", b"a\tb", b"\xff", b'x","error":"y'):
        assert within.texts_in(alike + b"data: %b\n\n" % (PADDED % (b"e", odd))) == (["b", "c d", "\n"], len(alike))
    for cut in range(1, len(b"data: %b\n\n" % (PADDED % (b"e", b"p")))):
        piece = (b"data: %b\n\n" % (PADDED % (b"e", b"p")))[:cut]
        assert within.texts_in(alike + piece) == (["b", "c d", "\n"], len(alike))


def test_padded_stream_is_read_as_one_without_padding() -> None:
    texts = [b"4", b"2", b"<think>", b" \\u00e9", b"}"]
    padded = [PADDED % (text, b"ab3"[: place % 4]) for place, text in enumerate(texts)]
    plain = [PADDED.replace(b',"obfuscation":"%b"', b"") % text for text in texts]
    assert read("openai", [*padded, chunk("", finish="stop"), END]) == read(
        "openai", [*plain, chunk("", finish="stop"), END]
    )


MESSAGES = [
    (
        "anthropic_messages",
        b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%b"}}',
        "content_block_delta",
    ),
    (
        "anthropic_messages",
        b'{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"%b"}}',
        "content_block_delta",
    ),
    ("openai_responses", b'{"type":"response.output_text.delta","delta":"%b"}', "response.output_text.delta"),
    ("deepseek", b'{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"%b"}}]}', ""),
]


@all_cases(("dialect", "form", "event"), MESSAGES)
def test_every_format_has_its_template(dialect: str, form: bytes, event: str) -> None:
    parser = dialect_loader.new_parser(endpoint(dialect))
    first = parser.feed_event(event, form % b"a")
    assert parser.template is not None
    assert parser.template.texts_in(form % b"bc") == (["bc"], len(form % b"bc"))
    assert parser.feed_event(event, form % b"bc") is first
    other = dialect_loader.new_parser(endpoint(dialect))
    for text in (b"a", b"bc"):
        other.feed_event(event, (form % text).replace(b"{", b"{ ", 1 + (text == b"bc")))  # another envelope each time
    assert parser.reply({}) == other.reply({})
