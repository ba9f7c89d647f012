"""The calls of a reply, in every format, from pieces and whole."""

from __future__ import annotations

import json

from harness.core.types import FinishReason, Json, ToolCall
from harness.providers.format.wire_types import ParsedResponse
from tests.cases import all_cases
from tests.providers.reading import read_body, read_events

A = ToolCall(name="add", arguments='{"a": 1}')
B = ToolCall(name="sub", arguments='{"b": 2}')


def chat(*deltas: Json, finish: str = "tool_calls", name: str = "openai") -> ParsedResponse:
    choices: list[Json] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": finish})
    events = [("", json.dumps({"choices": [choice]}).encode()) for choice in choices]
    return read_events(name, [*events, ("", b"[DONE]")])


def piece(arguments: Json, *, index: int | None = 0, call_id: str | None = None, name: str | None = None) -> Json:
    call: dict[str, Json] = {} if index is None else {"index": index}
    call |= {} if call_id is None else {"id": call_id, "type": "function"}
    return {"tool_calls": [{**call, "function": {"arguments": arguments, **({"name": name} if name else {})}}]}


def test_pieces_of_two_calls_may_come_mixed() -> None:
    reply = chat(
        piece("", call_id="c1", name="add"),
        piece('{"a"'),
        piece("", index=1, call_id="c2", name="sub"),
        piece(": 1}"),
        piece('{"b": 2}', index=1),
    )
    assert (reply.tool_calls, reply.finish_reason, reply.text) == ((A, B), FinishReason.TOOL_CALLS, "")


def test_a_new_id_at_the_same_index_is_another_call() -> None:
    whole = [piece(call.arguments, call_id=f"c{call.name}", name=call.name) for call in (A, B)]
    assert chat(*whole, name="gemini_compat").tool_calls == (A, B)


def test_calls_without_an_index_are_told_apart_by_their_names() -> None:
    assert chat(*(piece(call.arguments, index=None, name=call.name) for call in (A, B))).tool_calls == (A, B)


def test_an_id_and_a_name_that_each_chunk_repeats_are_of_one_call() -> None:
    assert chat(*(piece(part, call_id="c1", name="add") for part in ('{"a"', ": 1}"))).tool_calls == (A,)


def test_arguments_as_an_object_become_text() -> None:
    assert chat(piece({"a": 1}, call_id="c1", name="add")).tool_calls == (A,)


def test_the_form_before_tools_is_read() -> None:
    reply = chat(
        {"function_call": {"name": "add", "arguments": '{"a"'}},
        {"function_call": {"arguments": ": 1}"}},
        finish="function_call",
    )
    assert (reply.tool_calls, reply.finish_reason) == ((A,), FinishReason.TOOL_CALLS)


def test_a_whole_chat_completion() -> None:
    calls: Json = [{"id": c.name, "function": {"name": c.name, "arguments": c.arguments}} for c in (A, B)]
    message: Json = {"role": "assistant", "content": None, "tool_calls": calls}
    body: Json = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    assert read_body("openai", json.dumps(body).encode()).tool_calls == (A, B)


def test_a_whole_message_at_the_end_of_a_stream_adds_no_second_call() -> None:
    message: Json = {"content": "", "tool_calls": [{"id": "c1", "function": {"name": "add", "arguments": '{"a": 1}'}}]}
    events: list[Json] = [
        {"choices": [{"delta": piece('{"a": 1}', call_id="c1", name="add")}]},
        {"choices": [{"message": message, "finish_reason": "tool_calls"}]},
    ]
    reply = read_events("minimax", [("", json.dumps(event).encode()) for event in events])
    assert reply.tool_calls == (A,)


def messages_events(*blocks: tuple[Json, list[str]]) -> list[tuple[str, bytes]]:
    events: list[Json] = [{"type": "message_start", "message": {"usage": {"input_tokens": 1, "output_tokens": 1}}}]
    for index, (block, pieces) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        for text in pieces:
            delta = {"type": "input_json_delta", "partial_json": text}
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
    stop: Json = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}
    return [("", json.dumps(event).encode()) for event in (*events, stop, {"type": "message_stop"})]


def use(name: str, given: Json) -> Json:
    return {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": given}


@all_cases(
    ("given", "pieces", "arguments"),
    [
        ({}, ["", '{"a"', ": 1}"], '{"a": 1}'),
        ({}, [], "{}"),  # a tool without parameters
        ({"a": 1}, [], '{"a": 1}'),  # a gateway that sends the input with the start
        ({}, ['{"a": '], '{"a": '),
    ],
)
def test_a_block_of_the_messages_api(given: Json, pieces: list[str], arguments: str) -> None:
    reply = read_events("anthropic_messages", messages_events((use("add", given), pieces)))
    assert reply.tool_calls == (ToolCall(name="add", arguments=arguments),)
    assert reply.finish_reason is FinishReason.TOOL_CALLS


def test_tools_that_anthropics_server_runs_are_no_calls() -> None:
    server: Json = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
    reply = read_events("anthropic_messages", messages_events((server, ['{"query": "x"}']), (use("sub", {"b": 2}), [])))
    assert reply.tool_calls == (B,)


def test_a_whole_message() -> None:
    body: Json = {"content": [{"type": "text", "text": "So:"}, use("add", {"a": 1})], "stop_reason": "tool_use"}
    reply = read_body("anthropic_messages", json.dumps(body).encode())
    assert (reply.text, reply.tool_calls) == ("So:", (A,))


def item(call: ToolCall, arguments: str) -> Json:
    return {"type": "function_call", "id": f"fc_{call.name}", "call_id": "x", "name": call.name, "arguments": arguments}


def responses_events(*, with_done: bool, with_envelope: bool) -> list[tuple[str, bytes]]:
    events: list[Json] = []
    for number, call in enumerate((A, B)):
        events.append({"type": "response.output_item.added", "output_index": number, "item": item(call, "")})
        for part in (call.arguments[:4], call.arguments[4:]):
            place = {"item_id": f"fc_{call.name}", "output_index": number}
            events.append({"type": "response.function_call_arguments.delta", **place, "delta": part})
        if with_done:
            events.append({"type": "response.output_item.done", "item": item(call, call.arguments)})
    output = [item(call, call.arguments) for call in (A, B)] if with_envelope else []
    events.append({"type": "response.completed", "response": {"status": "completed", "output": output}})
    return [("", json.dumps(event).encode()) for event in events]


@all_cases("with_done", [True, False])
@all_cases("with_envelope", [True, False])
def test_items_of_the_responses_api(with_done: bool, with_envelope: bool) -> None:
    reply = read_events("openai_responses", responses_events(with_done=with_done, with_envelope=with_envelope))
    assert (reply.tool_calls, reply.finish_reason) == ((A, B), FinishReason.TOOL_CALLS)


def test_a_whole_response_and_a_custom_tools_free_text() -> None:
    custom: Json = {"type": "custom_tool_call", "id": "ctc_1", "name": "run", "input": "ls"}
    body: Json = {"status": "completed", "output": [item(A, A.arguments), custom]}
    reply = read_body("openai_responses", json.dumps(body).encode())
    assert reply.tool_calls == (A, ToolCall(name="run", arguments="ls"))


def test_a_reply_without_a_call_has_none() -> None:
    assert chat({"content": "4"}, finish="stop").tool_calls is None


@all_cases("broken", [[1], [{}], [{"function": 3}], "x", {"a": 1}, [{"index": {}, "id": [], "function": {}}]])
def test_calls_of_any_form_do_no_harm(broken: Json) -> None:
    reply = chat({"tool_calls": broken, "content": "4"})
    assert reply.text == "4"
