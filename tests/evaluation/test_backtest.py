"""Recorded questions asked again of a candidate."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.contracts import Answer
from gonogo.domain import Finding, Judge, MetricRule, ModelCall, RequestPolicy, Score, Trace, Usage
from gonogo.errors import BadInput
from gonogo.evaluation import Cap, RunOptions
from gonogo.evaluation.backtest import backtest, plan_backtest, prepare
from gonogo.evaluation.backtest_selection import AGAIN, NOT_ADMITTED, TraceChoice, select
from gonogo.evaluation.recorded import BLOCKED, FAILED, TOOL_RESULTS

DECLINES = "I do not know: the documents do not say."


class Support:
    """The metric ``faithfulness``: 1 for an answer that says yes, unless it fails."""

    name = "faithfulness"

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def score(self, answer: Answer) -> Score:
        if self.fails:
            raise RuntimeError("no weights")
        return Score(metric=self.name, value=float("yes" in answer.text))


def trace(place: int, **changed: object) -> Trace:
    question = f"Question {place}?"
    fields = {
        "id": f"{place:032x}",
        "created_at": 1000.0 + place,
        "mission": "support",
        "version": 1,
        "behaviour_digest": "served",
        "environment": "production",
        "question": question,
        "answer": "yes",
        "outcome": "answered",
        "messages": ({"role": "user", "content": question},),
        "calls": (ModelCall(name="only", provider="p", model="m", usage=Usage(input=10, output=5)),),
        "usage": Usage(input=10, output=5),
        "wall": 0.1,
        "cost": 0.01,
    }
    return Trace(**{**fields, **changed})


async def candidate(team, says="yes", **gate):
    team.metrics = (Support(),)
    gate.setdefault("require", {"pass_rate": MetricRule(margin=0.05), "faithfulness": MetricRule(margin=0.05)})
    return await team.build("Candidate.", says=says, **gate)


async def run(team, version, choice=None, told=None, **options):
    choice = choice or TraceChoice()
    selected = await select(team.store, version, choice)
    return await backtest(prepare(version, selected, choice), team.tools, RunOptions(**options), told)


async def test_a_version_that_answers_as_what_was_served_is_go(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    found = await run(team, await candidate(team))
    assert found.outcome == "GO"
    assert found.line.startswith("GO  answered +0.0 pts (90 % CI")
    assert found.backtest.replayed == 60
    assert found.backtest.served == {"support@1": 60}


async def test_one_that_declines_is_no_go_and_names_the_traces(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    version = await candidate(team, says=lambda request: DECLINES if request.question < "Question 3" else "yes")
    found = await run(team, version)
    assert found.outcome == "NO-GO"
    comparison = next(one for one in found.comparisons if one.metric == "answered")
    assert comparison.broke[0] in {f"{place:032x}" for place in range(60)}


async def test_what_was_served_is_judged_by_the_metrics_of_the_candidate(team):
    scored = (Score(metric="faithfulness", value=0.0),)
    await team.store.add_traces([trace(place, scores=scored) for place in range(60)])
    found = await run(team, await candidate(team))
    faithfulness = next(one for one in found.comparisons if one.metric == "faithfulness")
    assert (faithfulness.baseline, faithfulness.candidate) == (1.0, 1.0)


async def test_nothing_of_it_is_traffic(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    await run(team, await candidate(team))
    assert len(await team.store.traces("support", limit=1000)) == 60
    assert sum(cell.took.requests for cell in await team.store.costs()) == 60


async def test_earlier_turns_and_the_tenant_are_those_of_the_trace(team):
    asked = []
    said = ({"role": "user", "content": "I have a Beam."}, {"role": "assistant", "content": "Good."})
    messages = (*said, {"role": "user", "content": "And in blue?"})
    await team.store.add_traces([trace(1, question="And in blue?", messages=messages, tenant="acme")])

    def says(request):
        asked.append(request.messages)
        return "yes"

    choice = TraceChoice()
    version = await candidate(team, says=says)
    prepared = prepare(version, await select(team.store, version, choice), choice)
    await backtest(prepared, team.tools, RunOptions())
    assert [message["content"] for message in asked[0][-3:]] == ["I have a Beam.", "Good.", "And in blue?"]
    assert prepared.exam.mission.golden[0].tenant == "acme"


async def test_what_cannot_be_asked_again_is_counted_by_why(team):
    tool = {"role": "tool", "content": "late"}
    blocked = Finding(check="injection", stage="input", action="block", score=1.0, where="question")
    same = trace(1).messages
    await team.store.add_traces([
        trace(1),
        trace(2, question="Question 1?", messages=same),
        trace(3, outcome="failed"),
        trace(4, outcome="failed"),
        trace(5, messages=(*trace(5).messages, tool)),
        trace(6, outcome="refused", calls=(), findings=(blocked,)),
        trace(7, messages=({"role": "system", "content": "Be rude."}, *trace(7).messages)),
        trace(8, environment="staging"),
    ])  # fmt: skip
    found = await select(team.store, await candidate(team), TraceChoice())
    assert found.looked_at == 7
    assert found.left_out == {FAILED: 2, AGAIN: 1, TOOL_RESULTS: 1, BLOCKED: 1, NOT_ADMITTED: 1}
    assert [one.id for one in found.traces] == [trace(2).id]


async def test_a_system_message_is_asked_again_where_the_candidate_takes_it(team):
    await team.store.add_traces([trace(7, messages=({"role": "system", "content": "Be kind."}, *trace(7).messages))])
    version = await candidate(team)
    mission = structs.replace(version.mission, requests=RequestPolicy(system="append"))
    found = await select(team.store, structs.replace(version, mission=mission), TraceChoice())
    assert len(found.traces) == 1


async def test_nothing_to_ask_again_is_said_with_why(team):
    version = await candidate(team)
    with pytest.raises(BadInput, match="there is no Trace of support in production"):
        await run(team, version)
    await team.store.add_traces([trace(1, outcome="failed")])
    with pytest.raises(BadInput, match=r"none of 1 Traces of support can be asked again \(1: no model answered it\)"):
        await run(team, version)


@pytest.mark.parametrize(
    ("choice", "places"),
    [
        (TraceChoice(environment=None), range(6)),
        (TraceChoice(environment="staging"), [5]),
        (TraceChoice(since=1003.0), [3, 4]),
        (TraceChoice(until=1003.0), [0, 1, 2]),
        (TraceChoice(version=2), [4]),
        (TraceChoice(session="s"), [3]),
        (TraceChoice(tenant="acme"), [2]),
        (TraceChoice(model="large"), [1]),
        (TraceChoice(limit=2), [3, 4]),
    ],
)
async def test_traces_can_be_chosen(team, choice, places):
    large = ModelCall(name="large", provider="p", model="m", usage=Usage())
    await team.store.add_traces([
        trace(0), trace(1, calls=(large,)), trace(2, tenant="acme"), trace(3, session="s"), trace(4, version=2),
        trace(5, environment="staging"),
    ])  # fmt: skip
    found = await select(team.store, await candidate(team), choice)
    assert sorted(int(one.id, 16) for one in found.traces) == list(places)


async def test_a_sample_has_a_seed_and_keeps_most_of_itself_when_there_are_more(team):
    version = await candidate(team)
    await team.store.add_traces([trace(place) for place in range(200)])
    first = {one.id for one in (await select(team.store, version, TraceChoice(sample=50))).traces}
    assert first == {one.id for one in (await select(team.store, version, TraceChoice(sample=50))).traces}
    other = await select(team.store, version, TraceChoice(sample=50, seed=1))
    assert len(first & {one.id for one in other.traces}) < 30
    assert other.not_drawn == 150
    await team.store.add_traces([trace(place) for place in range(200, 220)])
    later = {one.id for one in (await select(team.store, version, TraceChoice(sample=50))).traces}
    assert len(first & later) >= 40


async def test_questions_of_one_user_are_a_cluster(team):
    await team.store.add_traces([trace(place, user=f"u{place // 10}") for place in range(60)])
    version = await candidate(team)
    found = await run(team, version)
    assert (found.outcome, found.backtest.clusters) == ("INCONCLUSIVE", 6)
    assert "60 questions in 6 clusters" in found.line
    apart = await run(team, version, TraceChoice(by="question"))
    assert apart.outcome == "GO"


async def test_of_users_without_a_name_the_session_counts_and_tenants_are_apart(team):
    await team.store.add_traces([
        trace(1, session="s"), trace(2, session="s"), trace(3, user="a"), trace(4, user="a", tenant="acme"), trace(5),
    ])  # fmt: skip
    choice = TraceChoice()
    version = await candidate(team)
    prepared = prepare(version, await select(team.store, version, choice), choice)
    assert prepared.facts.clusters == 4
    assert "s" not in {task.cluster for task in prepared.exam.mission.golden}


async def test_too_few_to_show_anything_is_said_before_anything_is_asked(team):
    await team.store.add_traces([trace(place) for place in range(10)])
    version, told = await candidate(team), []

    def tell(plan):
        told.append((plan, len(team.speaker(version).asked)))

    found = await run(team, version, told=tell)
    plan, asked = told[0]
    assert (asked, plan.replayed, plan.asked, plan.too_small, plan.smallest_set) == (0, 10, 10, True, 52)
    assert (plan.tokens, plan.cost) == (150, pytest.approx(0.1))
    assert found.outcome == "INCONCLUSIVE"


async def test_a_plan_asks_and_stores_nothing(team):
    await team.store.add_traces([trace(place) for place in range(10)])
    version, choice = await candidate(team), TraceChoice()
    prepared = prepare(version, await select(team.store, version, choice), choice)
    await plan_backtest(prepared, team.tools, RunOptions())
    assert (team.speaker(version).asked, await team.store.runs("support")) == ([], [])


async def test_what_was_answered_before_is_not_asked_again(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    version = await candidate(team)
    await run(team, version)
    await team.store.add_traces([trace(place) for place in range(60, 63)])
    await run(team, version)
    assert len(team.speaker(version).asked) == 63
    await run(team, version, fresh=True)
    assert len(team.speaker(version).asked) == 126


async def test_a_cap_stops_it_and_what_is_missing_makes_it_invalid(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    found = await run(team, await candidate(team), cap=Cap(max_tokens=100))
    assert found.outcome == "INVALID"


async def test_a_candidate_that_fails_is_invalid_and_not_worse(team):
    def says(request):
        raise RuntimeError("upstream of tasks is down")

    await team.store.add_traces([trace(place) for place in range(60)])
    found = await run(team, await candidate(team, says=says))
    assert found.outcome == "INVALID"
    assert "upstream of tasks is down" in found.line


async def test_a_metric_that_fails_on_what_was_served_is_invalid(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    version = await candidate(team)
    team.metrics = (Support(fails=True),)
    found = await run(team, version)
    assert found.outcome == "INVALID"
    assert "no weights" in found.line


async def test_a_metric_that_nobody_named_and_nothing_measured_decides_nothing(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    found = await run(team, await candidate(team, require={"pass_rate": MetricRule(margin=0.05)}))
    assert found.outcome == "GO"
    assert "relevance, not-toxic had no value on both sides and decided nothing" in found.line


async def test_an_answer_that_a_guardrail_refused_after_it_was_made_is_asked_again(team):
    refused = {"answer": "I cannot help with that.", "outcome": "refused"}
    await team.store.add_traces([trace(place, **(refused if place < 5 else {})) for place in range(60)])
    found = await run(team, await candidate(team))
    answered = next(one for one in found.comparisons if one.metric == "answered")
    assert (answered.tasks, len(answered.mended)) == (60, 5)


async def test_the_runs_behind_it_are_kept_and_are_no_evaluations(team):
    await team.store.add_traces([trace(place) for place in range(60)])
    version = await candidate(team)
    found = await run(team, version)
    ours, theirs = await team.store.run(found.run_id), await team.store.run(found.baseline_run_id)
    assert (ours.kind, theirs.kind) == ("backtest", "served")
    assert len(ours.results) == len(theirs.results) == 60
    assert await team.store.finished_run(version.behaviour_digest, version.gate_digest) is None


async def test_forgetting_a_user_takes_what_a_backtest_answered_to_them(team):
    await team.store.add_traces([trace(place, user="ana" if place < 5 else "ben") for place in range(60)])
    found = await run(team, await candidate(team))
    await team.store.forget_user("ana")
    for run_id in (found.run_id, found.baseline_run_id):
        kept = await team.store.run(run_id)
        assert {int(result.task_id, 16) for result in kept.results} == set(range(5, 60))


async def test_judges_are_asked_about_both_sides_and_once(team):
    rubric = Judge(name="grader", kind="llm-rubric", provider="p", model="m", rubric="Says yes.")
    team.metrics = (Support(),)
    version = await team.build(
        "Judged.", judges={"grader": rubric},
        require={"pass_rate": MetricRule(margin=0.05), "grader": MetricRule(margin=0.1)},
    )  # fmt: skip
    await team.store.add_traces([trace(place) for place in range(20)])
    await run(team, version)
    assert len(team.benches["grader"].asked) == 40
    await run(team, version)
    assert len(team.benches["grader"].asked) == 40


async def test_once_the_error_budget_is_spent_no_further_question_is_asked(team):
    def says(request):
        raise RuntimeError("down")

    await team.store.add_traces([trace(place) for place in range(200)])
    version = await candidate(team, says=says)
    found = await run(team, version, concurrency=4)
    assert found.outcome == "INVALID"
    assert len(team.speaker(version).asked) < 100


async def test_of_a_question_that_the_cache_answered_again_the_answer_of_the_model_is_drawn(team):
    cached = {"cache": "exact", "outcome": "cached", "calls": (), "cost": 0.0}
    first, other = trace(1), trace(5)
    await team.store.add_traces([
        first, trace(2, messages=first.messages, **cached), trace(3, messages=first.messages, **cached),
        trace(6, messages=other.messages, **cached), trace(7, messages=other.messages, **cached),
    ])  # fmt: skip
    found = await select(team.store, await candidate(team), TraceChoice())
    assert [int(one.id, 16) for one in found.traces] == [7, 1]
    assert found.left_out == {AGAIN: 3}
