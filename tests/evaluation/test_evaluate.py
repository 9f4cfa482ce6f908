from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import Assertion, GoldenTask, MetricRule, Score
from gonogo.errors import NotFound, ProviderFailed
from gonogo.evaluation import RunOptions, evaluate, recompute

OPTIONS = RunOptions()


def failing(*places):
    questions = {f"Question {place}?" for place in places}
    return lambda request: "no" if request.question in questions else "yes"


async def test_a_first_version_is_proven_alone_and_its_verdict_is_kept(team):
    version = await team.build()
    verdict = await evaluate(version, None, team.tools, OPTIONS)
    assert verdict.outcome == "GO"
    assert len(verdict.id) == 32
    assert await team.store.verdict(verdict.id) == verdict


async def test_a_worse_candidate_is_no_go_and_the_broken_tasks_are_named(team):
    live = await team.build("Answer.")
    worse = await team.build("Answer badly.", says=failing(*range(10)))
    verdict = await evaluate(worse, live, team.tools, OPTIONS)
    assert verdict.outcome == "NO-GO"
    assert "pass_rate -25.0 pts: 7 broke (t0, t1, t2, t3, t5 and 2 more), 0 mended" in verdict.line


async def test_a_clearly_worse_candidate_stops_both_runs_before_the_end(team):
    live = await team.build("Answer.", team.tasks(300))
    worse = await team.build("Answer badly.", team.tasks(300), says=failing(*range(150)))
    verdict = await evaluate(worse, live, team.tools, OPTIONS)
    assert (verdict.outcome, verdict.stopped_early, verdict.tasks_total) == ("NO-GO", True, 300)
    for version in (worse, live):
        assert len(team.speaker(version).asked) < verdict.tasks_used + 60
    assert (await team.store.run(verdict.run_id)).stopped_early
    assert await recompute(verdict, team.store, team.store) == verdict


@pytest.mark.parametrize("state", ["draft", "shadow"])
async def test_tasks_that_do_not_gate_leave_the_stop_where_it_is(team, state):
    """The seed orders them too, so that what stopped a run is found again from what it stored."""
    tasks = [structs.replace(task, **{state: place % 20 == 0}) for place, task in enumerate(team.tasks(330))]
    live = await team.build("Answer.", tasks)
    candidate = await team.build("Answer well.", tasks)
    verdict = await evaluate(candidate, live, team.tools, OPTIONS)
    assert (verdict.outcome, verdict.stopped_early) == ("GO", True)
    assert await recompute(verdict, team.store, team.store) == verdict


async def test_a_run_of_clusters_stops_early_and_the_stop_is_found_again(team):
    tasks = [structs.replace(task, cluster=f"page {place // 3}") for place, task in enumerate(team.tasks(300))]
    live = await team.build("Answer.", tasks)
    worse = await team.build("Answer badly.", tasks, says=failing(*range(150)))
    verdict = await evaluate(worse, live, team.tools, OPTIONS)
    assert (verdict.outcome, verdict.stopped_early) == ("NO-GO", True)
    assert len(team.speaker(worse).asked) < 300
    assert await recompute(verdict, team.store, team.store) == verdict


async def test_a_stopped_evaluation_that_is_asked_for_again_runs_nothing(team):
    live = await team.build("Answer.", team.tasks(300))
    candidate = await team.build("Answer well.", team.tasks(300))
    first = await evaluate(candidate, live, team.tools, OPTIONS)
    asked = len(team.speaker(candidate).asked)
    second = await evaluate(candidate, live, team.tools, OPTIONS)
    assert (first.outcome, first.stopped_early) == ("GO", True)
    assert len(team.speaker(candidate).asked) == asked < 300
    assert structs.replace(second, id=first.id, created_at=first.created_at) == first


async def test_a_live_version_whose_answers_are_stored_is_not_run_again_and_the_candidate_stops_early(team):
    live = await team.build("Answer.", team.tasks(300), stopping="fixed")
    await evaluate(await team.build("One.", team.tasks(300), stopping="fixed"), live, team.tools, OPTIONS)
    asked = len(team.speaker(live).asked)
    candidate = await team.build("Two.", team.tasks(300))
    verdict = await evaluate(candidate, live, team.tools, OPTIONS)
    assert (asked, len(team.speaker(live).asked)) == (300, 300)
    assert verdict.stopped_early
    assert len(team.speaker(candidate).asked) < 300


async def test_critical_tasks_are_run_before_all_others(team):
    tasks = [*team.tasks(300)[:-1], structs.replace(team.tasks(300)[-1], tags=("safety",))]
    live = await team.build("Answer.", tasks, critical=("tag:safety",))
    candidate = await team.build("Answer well.", tasks, critical=("tag:safety",))
    verdict = await evaluate(candidate, live, team.tools, OPTIONS)
    assert team.speaker(candidate).asked[0] == "Question 299?"
    assert (verdict.outcome, verdict.stopped_early) == ("GO", True)


async def test_live_is_run_on_the_candidates_tasks(team):
    live = await team.build("Answer.", team.tasks(10))
    candidate = await team.build("Answer well.", team.tasks(60))
    verdict = await evaluate(candidate, live, team.tools, OPTIONS)
    assert verdict.outcome == "GO"
    assert len(team.speaker(live).asked) == 60
    assert "50 added (t10, t11, t12, t13, t14 and 45 more)" in verdict.line
    baseline = await team.store.run(verdict.baseline_run_id)
    assert (baseline.version, baseline.gate_digest) == (live.number, candidate.gate_digest)


async def test_a_version_that_behaves_as_live_runs_nothing(team):
    live = await team.build(sample=1.0)
    same = await team.build(sample=0.5)
    verdict = await evaluate(same, live, team.tools, OPTIONS)
    assert (verdict.outcome, verdict.same_behaviour) == ("GO", True)
    assert team.speaker(same).asked == []
    assert await team.store.verdict(verdict.id) == verdict


async def test_a_finished_run_is_used_again(team):
    live, candidate = await team.build("Answer."), await team.build("Answer well.")
    first = await evaluate(candidate, live, team.tools, OPTIONS)
    second = await evaluate(candidate, live, team.tools, OPTIONS)
    assert (first.run_id, first.baseline_run_id) == (second.run_id, second.baseline_run_id)
    assert first.id != second.id
    assert len(team.speaker(candidate).asked) == len(team.speaker(live).asked) == 60


async def test_a_run_of_the_live_version_serves_every_candidate_with_the_same_tasks(team):
    live = await team.build("Answer.")
    for prompt in ("One.", "Two.", "Three."):
        await evaluate(await team.build(prompt), live, team.tools, OPTIONS)
    assert len(team.speaker(live).asked) == 60


async def test_fresh_runs_everything_again(team):
    live, candidate = await team.build("Answer."), await team.build("Answer well.")
    await evaluate(candidate, live, team.tools, OPTIONS)
    await evaluate(candidate, live, team.tools, RunOptions(fresh=True))
    assert len(team.speaker(candidate).asked) == len(team.speaker(live).asked) == 120


async def asked_after(team, edit, **gate):
    """The questions that are asked after an edit of the golden tasks, and the new run."""
    tasks = team.tasks(60)
    await evaluate(await team.build(tasks=tasks), None, team.tools, OPTIONS)
    changed = await team.build(tasks=edit(tasks), **gate)
    team.speaker(changed).asked.clear()
    verdict = await evaluate(changed, None, team.tools, OPTIONS)
    return team.speaker(changed).asked, await team.store.run(verdict.run_id)


async def test_after_an_edit_of_golden_tasks_only_new_and_changed_ones_are_asked(team):
    def edit(tasks):
        other = structs.replace(tasks[3], expect=(Assertion(kind="contains", value="no"),))
        return (*tasks[:3], other, *tasks[4:59], GoldenTask(id="new", question="New?", expect=tasks[0].expect))

    asked, run = await asked_after(team, edit)
    assert sorted(asked) == ["New?", "Question 3?"]
    assert len(run.results) == 60
    assert {result.task_id for result in run.results if not result.passed} == {"t3"}
    assert sorted(result.order for result in run.results) == list(range(60))


async def test_a_task_that_only_moved_or_got_a_tag_is_not_asked_again_and_shows_its_tags_of_today(team):
    def edit(tasks):
        return tuple(structs.replace(task, tags=("easy",), source="b.yaml:9") for task in tasks)

    asked, run = await asked_after(team, edit)
    assert asked == []
    assert {result.tags for result in run.results} == {("easy",)}


@pytest.mark.parametrize("edit", [{"question": "Else?"}, {"turns": ({"role": "user", "content": "Hi"},)}, {"id": "u"}])
async def test_a_task_that_asks_something_else_is_asked_again(team, edit):
    asked, _ = await asked_after(team, lambda tasks: (structs.replace(tasks[0], **edit), *tasks[1:]))
    assert len(asked) == 1


async def test_a_changed_rule_asks_nothing_and_a_metric_that_was_not_scored_asks_all(team):
    asked, _ = await asked_after(team, lambda tasks: tasks, require={"pass_rate": MetricRule(margin=0.1)})
    assert asked == []
    team.metrics = (Counting("faithfulness"),)
    asked, _ = await asked_after(team, lambda tasks: tasks, require={"faithfulness": MetricRule(min=0.5)})
    assert len(asked) == 60


async def test_results_of_a_run_that_was_interrupted_are_used_after_an_edit_too(team):
    version = await team.build()
    await evaluate(version, None, team.tools, RunOptions(only=frozenset({"t1", "t2"})))
    changed = await team.build(tasks=team.tasks(61))
    team.speaker(changed).asked.clear()
    await evaluate(changed, None, team.tools, OPTIONS)
    assert len(team.speaker(changed).asked) == 59


async def test_an_interrupted_run_takes_over_what_another_found_meanwhile(team):
    version = await team.build()
    await evaluate(version, None, team.tools, RunOptions(only=frozenset({"t1"})))
    await evaluate(await team.build(tasks=team.tasks(59)), None, team.tools, OPTIONS)
    team.speaker(version).asked.clear()
    verdict = await evaluate(version, None, team.tools, OPTIONS)
    assert team.speaker(version).asked == ["Question 59?"]
    assert len((await team.store.run(verdict.run_id)).results) == 60


async def test_another_behaviour_shares_no_result(team):
    await evaluate(await team.build("One."), None, team.tools, OPTIONS)
    other = await team.build("Two.", tasks=team.tasks(61))
    await evaluate(other, None, team.tools, OPTIONS)
    assert len(team.speaker(other).asked) == 61


async def test_replayed_answers_are_neither_taken_from_earlier_runs_nor_used_by_later_ones(team):
    version = await team.build()
    for options in (OPTIONS, RunOptions(replayed=True), RunOptions(replayed=True)):
        await evaluate(version, None, team.tools, options)
    assert len(team.speaker(version).asked) == 180
    await evaluate(await team.build(tasks=team.tasks(61)), None, team.tools, OPTIONS)
    assert len(team.speaker(version).asked) == 181


async def test_more_repeats_run_only_what_is_missing(team):
    version = await team.build(tasks=team.tasks(5))
    await evaluate(version, None, team.tools, OPTIONS)
    verdict = await evaluate(version, None, team.tools, RunOptions(repeats=3))
    assert len(team.speaker(version).asked) == 15
    assert len((await team.store.run(verdict.run_id)).results) == 15


async def test_tasks_that_failed_to_run_are_run_again_the_others_are_not(team):
    down = True

    def says(request):
        if down and request.question in {"Question 3?", "Question 4?"}:
            raise ProviderFailed("down", provider="speaker")
        return "yes"

    version = await team.build(says=says)
    assert (await evaluate(version, None, team.tools, OPTIONS)).outcome == "INVALID"
    down = False
    team.speaker(version).asked.clear()
    verdict = await evaluate(version, None, team.tools, OPTIONS)
    assert verdict.outcome == "GO"
    assert sorted(team.speaker(version).asked) == ["Question 3?", "Question 4?"]


async def test_a_verdict_on_some_tasks_only_is_invalid(team):
    version = await team.build()
    verdict = await evaluate(version, None, team.tools, RunOptions(only=frozenset({"t1"})))
    assert verdict.outcome == "INVALID"
    assert "the candidate was never run on 59 of 60 tasks" in verdict.line
    assert (await evaluate(version, None, team.tools, OPTIONS)).outcome == "GO"


@pytest.mark.parametrize("broken", [0, 10])
async def test_a_verdict_computed_again_from_the_store_is_the_stored_one(team, broken):
    live = await team.build("Answer.", [*team.tasks(59), GoldenTask(id="gone", question="?")])
    candidate = await team.build("Answer well.", says=failing(*range(broken)))
    verdict = await evaluate(candidate, live, team.tools, RunOptions(repeats=3))
    stored = await team.store.verdict(verdict.id)
    assert await recompute(stored, team.store, team.store) == verdict


async def test_a_verdict_from_reused_runs_is_recomputed_the_same(team):
    live, candidate = await team.build("Answer."), await team.build("Answer well.")
    await evaluate(candidate, live, team.tools, OPTIONS)
    again = await team.build("Answer well.", sample=0.5)
    verdict = await evaluate(again, live, team.tools, OPTIONS)
    assert (verdict.candidate, verdict.outcome) == (again.number, "GO")
    assert await recompute(verdict, team.store, team.store) == verdict


async def test_a_verdict_of_equal_behaviour_is_recomputed_from_the_versions(team):
    live, same = await team.build(sample=1.0), await team.build(sample=0.5)
    verdict = await evaluate(same, live, team.tools, OPTIONS)
    assert await recompute(verdict, team.store, team.store) == verdict


async def test_a_forged_verdict_does_not_survive_recomputing(team):
    live = await team.build("Answer.")
    worse = await team.build("Answer badly.", says=failing(*range(10)))
    verdict = await evaluate(worse, live, team.tools, OPTIONS)
    forged = structs.replace(verdict, outcome="GO", line="GO  trust me", reasons=())
    assert (await recompute(forged, team.store, team.store)).outcome == "NO-GO"


async def test_a_verdict_whose_run_is_gone_cannot_be_recomputed(team):
    verdict = await evaluate(await team.build(), None, team.tools, OPTIONS)
    with pytest.raises(NotFound, match="evaluation run nowhere is not in the store"):
        await recompute(structs.replace(verdict, run_id="nowhere"), team.store, team.store)
    with pytest.raises(NotFound, match="support@99 is not in the store"):
        await recompute(structs.replace(verdict, candidate=99), team.store, team.store)


class Counting:
    """A metric that counts how often it is asked."""

    def __init__(self, name: str) -> None:
        self.name, self.asked = name, 0

    def score(self, answer):
        self.asked += 1
        return Score(metric=self.name, value=0.9)


async def test_only_metrics_that_the_gate_requires_are_scored(team):
    wanted, idle = Counting("faithfulness"), Counting("relevance")
    team.metrics = (wanted, idle)
    version = await team.build(require={"faithfulness": MetricRule(min=0.5)})
    await evaluate(version, None, team.tools, RunOptions())
    assert wanted.asked > 0
    assert idle.asked == 0


async def test_both_sheets_are_scored_by_the_candidates_metrics(team):
    """A retrained classifier is another ruler: the live Version must be measured with it too."""
    old, new = Counting("faithfulness"), Counting("faithfulness")
    team.rulers = {"Old.": (old,), "New.": (new,)}
    require = {"faithfulness": MetricRule(margin=0.1)}
    live, candidate = await team.build("Old.", require=require), await team.build("New.", require=require)
    await evaluate(candidate, live, team.tools, RunOptions())
    assert old.asked == 0
    assert new.asked == 2 * len(candidate.mission.golden)
