"""The page of one Trace, for every kind of outcome."""

from __future__ import annotations

import pytest

from gonogo.cli.trace_page import SHORT_BAR, print_trace
from gonogo.domain import Chunk, Finding, ModelCall, RetrievedChunk, RoutingDecision, Score, Span, Trace, Usage


def trace(**more: object) -> Trace:
    fields: dict[str, object] = {
        "id": "0" * 32, "created_at": 1_760_000_000.0, "mission": "support", "version": 3, "behaviour_digest": "b",
        "environment": "production", "question": "Why?", "answer": "Because.", "outcome": "answered", **more,
    }  # fmt: skip
    return Trace(**fields)  # type: ignore[arg-type]


@pytest.fixture
def page(capsys):
    def printed(found: Trace) -> str:
        print_trace(found)
        return capsys.readouterr().out

    return printed


def test_a_failed_call_shows_its_error_and_unknown_cost(page):
    call = ModelCall(name="small", provider="local", model="m", usage=Usage(), cost=None, error="timed out")
    out = page(trace(outcome="failed", error="no model answered", calls=(call,)))
    assert "error    no model answered" in out
    assert "unknown ERROR timed out" in out


def test_kinds_of_tokens_that_few_models_have_are_shown_where_there_are_any(page):
    usage = Usage(input=1200, output=80, cache_written=300, output_audio=7)
    call = ModelCall(name="small", provider="local", model="m", usage=usage, cost=0.5)
    shown = "1200 in (0 cached, 300 cache written), 80 out (0 reasoning, 7 output audio)"
    assert shown in page(trace(calls=(call,)))


def test_tokens_are_shown_by_kind(page):
    usage = Usage(input=1200, output=80, cached=400, reasoning=16)
    call = ModelCall(name="small", provider="local", model="m", usage=usage, cost=0.5)
    assert "tokens 1200 in (400 cached), 80 out (16 reasoning); $0.5" in page(trace(calls=(call,)))


def test_an_answer_from_the_cache_names_the_trace_it_came_from(page):
    assert "cache    exact, from Trace abc" in page(trace(outcome="cached", cache="exact", cached_from="abc"))


def test_why_a_model_was_chosen_is_shown(page):
    decision = RoutingDecision(model="small", difficulty=0.21, threshold=0.5, reasons=("short question",))
    assert "model    small (difficulty 0.21)  short question" in page(trace(routing=decision))


def test_findings_show_check_action_and_place(page):
    finding = Finding(check="pii", stage="input", action="redact", score=0.97, where="question", signals=("an @",))
    assert "input pii redact 0.97 at question an @" in page(trace(findings=(finding,)))


def test_a_score_that_is_missing_says_so_and_is_no_zero(page):
    out = page(trace(scores=(Score(metric="faithfulness", value=None, state="not-applicable"),)))
    assert "faithfulness   not-applicable" in out


def test_answers_of_several_lines_stand_under_one_another(page):
    assert "answered one\n         two\n" in page(trace(answer="one\ntwo"))


def test_stored_text_cannot_steer_the_terminal(page):
    chunk = Chunk(id="c", text="\x1b[2Jgone", source="a.md", line=1)
    out = page(trace(answer="\x1b]0;title\x07", chunks=(RetrievedChunk(chunk=chunk, score=1.0, rank=1),)))
    assert "\x1b]" not in out
    assert "\x1b[2J" not in out


def test_on_80_columns_the_bars_are_short(page, monkeypatch):
    monkeypatch.setattr("gonogo.cli.trace_page.screen_width", lambda: 80)
    out = page(trace(wall=1.0, spans=(Span(name="generate", start=0.0, wall=1.0, cpu=0.1),)))
    assert "█" * SHORT_BAR + " " in out
    assert "█" * (SHORT_BAR + 1) not in out
