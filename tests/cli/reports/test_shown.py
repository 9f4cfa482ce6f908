"""Every report says what a critical task gave when it was asked again, on both sides."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from msgspec import structs

from gonogo.cli.reports import github, junit, markdown, page
from gonogo.cli.reports.shown import Shown
from gonogo.domain import CriticalTask, RatioComparison

FLAKED = CriticalTask(
    task_id="task-0000", passed=False, standing="flaked", reruns=(True, False, True), live=True,
    live_reruns=(True, True, None),
)  # fmt: skip


@pytest.fixture
def again(shown):
    proof = shown("GO", tasks=2).proof
    rerun = structs.replace(proof.run.results[0], repeat=1000, latency=50.0)
    kept = structs.replace(proof.verdict, critical=(FLAKED,), reasons=())
    run = structs.replace(proof.run, results=(*proof.run.results, rerun))
    tasks = {name: structs.replace(task, tags=("safety",)) for name, task in list(proof.tasks.items())[:1]}
    return Shown(type(proof)(verdict=kept, run=run, live=proof.live, tasks={**proof.tasks, **tasks},
                             critical=("tag:safety",)))  # fmt: skip


def test_markdown_has_a_row_for_it(again):
    text = markdown.written(again)
    assert "| task-0000 | failed | passed, failed, passed | passed | passed, passed, no result |" in text
    assert "1 critical task, none failed; failed once and passed when asked again: task-0000." in text
    assert "1 rerun of critical tasks" in text


def test_the_page_has_a_row_for_it(again):
    text = page.written(again)
    assert "<tr><td>task-0000</td><td>failed</td><td>passed, failed, passed</td><td>passed</td>" in text


def test_junit_says_it_at_the_failure_and_counts_no_seconds_of_it(again):
    case = next(
        one for one in ElementTree.fromstring(junit.written(again)).iter("testcase") if one.get("name") == "task-0000"
    )
    assert case.find("failure").get("message").endswith("asked again: passed, failed, passed")
    assert case.get("time") == "0.250"


def test_an_annotation_says_it(again):
    assert any("asked again: passed, failed, passed" in line for line in github.annotated(again))


def test_a_rerun_is_no_result_of_the_run(again):
    assert (again.took.results, again.took.reruns) == (2, 1)


def test_relative_budgets_have_a_row(shown):
    proof = shown("GO").proof
    ratio = RatioComparison(quantity="cost", budget=1.2, tasks=300, confidence=0.9, ratio=0.82, low=0.79, high=0.86)
    unknown = RatioComparison(quantity="latency", budget=1.25, tasks=0, confidence=0.9)
    told = Shown(replace(proof, verdict=structs.replace(proof.verdict, ratios=(ratio, unknown))))
    assert "| cost ratio | 300 | 0.82 \\[0.79, 0.86\\] | 1.2 |" in markdown.written(told)
    assert "| latency ratio | 0 | unknown | 1.25 |" in markdown.written(told)
    assert "<td>cost ratio</td><td>300</td><td>0.82 [0.79, 0.86]</td><td>1.2</td>" in page.written(told)
