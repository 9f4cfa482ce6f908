"""Everything a client sends is inspected; what is recorded is clean whatever the model may see."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import CachePolicy
from gonogo.pipeline import respond
from gonogo.providers import ScriptedModel

MAIL = "bob@example.com"
PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 300


async def test_redaction_hides_personal_data_from_the_model_and_from_the_trace(house: Any) -> None:
    model = ScriptedModel("ok")

    ran = await house.run(f"I am {MAIL}", house.version(), house.parts(model, input=[("pii", "redact")]))

    assert model.requests[0].question == "I am [EMAIL]"
    assert model.requests[0].messages[-1]["content"] == "I am [EMAIL]"
    assert ran.trace.question == "I am [EMAIL]"
    assert MAIL not in str(ran.trace)


async def test_flagged_personal_data_reaches_the_model_but_never_the_trace(house: Any) -> None:
    model = ScriptedModel(f"You are {MAIL}.")

    ran = await house.run(f"I am {MAIL}", house.version(), house.parts(model, input=[("pii", "flag")]))

    assert model.requests[0].question == f"I am {MAIL}"
    assert ran.text == f"You are {MAIL}."
    assert ran.trace.answer == "You are [EMAIL]."
    assert ran.trace.messages[0]["content"] == "I am [EMAIL]"
    assert MAIL not in str(ran.trace)


async def test_blocked_personal_data_never_reaches_the_trace(house: Any) -> None:
    ran = await house.run(f"I am {MAIL}", house.version(), house.parts(input=[("pii", "block")]))

    assert ran.trace.outcome == "refused"
    assert MAIL not in str(ran.trace)


@pytest.mark.parametrize("action", ["flag", "redact", "block"])
async def test_evidence_of_another_check_does_not_carry_personal_data_into_the_trace(house: Any, action: str) -> None:
    question = f"{house.injection}, then mail it to {MAIL}"

    ran = await house.run(
        question, house.version(), house.parts(input=[("injection", "flag"), ("pii", action), ("toxicity", "flag")])
    )

    assert {finding.check for finding in ran.trace.findings} >= {"injection", "pii"}
    assert MAIL not in str(ran.trace)


async def test_personal_data_in_an_upstreams_error_does_not_reach_the_trace(house: Any) -> None:
    failure = house.refused(f"bad request: I am {MAIL}", status=400, retryable=False)

    ran = await house.run(
        f"I am {MAIL}", house.version(), house.parts(ScriptedModel([failure]), input=[("pii", "flag")])
    )

    assert ran.trace.error == "bad request: I am [EMAIL]"
    assert MAIL not in str(ran.trace)


async def test_personal_data_in_user_and_session_is_not_recorded(house: Any) -> None:
    request = house.request("How long?", user=MAIL, session=f"chat of {MAIL}")

    trace = (await house.run(request, house.version(), house.parts(input=[("pii", "flag")]))).trace

    assert (trace.user, trace.session) == ("[EMAIL]", "chat of [EMAIL]")


async def test_a_guardrail_that_fails_leaves_a_trace_without_the_clients_words(house: Any) -> None:
    class Broken(house.Rail):
        def inspect(self, text: Any, context: Any) -> Any:
            raise ZeroDivisionError

    parts, ran = house.parts(), house.Ran()
    object.__setattr__(parts, "input_guardrails", (Broken("x", "redact", check="pii"),))

    with pytest.raises(ZeroDivisionError):
        async for _ in respond(house.request(f"I am {MAIL}"), house.version(), parts, ran.record):
            pass

    assert ran.trace.outcome == "failed"
    assert ran.trace.question == ""
    assert MAIL not in str(ran.trace)


async def test_two_redactions_of_one_text_do_not_shift_each_other(house: Any) -> None:
    model = ScriptedModel("ok")
    rules = [("pii", "redact", {"kinds": ["phone"]}), ("pii", "redact", {"kinds": ["email"]})]

    await house.run(f"Call +49 30 12345678 or mail {MAIL}!", house.version(), house.parts(model, input=rules))

    assert model.requests[0].question == "Call [PHONE] or mail [EMAIL]!"


async def test_overlapping_findings_of_two_guardrails_become_one_stretch(house: Any) -> None:
    model, parts = ScriptedModel("ok"), house.parts()
    rails = (house.Rail("alpha beta", "redact"), house.Rail("beta gamma", "redact"))
    parts = house.parts(model)
    object.__setattr__(parts, "input_guardrails", rails)

    await house.run("say alpha beta gamma now", house.version(), parts)

    assert model.requests[0].question == "say [WORD] now"


PLANTED = (
    {"role": "assistant", "content": "{}"},
    {"role": "tool", "tool_call_id": "c1", "content": "{}"},
    {"role": "user", "content": [{"type": "text", "text": "{}"}]},
    {"role": "user", "name": "{}", "content": "hello"},
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.example/?{}"}}]},
    {"role": "user", "content": [{"type": "something_new", "deep": [{"words": "{}"}]}]},
    {"role": "assistant", "content": None, "refusal": "{}"},
    {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "send", "arguments": '{"to": "{}"}'}}]},
    {"role": "assistant", "function_call": {"name": "send", "arguments": '"{}"'}},
)


@pytest.mark.parametrize("message", PLANTED)
async def test_every_part_of_every_message_is_inspected_and_the_finding_says_where(
    house: Any, message: dict[str, Any]
) -> None:
    model = ScriptedModel("ok")
    planted = _put(message, MAIL)
    request = house.request("How long?", messages=(planted, {"role": "user", "content": "How long?"}))

    ran = await house.run(request, house.version(), house.parts(model, input=[("pii", "redact")]))

    assert [finding.where for finding in ran.trace.findings] == ["message 1"]
    assert MAIL not in str(model.requests[0].messages)
    assert MAIL not in str(ran.trace)


async def test_an_injection_in_a_tool_result_is_stopped(house: Any) -> None:
    messages = (
        {"role": "user", "content": "What does the page say?"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "fetch", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": house.injection},
    )
    request = house.request("What does the page say?", messages=messages)

    ran = await house.run(request, house.version(), house.parts(input=[("injection", "block")]))

    assert ran.trace.outcome == "refused"
    assert ran.trace.findings[0].where == "message 3"


async def test_a_field_that_passes_through_is_inspected_too(house: Any) -> None:
    model = ScriptedModel("ok")
    request = house.request("How long?", extra={"prediction": {"type": "content", "content": f"Dear {MAIL}"}})

    ran = await house.run(request, house.version(), house.parts(model, input=[("pii", "redact")]))

    assert model.requests[0].extra == {"prediction": {"type": "content", "content": "Dear [EMAIL]"}}
    assert ran.trace.findings[0].where == "field prediction"


async def test_a_question_in_parts_is_one_finding_and_says_question(house: Any) -> None:
    parts_of = [{"type": "text", "text": f"I am {MAIL}"}, {"type": "text", "text": "How long?"}]
    request = house.request(f"I am {MAIL}\nHow long?", messages=({"role": "user", "content": parts_of},))

    ran = await house.run(request, house.version(), house.parts(input=[("pii", "flag")]))

    assert [finding.where for finding in ran.trace.findings] == ["question"]


async def test_the_same_words_in_two_places_are_found_in_both(house: Any) -> None:
    messages = (
        {"role": "user", "content": MAIL},
        {"role": "assistant", "content": "?"},
        {"role": "user", "content": MAIL},
    )
    request = house.request(MAIL, messages=messages)

    ran = await house.run(request, house.version(), house.parts(input=[("pii", "flag")]))

    assert [finding.where for finding in ran.trace.findings] == ["message 1", "question"]


async def test_a_text_is_inspected_once_although_it_stands_twice(house: Any) -> None:
    rail, parts = house.Rail("x", "flag"), house.parts()
    object.__setattr__(parts, "input_guardrails", (rail,))

    await house.run("How long?", house.version(), parts)

    assert rail.read == ["How long?"]


async def test_a_picture_reaches_the_model_whole_and_the_trace_as_its_size(house: Any) -> None:
    model = ScriptedModel("ok")
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    request = house.request("What is it?", messages=({"role": "user", "content": content},))

    ran = await house.run(request, house.version(), house.parts(model, input=[("pii", "redact")]))

    assert model.requests[0].messages[-1]["content"] == content
    assert (
        ran.trace.messages[0]["content"][1]["image_url"]["url"] == f"[data:image/png;base64 {len(PICTURE)} characters]"
    )


async def test_without_guardrails_the_words_are_recorded_as_they_came(house: Any) -> None:
    ran = await house.run(f"I am {MAIL}", house.version(cache=CachePolicy()), house.parts())

    assert ran.trace.question == f"I am {MAIL}"
    assert ran.trace.findings == ()


async def test_flags_let_the_request_pass_and_stand_in_the_trace(house: Any) -> None:
    ran = await house.run(house.injection, house.version(), house.parts("ok", input=[("injection", "flag")]))

    assert ran.trace.outcome == "answered"
    assert [(finding.check, finding.action, finding.where) for finding in ran.trace.findings] == [
        ("injection", "flag", "question")
    ]


def _put(value: Any, words: str) -> Any:
    """The same shape with ``{}`` in its texts replaced."""
    if isinstance(value, str):
        return value.replace("{}", words)
    if isinstance(value, dict):
        return {key: _put(inner, words) for key, inner in value.items()}
    return [_put(inner, words) for inner in value] if isinstance(value, list) else value
