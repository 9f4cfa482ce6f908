"""Any sound conversation in the words of chat completions is one that Anthropic's Messages API takes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.providers.anthropic_server import check

from gonogo.domain import ModelRequest
from gonogo.providers.anthropic_request import version_for, wire_body

words = st.text("ab \n", max_size=6)
spoken = words.filter(str.strip)
PICTURE = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}
THOUGHTS = (
    {"type": "thinking", "thinking": "Hm.", "signature": "s"},
    {"type": "thinking", "thinking": "Unsigned.", "signature": ""},
    {"type": "redacted_thinking", "data": "x"},
)


@st.composite
def questions(draw: st.DrawFn) -> list[dict[str, Any]]:
    parts = st.lists(st.builds(lambda text: {"type": "text", "text": text}, words) | st.just(PICTURE), max_size=3)
    said = {"role": "user", "content": [*draw(parts), {"type": "text", "text": draw(spoken)}]}
    return draw(st.sampled_from(([said], [{"role": "user", "content": draw(spoken)}], [said, said])))


@st.composite
def answers(draw: st.DrawFn, at: int) -> list[dict[str, Any]]:
    count = draw(st.integers(0, 3))
    calls = [
        {
            "id": f"c{at}_{n}",
            "type": "function",
            "function": {"name": "find", "arguments": draw(st.sampled_from(("{}", "", '{"q":1}')))},
        }
        for n in range(count)
    ]
    content = draw(words | st.none()) if calls else draw(spoken)
    message: dict[str, Any] = {"role": "assistant", "content": content}
    message |= {"tool_calls": calls} if calls else {}
    message |= {"x-gonogo-thinking": draw(st.lists(st.sampled_from(THOUGHTS), max_size=3))}
    results = [{"role": "tool", "tool_call_id": call["id"], "content": draw(words)} for call in calls]
    return [message, *draw(st.permutations(results))]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[dict[str, Any], ...]:
    told: list[dict[str, Any]] = draw(st.just([]) | st.just([{"role": "system", "content": "Be kind."}])).copy()
    for at in range(draw(st.integers(1, 4))):
        told += draw(questions()) if at == 0 or draw(st.booleans()) else []
        told += draw(answers(at))
    return (*told, *draw(questions()))


@settings(max_examples=200, deadline=None)
@given(
    messages=conversations(),
    parameters=st.fixed_dictionaries(
        {}, optional={"temperature": st.just(1), "stop": st.just("x"), "max_tokens": st.just(9)}
    ),
    extra=st.fixed_dictionaries(
        {},
        optional={
            "tool_choice": st.sampled_from(("auto", "none", "required")),
            "parallel_tool_calls": st.booleans(),
            "service_tier": st.just("auto"),
            "safety_identifier": st.just("u"),
        },
    ),
)
def test_a_sound_conversation_is_taken(
    messages: tuple[dict[str, Any], ...], parameters: dict[str, Any], extra: dict[str, Any]
) -> None:
    asked = ModelRequest(model="m", messages=messages, parameters=parameters, extra=extra, tools=(TOOL,))

    body = wire_body(asked, "claude", stream=True)

    check(body, version_for(body))
    told = [block for turn in body["messages"] for block in turn["content"]]
    said = [call["id"] for message in messages for call in message.get("tool_calls", ())]
    assert [block["id"] for block in told if block["type"] == "tool_use"] == said
    assert sorted(block["tool_use_id"] for block in told if block["type"] == "tool_result") == sorted(said)
