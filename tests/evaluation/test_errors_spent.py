"""When asking on is worth nothing."""

from __future__ import annotations

from gonogo.domain import GoldenTask, TaskResult
from gonogo.evaluation import RunOptions, evaluate
from gonogo.evaluation.errors_spent import ErrorBudget


def count(share=0.01, tasks=300, repeats=1, drafts=0):
    golden = [GoldenTask(id=f"t{n}", question="?", draft=n < drafts) for n in range(tasks)]
    budget = ErrorBudget(share)
    return budget, budget.side(golden, repeats)


def tell(side, signs, start=0):
    for place, sign in enumerate(signs, start):
        side.tell(TaskResult(task_id=f"t{place}", answer="", passed=None if sign == "?" else True))


def test_errors_within_the_budget_stop_nothing():
    budget, side = count(share=0.1)
    tell(side, "?" * 30)
    assert not budget.spent
    tell(side, "?", start=30)
    assert budget.spent


def test_errors_here_and_there_stop_nothing_although_the_budget_is_spent():
    """The rest is worth running: the next command asks only what is missing."""
    budget, side = count()
    tell(side, "?+++" * 20)
    assert not budget.spent


def test_ten_of_the_newest_twenty_do():
    budget, side = count()
    tell(side, "+" * 100 + "?" * 9)
    assert not budget.spent
    tell(side, "?", start=109)
    assert budget.spent


def test_either_side_ends_both_and_tasks_that_do_not_gate_count_for_nothing():
    budget, side = count(drafts=50)
    other = budget.side([GoldenTask(id=f"t{n}", question="?") for n in range(300)], 1)
    tell(side, "?" * 50)
    assert not budget.spent
    tell(other, "?" * 10)
    assert budget.spent


async def test_an_upstream_that_is_down_for_the_candidate_ends_the_run_of_live_too(team):
    def down(request):
        raise RuntimeError("the key is wrong")

    live = await team.build("Answer.", team.tasks(300))
    candidate = await team.build("Answer well.", team.tasks(300), says=down)
    verdict = await evaluate(candidate, live, team.tools, RunOptions(concurrency=8))
    assert verdict.outcome == "INVALID"
    assert "the key is wrong" in verdict.line
    assert "the candidate was never run on" in verdict.line
    assert len(team.speaker(candidate).asked) < 30
    assert len(team.speaker(live).asked) < 60


async def test_the_next_command_goes_on_from_there(team):
    state = {"down": True}

    def says(request):
        if state["down"]:
            raise RuntimeError("the key is wrong")
        return "yes"

    candidate = await team.build(tasks=team.tasks(300), says=says)
    first = await evaluate(candidate, None, team.tools, RunOptions(concurrency=4))
    state["down"] = False
    second = await evaluate(candidate, None, team.tools, RunOptions(concurrency=4))
    assert (first.outcome, second.outcome) == ("INVALID", "GO")
    assert second.run_id == first.run_id  # the run that was left open
