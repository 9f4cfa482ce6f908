"""What a Trace is made of."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import Delta, Finding
from gonogo.pipeline.redaction import Recording
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder


class Ticking:
    """A clock on which every look takes a second of time and half a second of CPU."""

    time = spent = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        self.time += 1.0
        return self.time

    def cpu(self) -> float:
        self.spent += 0.5
        return self.spent


@pytest.fixture
def builder(house: Any) -> TraceBuilder:
    return TraceBuilder(house.request("How long?"), house.version(), Ticking(), Recording(house.parts()))


def test_a_step_is_timed_from_the_traces_start_and_keeps_its_attributes(builder: TraceBuilder) -> None:
    with builder.step("retrieve") as span:
        span["found"] = 3

    [made] = builder.finish().spans
    assert (made.name, made.start, made.wall, made.cpu, made.attributes) == ("retrieve", 1.0, 1.0, 0.5, {"found": 3})


def test_a_step_that_fails_is_timed_too(builder: TraceBuilder) -> None:
    with pytest.raises(ZeroDivisionError), builder.step("retrieve"):
        raise ZeroDivisionError

    assert [span.name for span in builder.finish().spans] == ["retrieve"]


def test_the_answer_is_that_of_the_first_choice(builder: TraceBuilder) -> None:
    call = {"id": "c"}
    for delta in (
        Delta(content="a", choice=1, finish_reason="length"),
        Delta(content="b", citations=("x.md",)),
        Delta(content="c", citations=("x.md", "y.md"), finish_reason="stop"),
        Delta(tool_calls=(call,), choice=1),
    ):
        builder.saw(delta)

    trace = builder.finish()
    assert (trace.answer, trace.finish_reason, trace.citations, trace.tool_calls) == (
        "bc",
        "stop",
        ("x.md", "y.md"),
        (),
    )


def test_nothing_of_the_request_is_recorded_before_it_was_checked(builder: TraceBuilder) -> None:
    assert (builder.finish().question, builder.finish().messages) == ("", ())

    builder.record_request()

    assert builder.finish().question == "How long?"


def test_a_refusal_after_some_text_stands_apart_from_it(builder: TraceBuilder) -> None:
    builder.saw(Delta(content="So far"))
    finding = Finding(check="prompt_leak", stage="output", action="block", score=1.0, where="answer")

    first, last = builder.refused(Refusal(finding))

    assert first.content == "\n\nI cannot give that answer: it was stopped by the prompt leak guardrail."
    assert last.finish_reason == "content_filter"


def test_a_trace_without_calls_costs_nothing(builder: TraceBuilder) -> None:
    assert builder.finish().cost == 0
    assert builder.finish().usage.calls == 0
