"""What the gate decided, from which numbers, and the tasks behind it."""

from __future__ import annotations

import re

from msgspec import structs

from gonogo.console.drawing import interval_of
from gonogo.console.verdicts import figures, task_cases
from gonogo.domain import Comparison, CriticalTask, RatioComparison, TaskResult


async def test_a_verdict_shows_its_line_and_reasons(team):
    live = await team.prove_and_deploy()
    verdict = await team.evaluate(await team.build("Worse."), live, failing=20)
    page = await team.page(f"/verdicts/{verdict.id}")
    assert "<title>NO-GO support@2 · gonogo</title>" in page
    assert verdict.line.partition("  ")[2].split("(")[0] in page
    for reason in verdict.reasons:
        assert f"<b>{reason.rule}</b>" in page


async def test_a_comparison_is_drawn_against_its_margin_and_said_in_words(team):
    live = await team.prove_and_deploy()
    verdict = await team.evaluate(await team.build("Same."), live, failing=1)
    page = await team.page(f"/verdicts/{verdict.id}")
    assert '<svg class="interval clear"' in page
    assert re.search(
        r'aria-label="pass_rate differs by \u22121.7 points, 92\u00a0% interval .*, margin \u221210.0"', page
    )
    assert '<line class="bound"' in page


async def test_a_first_deployment_is_shown_alone(team):
    verdict = await team.evaluate(await team.build())
    page = await team.page(f"/verdicts/{verdict.id}")
    assert "nothing: first deployment" in page
    assert '<b class="figure">100\u00a0%</b>' in page


async def test_a_task_that_broke_shows_question_expectation_and_both_answers(team):
    live = await team.prove_and_deploy()
    verdict = await team.evaluate(await team.build("Worse."), live, failing=1)
    page = await team.page(f"/verdicts/{verdict.id}")
    task = page[page.index('id="tasks"') :]
    assert "How long is the warranty of model 0?" in task
    assert "<code>contains</code> 0 months" in task
    assert "I do not know." in task
    assert "&#39;0 months&#39; is not in the answer" in task
    assert "It is 0 months." in task
    assert "golden/warranty.yaml:1" in task


async def test_a_task_that_did_not_run_is_not_called_failed(team):
    verdict = await team.evaluate(await team.build(), broken=5)
    page = await team.page(f"/verdicts/{verdict.id}")
    task = page[page.index('id="tasks"') :]
    assert ">did not run<" in task
    assert "did not run: the provider timed out" in task
    assert ">failed<" not in task


async def test_tasks_that_failed_as_before_stand_apart_from_those_that_broke(team):
    verdict = await team.evaluate(await team.build(), failing=3)
    page = await team.page(f"/verdicts/{verdict.id}")
    assert "3 other tasks failed or did not run" in page


async def test_a_verdict_shows_what_its_run_took(team):
    verdict = await team.evaluate(await team.build(), failing=3)
    page = await team.page(f"/verdicts/{verdict.id}")
    assert "57 passed, 3 failed</dd>" in page
    assert "12.5 s" in page
    assert "54\u202f000 in, 1\u202f800 out" in page
    assert "<dd>$0.006</dd>" in page


async def test_a_verdict_whose_run_is_gone_still_has_a_page(team):
    verdict = await team.evaluate(await team.build())
    lost = structs.replace(verdict, id="f" * 32, run_id="gone", baseline_run_id="gone")
    await team.store.add_verdict(lost)
    assert "GO" in await team.page(f"/verdicts/{lost.id}")


async def test_a_verdict_without_running_says_why(team):
    verdict = structs.replace(
        await team.evaluate(await team.build()), id="e" * 32, same_behaviour=True, run_id=None, comparisons=()
    )
    await team.store.add_verdict(verdict)
    page = await team.page(f"/verdicts/{verdict.id}")
    assert "nothing had to run" in page
    assert "Nothing was compared." in page


async def test_an_advisory_verdict_is_marked(team):
    verdict = structs.replace(await team.evaluate(await team.build()), id="d" * 32, advisory=True)
    await team.store.add_verdict(verdict)
    assert "<strong>Advisory.</strong>" in await team.page(f"/verdicts/{verdict.id}")


async def test_the_worst_repeat_of_a_task_is_the_one_shown(team):
    version = await team.build()
    verdict, run = await team.evaluate(version), await team.run(version)
    repeats = (
        TaskResult(task_id="t0", answer="good", passed=True, repeat=0),
        TaskResult(task_id="t0", answer="bad", passed=False, repeat=1),
        TaskResult(task_id="t0", answer="", passed=None, error="timeout", repeat=2),
    )
    (case,) = task_cases(verdict, structs.replace(run, results=repeats), None, {})
    assert case.result is not None
    assert case.result.answer == "bad"


async def test_tasks_that_broke_come_first(team):
    live = await team.prove_and_deploy()
    version = await team.build("Worse.")
    verdict = await team.evaluate(version, live, failing=2)
    run = await team.store.run(verdict.run_id)
    results = (TaskResult(task_id="a-failed", answer="", passed=False), *run.results)
    cases = task_cases(verdict, structs.replace(run, results=results), None, {})
    assert [case.task_id for case in cases] == ["t0", "t1", "a-failed"]


async def test_one_attempt_of_unknown_cost_makes_the_whole_cost_unknown(team):
    run = await team.run(await team.build())
    first = structs.replace(run.results[0], cost=None)
    assert figures(structs.replace(run, results=(first, *run.results[1:]))).cost is None


async def test_repeats_are_counted_as_attempts_and_errors_are_not_failures(team):
    took = figures(await team.run(await team.build(), failing=2, broken=3))
    assert (took.passed, took.failed, took.errors, took.results) == (55, 2, 3, 60)


async def test_reruns_budgets_against_live_and_clusters_are_shown(team):
    live = await team.prove_and_deploy()
    verdict = await team.evaluate(await team.build("Same."), live, failing=1)
    flaked = CriticalTask(
        task_id="task-0", passed=False, standing="flaked", reruns=(True, False, True), live=True,
        live_reruns=(True, True, None),
    )  # fmt: skip
    ratio = RatioComparison(quantity="cost", budget=1.2, tasks=60, confidence=0.9, ratio=1.05, low=1.01, high=1.1)
    paged = structs.replace(verdict.comparisons[0], clusters=20, worth=31.6, worth_least=20.0)
    told = structs.replace(verdict, id="e" * 32, critical=(flaked,), ratios=(ratio,), comparisons=(paged,))
    await team.store.add_verdict(told)
    page = await team.page(f"/verdicts/{told.id}")
    assert "in 20 clusters, worth 32 independent ones" in page
    assert "1.05 times that of live" in page
    assert "1 failed once and passed when asked again" in page
    assert "asked again: passed, failed, passed; live passed; asked again: passed, passed, no result" in page


def test_a_rise_of_what_should_be_low_is_drawn_as_worse():
    found = Comparison(
        metric="toxicity", tasks=60, candidate=0.2, baseline=0.1, difference=0.1, low=0.08, high=0.12, margin=0.05,
        less_is_better=True,
    )  # fmt: skip
    drawn = interval_of(found, None)
    assert (drawn.standing, drawn.lower) == ("beyond", None)
    assert drawn.zero < drawn.upper < drawn.left
    better = structs.replace(found, difference=-0.1, low=-0.12, high=-0.08)
    assert interval_of(better, None).standing == "clear"
