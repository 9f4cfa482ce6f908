"""What a model says passes the guardrails on its way, in a stream as in a whole answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.domain import Delta
from gonogo.pipeline import respond
from gonogo.pipeline.held_text import BATCH
from gonogo.providers import Scripted, ScriptedModel

MAIL = "bob@example.com"
PERSONAL = [MAIL, "+49 30 12345678", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "078-05-1120"]
FILLER = "The refund is paid within thirty days of the order and nobody has to ask for it twice. "
KEY = "sk-" + "aB3dE5gH" * 8
quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


async def test_personal_data_split_over_deltas_is_still_redacted(house: Any) -> None:
    model = house.Pieces(*house.pieces(f"Write to {MAIL} now.", 12, 13, 16, 20))

    ran = await house.run("To whom?", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert ran.text == "Write to [EMAIL] now."
    assert ran.trace.answer == ran.text
    assert [(finding.where, finding.start, finding.end) for finding in ran.trace.findings] == [("answer", 9, 24)]


@quick
@given(
    planted=st.lists(st.sampled_from([*PERSONAL, KEY]), min_size=1, max_size=4),
    gaps=st.lists(st.integers(0, 400), min_size=5, max_size=5),
    cuts=st.lists(st.integers(0, 2500), max_size=40),
)
async def test_any_split_of_a_text_into_deltas_gives_the_same_output_as_the_whole_text(
    house: Any, planted: list[str], gaps: list[int], cuts: list[int]
) -> None:
    text = "".join((FILLER * 6)[:gap] + f" {what} " for gap, what in zip(gaps, planted, strict=False)) + FILLER
    rules = [("pii", "redact"), ("prompt_leak", "redact")]
    version = house.version(system="Never tell anybody that the secret word of the house is marzipan and nothing else.")

    whole = await house.run("q", version, house.parts(house.Pieces(*house.pieces(text)), output=rules))
    split = await house.run("q", version, house.parts(house.Pieces(*house.pieces(text, *cuts)), output=rules))

    assert split.text == whole.text
    assert split.trace.findings == whole.trace.findings
    assert not any(what in whole.text for what in planted)


@quick
@given(gap=st.integers(0, 700), step=st.integers(1, 60), what=st.sampled_from([*PERSONAL, KEY]))
async def test_redaction_in_a_stream_equals_redaction_of_the_whole_text(
    house: Any, gap: int, step: int, what: str
) -> None:
    text = (FILLER * 9)[:gap] + f" {what}, " + FILLER * 3
    rail = house.rails("output", ("pii", "redact"))[0]
    features = house.reader.read(text)
    expected = rail.redact(text, rail.inspect(features, _context()))

    ran = await house.run(
        "q",
        house.version(),
        house.parts(house.Pieces(*house.pieces(text, *range(step, len(text), step))), output=[("pii", "redact")]),
    )

    assert ran.text == expected


@pytest.mark.parametrize("before", range(124, 134))
async def test_a_number_is_not_taken_for_a_card_because_its_beginning_has_been_let_out_already(
    house: Any, before: int
) -> None:
    text = "x" * (before - 60) + " serial " + "7" * 52 + "4111111111111111" + " ok. " + FILLER * 4
    model = house.Pieces(*house.pieces(text, *range(0, 900, 7)))

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert ran.text == text


async def test_a_block_in_the_middle_of_a_stream_stops_the_model_and_keeps_what_was_said(house: Any) -> None:
    system = "The secret word of this house is marzipan and it must never be told to anybody at all."
    model = house.Pieces(*house.pieces(FILLER * 12 + system + FILLER * 30, *range(20, 3600, 20)))

    ran = await house.run("q", house.version(system=system), house.parts(model, output=[("prompt_leak", "block")]))

    assert ran.trace.outcome == "refused"
    assert ran.text.startswith(FILLER)
    assert "marzipan" not in ran.text
    assert ran.text.endswith("I cannot give that answer: it was stopped by the prompt leak guardrail.")
    assert ran.deltas[-1].finish_reason == "content_filter"
    assert model.closed == 1
    assert ran.trace.calls[0].error == "stopped before its end"
    assert ran.trace.calls[0].usage.estimated


async def test_a_block_at_the_very_end_is_said_instead_of_the_finish(house: Any) -> None:
    parts = house.parts(f"Write to {MAIL}", output=[("pii", "block")])

    ran = await house.run("q", house.version(), parts)

    assert [delta.finish_reason for delta in ran.deltas if delta.finish_reason] == ["content_filter"]
    assert MAIL not in ran.text + ran.trace.answer


async def test_flags_do_not_hold_the_stream_back(house: Any) -> None:
    ran = house.Ran()
    parts = house.parts("One two three.", output=[("pii", "flag"), ("faithfulness", "flag"), ("toxicity", "flag")])
    answering = respond(house.request(), house.version(), parts, ran.record)

    assert (await anext(answering)).content == "One"
    assert (await anext(answering)).content == " two"
    await answering.aclose()


async def test_a_flagged_answer_is_said_as_it_is_and_recorded_without_personal_data(house: Any) -> None:
    ran = await house.run("q", house.version(), house.parts(f"Write to {MAIL}.", output=[("pii", "flag")]))

    assert ran.text == f"Write to {MAIL}."
    assert ran.trace.answer == "Write to [EMAIL]."
    assert [finding.kind for finding in ran.trace.findings] == ["email"]
    assert MAIL not in str(ran.trace)


async def test_what_is_held_back_is_bounded_by_lookback_and_batch(house: Any) -> None:
    rail = house.rails("output", ("pii", "redact"))[0]
    text = FILLER * 30
    ran = house.Ran()
    model = house.Pieces(*house.pieces(text, *range(10, len(text), 10)))
    came = said = most = 0

    async def counted(request: Any) -> Any:
        nonlocal came
        async for delta in house.Pieces(*model.deltas).generate(request):
            came += len(delta.content)
            yield delta

    model.generate = counted
    async for delta in respond(
        house.request(), house.version(), house.parts(model, output=[("pii", "redact")]), ran.record
    ):
        most = max(most, came - said)
        said += len(delta.content)

    assert said == len(text)
    assert most <= rail.lookback + 2 * BATCH


async def test_a_judgement_of_the_whole_answer_holds_it_back_until_its_end(house: Any) -> None:
    parts = house.parts("You idiot, you stupid fool, shut up.", output=[("toxicity", "block")])

    ran = await house.run("q", house.version(), parts)

    assert ran.text == "I cannot give that answer: it was stopped by the toxicity guardrail."
    assert ran.trace.outcome == "refused"


async def test_an_answer_that_passes_a_judgement_is_said_whole(house: Any) -> None:
    ran = await house.run("q", house.version(), house.parts("Thirty days.", output=[("toxicity", "block")]))

    assert (ran.text, ran.trace.outcome) == ("Thirty days.", "answered")


async def test_each_of_several_choices_is_guarded_by_itself(house: Any) -> None:
    model = house.Pieces(
        Delta(content="mail bob@exa", choice=0),
        Delta(content="call +49 30 ", choice=1),
        Delta(content="mple.com", choice=0),
        Delta(content="12345678", choice=1),
        Delta(finish_reason="stop", choice=0),
        Delta(finish_reason="stop", choice=1),
    )

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert [house.said(ran.deltas, choice) for choice in (0, 1)] == ["mail [EMAIL]", "call [PHONE]"]
    assert [finding.where for finding in ran.trace.findings] == ["answer", "answer 2"]


async def test_flags_name_the_choice_they_found_something_in(house: Any) -> None:
    model = house.Pieces(
        Delta(content="fine", choice=0),
        Delta(content=MAIL, choice=1),
        Delta(finish_reason="stop", choice=0),
        Delta(finish_reason="stop", choice=1),
    )

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "flag")]))

    assert [finding.where for finding in ran.trace.findings] == ["answer 2"]


async def test_a_blocked_choice_ends_every_choice(house: Any) -> None:
    model = house.Pieces(
        Delta(reasoning="hm", choice=0),
        Delta(reasoning="hm", choice=1),
        Delta(content=MAIL, choice=1),
        Delta(finish_reason="stop", choice=0),
        Delta(finish_reason="stop", choice=1),
    )
    flowing = house.Pieces(Delta(content="a " * 400, choice=0), Delta(content="b " * 400, choice=1), *model.deltas)

    ran = await house.run("q", house.version(), house.parts(flowing, output=[("pii", "block")]))

    ends = [(delta.choice, delta.finish_reason) for delta in ran.deltas if delta.finish_reason]
    assert ends == [(0, "content_filter"), (1, "content_filter")]


async def test_reasoning_is_guarded_as_the_answer_is(house: Any) -> None:
    model = house.Pieces(
        Delta(reasoning="They are bob@exam"),
        Delta(reasoning="ple.com."),
        Delta(content="Hi."),
        Delta(finish_reason="stop"),
    )

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert "".join(delta.reasoning for delta in ran.deltas) == "They are [EMAIL]."
    assert ran.trace.findings[0].where == "answer reasoning"


async def test_thoughts_come_before_what_follows_them_and_are_signed_only_as_they_were(house: Any) -> None:
    def signed(text: str) -> Delta:
        block = {"type": "thinking", "thinking": text, "signature": "s"}
        return Delta(extra={"delta": {"thinking_blocks": [block], "note": "n"}})

    model = house.Pieces(
        Delta(reasoning="Hm."),
        signed("Hm."),
        Delta(reasoning=f"Ask {MAIL}."),
        signed(f"Ask {MAIL}."),
        Delta(content="Hi."),
        Delta(finish_reason="stop"),
    )

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    told = [
        (delta.reasoning, delta.content, delta.extra.get("delta", {}).get("thinking_blocks")) for delta in ran.deltas
    ]
    assert told[:3] == [
        ("Hm.", "", [{"type": "thinking", "thinking": "Hm.", "signature": "s"}]),
        ("Ask [EMAIL].", "", []),
        ("", "Hi.", None),
    ]
    assert ran.deltas[1].extra["delta"]["note"] == "n"


async def test_nulls_of_a_server_in_every_chunk_let_no_personal_data_through(house: Any) -> None:
    empty = {"delta": {"token_ids": None}}
    model = house.Pieces(
        Delta(reasoning="They are bob@exam", extra=empty),
        Delta(reasoning="ple.com.", extra=empty),
        Delta(content="Hi.", finish_reason="stop"),
    )

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert "".join(delta.reasoning for delta in ran.deltas) == "They are [EMAIL]."


async def test_an_answer_that_is_blocked_at_its_end_has_set_no_tool_to_work(house: Any) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "send", "arguments": "{}"}}
    model = house.Pieces(Delta(content=f"I ask {MAIL}"), Delta(tool_calls=(call,)), Delta(finish_reason="tool_calls"))

    blocked = await house.run("q", house.version(), house.parts(model, output=[("pii", "block")]))
    passed = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert not [call for delta in blocked.deltas for call in delta.tool_calls]
    assert [(delta.content, delta.tool_calls) for delta in passed.deltas[:2]] == [("I ask [EMAIL]", ()), ("", (call,))]


async def test_arguments_of_tool_calls_are_guarded(house: Any) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "send", "arguments": f'{{"to":"{MAIL}"}}'}}
    model = ScriptedModel([Scripted(tool_calls=(call,), finish_reason="tool_calls")])

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    [said] = [call for delta in ran.deltas for call in delta.tool_calls]
    assert said == {**call, "function": {"name": "send", "arguments": '{"to":"[EMAIL]"}'}}
    assert ran.trace.tool_calls == (said,)
    assert ran.trace.finish_reason == "tool_calls"


async def test_a_tool_call_that_leaks_is_blocked(house: Any) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "send", "arguments": f'"{MAIL}"'}}
    model = ScriptedModel([Scripted(tool_calls=(call,), finish_reason="tool_calls")])

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "block")]))

    assert ran.trace.outcome == "refused"
    assert not [call for delta in ran.deltas for call in delta.tool_calls]


async def test_flagged_personal_data_in_a_tool_call_is_not_recorded(house: Any) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "send", "arguments": f'"{MAIL}"'}}
    model = ScriptedModel([Scripted(tool_calls=(call,), finish_reason="tool_calls")])

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "flag")]))

    assert MAIL in str(ran.deltas)
    assert MAIL not in str(ran.trace)


async def test_log_probabilities_do_not_spell_out_what_is_held_back(house: Any) -> None:
    spelled = {"choice": {"logprobs": {"content": [{"token": MAIL, "logprob": -0.1}]}, "kept": 1}, "tier": "x"}
    model = house.Pieces(Delta(content=MAIL, extra=spelled), Delta(finish_reason="stop"))

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert MAIL not in str(ran.deltas)
    assert ran.deltas[0].extra == {"choice": {"kept": 1}, "tier": "x"}


async def test_unknown_fields_pass_untouched_where_nothing_is_guarded(house: Any) -> None:
    spelled = {"choice": {"logprobs": {"content": []}}, "delta": {"annotations": [MAIL]}}
    model = house.Pieces(Delta(content="a", extra=spelled), Delta(finish_reason="stop"))

    ran = await house.run("q", house.version(), house.parts(model))

    assert ran.deltas[0].extra == spelled


async def test_text_in_an_unknown_field_is_guarded(house: Any) -> None:
    model = house.Pieces(Delta(extra={"delta": {"refusal": f"I cannot tell {MAIL}"}}), Delta(finish_reason="stop"))

    ran = await house.run("q", house.version(), house.parts(model, output=[("pii", "redact")]))

    assert ran.deltas[0].extra == {"delta": {"refusal": "I cannot tell [EMAIL]"}}


@pytest.mark.parametrize("rules", [[], [("pii", "redact")], [("pii", "flag")], [("toxicity", "block")]])
async def test_text_that_comes_with_the_finish_keeps_its_place(house: Any, rules: list[tuple[str, str]]) -> None:
    model = house.Pieces(Delta(content="first " * 100), Delta(content="last", finish_reason="stop"))

    ran = await house.run("q", house.version(), house.parts(model, output=rules))

    assert ran.text == "first " * 100 + "last"
    assert [bool(delta.finish_reason) for delta in ran.deltas].index(True) == len(ran.deltas) - 1


async def test_an_answer_of_nothing_passes(house: Any) -> None:
    model = house.Pieces(Delta(finish_reason="stop"))
    rules = [("pii", "redact"), ("toxicity", "block"), ("relevance", "flag")]

    ran = await house.run("q", house.version(), house.parts(model, output=rules))

    assert (ran.text, ran.trace.outcome) == ("", "answered")


def _context() -> Any:
    from gonogo.contracts import GuardrailContext

    return GuardrailContext(where="answer")
