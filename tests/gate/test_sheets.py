from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import Score
from gonogo.gate import Sheet


def reduced(sheets, *repeats, **more):
    return Sheet.of(sheets.run(*repeats, **more), sheets.tasks(len(repeats[0]))).outcomes


@pytest.mark.parametrize(
    ("repeats", "passed"),
    [("+++", True), ("++-", True), ("+--", False), ("+-", False), ("+?", True), ("-??", False), ("??", None)],
)
def test_repeats_become_one_outcome_by_majority_and_a_tie_fails(sheets, repeats, passed):
    assert reduced(sheets, *repeats)["t0"].passed is passed


def test_repeats_count_as_one_task(sheets):
    repeats = ["+-+"] * 20
    assert len(Sheet.of(sheets.run(*repeats), sheets.tasks(3)).ran) == 3


def test_scores_are_means_over_the_repeats_that_gave_one(sheets):
    first = sheets.run("+", scores={"faithfulness": [0.4]})
    results = [
        structs.replace(first.results[0], repeat=place, scores=(sheets.score("faithfulness", value),))
        for place, value in enumerate([0.4, 0.8, None, "no model"])
    ]
    outcome = Sheet.of(structs.replace(first, results=tuple(results)), sheets.tasks(1)).outcomes["t0"]
    assert outcome.metrics == {"faithfulness": pytest.approx(0.6)}
    assert outcome.metric_errors == {"faithfulness": "no model"}


def test_a_score_without_value_is_never_zero(sheets):
    outcome = reduced(sheets, "+", scores={"faithfulness": [None]})["t0"]
    assert (outcome.metrics, outcome.metric_errors) == ({}, {})


def test_where_an_assertion_has_the_name_of_a_metric_the_metric_counts(sheets):
    run = sheets.run("+")
    scores = (Score(metric="toxicity", value=1.0, passed=True), Score(metric="toxicity", value=0.2))
    run = structs.replace(run, results=(structs.replace(run.results[0], scores=scores),))
    assert Sheet.of(run, sheets.tasks(1)).outcomes["t0"].metrics == {"toxicity": 0.2}


def test_cost_is_unknown_when_that_of_any_repeat_is(sheets):
    run = sheets.run("+", "+", cost=0.01)
    assert Sheet.of(run, sheets.tasks(1)).outcomes["t0"].cost == pytest.approx(0.01)
    unknown = structs.replace(run, results=(run.results[0], structs.replace(run.results[1], cost=None)))
    assert Sheet.of(unknown, sheets.tasks(1)).outcomes["t0"].cost is None


def test_a_task_without_results_was_never_run(sheets):
    outcome = Sheet.of(sheets.run("+"), sheets.tasks(2)).outcomes["t1"]
    assert (outcome.passed, outcome.attempts, outcome.error) == (None, 0, "it was never run")


def test_results_of_tasks_that_are_gone_are_ignored(sheets):
    assert list(Sheet.of(sheets.run("+++"), sheets.tasks(2)).outcomes) == ["t0", "t1"]


def test_latency_and_tokens_of_lost_attempts_do_not_count(sheets):
    lost = sheets.run("?", latency=99.0, tokens=9999)
    kept = sheets.run("+", latency=0.2, tokens=50)
    results = (lost.results[0], structs.replace(kept.results[0], repeat=1))
    outcome = Sheet.of(structs.replace(kept, results=results), sheets.tasks(1)).outcomes["t0"]
    assert (outcome.latency, outcome.tokens, outcome.failed_attempts) == (0.2, 50, 1)
