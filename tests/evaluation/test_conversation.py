"""Tasks of several steps: replies fed back, tools answered by the task, one result for all turns."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import Assertion, Delta, FollowUp, GoldenTask, ToolResult, Usage
from gonogo.evaluation.conversation import Script


def contains(text: str, **more: Any) -> Assertion:
    return Assertion(kind="contains", value=text, **more)


def call(name: str, identity: str = "c1", arguments: str = "{}") -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


class Agent:
    """Says its script, step by step: text, or calls of tools."""

    def __init__(self, *script: str | tuple[dict[str, Any], ...]) -> None:
        self.script, self.asked = script, []

    @property
    def name(self) -> str:
        return "speaker"

    async def generate(self, request):
        self.asked.append(request.messages)
        said = self.script[min(len(self.asked), len(self.script)) - 1]
        usage = Usage(input=10, output=5)
        if isinstance(said, str):
            yield Delta(content=said, finish_reason="stop", usage=usage)
        else:
            yield Delta(tool_calls=said, finish_reason="tool_calls", usage=usage)

    async def close(self) -> None:
        """Nothing is held open."""


async def run(team, agent: Agent, task: GoldenTask):
    version = await team.build(tasks=[task])
    team.speakers[version.mission.prompt.system] = agent
    (result,) = (await team.run(version)).results
    return result


async def test_a_follow_up_is_asked_with_the_replies_before_it(team):
    agent = Agent("Within 30 days.", "No, opened ones stay.")
    task = GoldenTask(
        id="dialogue",
        question="May I return it?",
        expect=(contains("30 days"),),
        follow_ups=(FollowUp(question="And opened?", expect=(contains("opened"),)),),
    )
    result = await run(team, agent, task)
    assert (result.passed, result.answer) == (True, "No, opened ones stay.")
    talked = [(message["role"], message["content"]) for message in agent.asked[1] if message["role"] != "system"]
    assert talked == [("user", "May I return it?"), ("assistant", "Within 30 days."), ("user", "And opened?")]
    assert [message["role"] for message in result.transcript] == ["user", "assistant", "user", "assistant"]
    assert result.usage.input == 20


async def test_the_turn_that_fails_is_named(team):
    task = GoldenTask(
        id="dialogue",
        question="Q",
        expect=(contains("first"),),
        follow_ups=(FollowUp(question="R", expect=(contains("third"),)), FollowUp(question="S")),
    )
    result = await run(team, Agent("first", "second", "third"), task)
    assert result.passed is False
    assert [score.detail for score in result.scores] == ["", "turn 2: missing: 'third'"]


async def test_an_assertion_that_cannot_be_judged_in_one_turn_makes_the_task_an_error(team):
    broken = FollowUp(question="R", expect=(Assertion(kind="regex", value="("),))
    result = await run(
        team, Agent("yes"), GoldenTask(id="d", question="Q", expect=(contains("no"),), follow_ups=(broken,))
    )
    assert result.passed is None
    assert result.error.startswith("turn 2: regex: ")


async def test_turns_that_all_expect_nothing_never_pass(team):
    result = await run(team, Agent("yes"), GoldenTask(id="d", question="Q", follow_ups=(FollowUp(question="R"),)))
    assert (result.passed, result.error) == (None, "it expects nothing: add an assertion")


LOOKUP = ToolResult(name="lookup", arguments={"order": 7}, result={"status": "late"})


async def test_calls_of_tools_are_answered_by_the_task_and_judged_as_one_trajectory(team):
    agent = Agent((call("lookup", "c1", '{"order": 7}'),), (call("refund", "c2"),), "It is late; refunded.")
    task = GoldenTask(
        id="agent",
        question="Where is order 7?",
        expect=(
            contains("refunded"),
            Assertion(kind="trajectory:tool-sequence", value=["lookup", "refund"], options={"mode": "exact"}),
            Assertion(kind="trajectory:step-count", options={"max": 2}),
        ),
        tool_results=(LOOKUP, ToolResult(name="refund", result="done")),
    )
    result = await run(team, agent, task)
    assert (result.passed, result.error) == (True, None)
    tools = [(m["tool_call_id"], m["content"]) for m in result.transcript if m["role"] == "tool"]
    assert tools == [("c1", '{"status": "late"}'), ("c2", "done")]
    assert agent.asked[2][-1]["content"] == "done"
    assert (result.usage.input, len(agent.asked)) == (30, 3)


async def test_an_agent_that_never_comes_to_an_end_is_stopped_and_fails(team):
    agent = Agent((call("lookup"),))
    task = GoldenTask(
        id="loop", question="Q", expect=(contains("x", negate=True),), tool_results=(LOOKUP,), max_steps=3
    )
    result = await run(team, agent, task)
    assert (result.passed, len(agent.asked)) == (False, 3)
    assert "steps were used up" in result.score("max_steps").detail


async def test_without_scripted_results_calls_stay_the_answer(team):
    agent = Agent((call("lookup"),))
    result = await run(
        team, agent, GoldenTask(id="one", question="Q", expect=(Assertion(kind="tool-called", value="lookup"),))
    )
    assert (result.passed, len(agent.asked), result.transcript) == (True, 1, ())


def test_results_that_fit_a_call_are_given_in_order_and_the_last_again():
    script = Script((
        ToolResult(name="pay", result="try again", fails=True),
        ToolResult(name="pay", result="paid"),
        ToolResult(name="pay", arguments={"sum": 9}, result="too much"),
    ))  # fmt: skip
    replies = [script.reply(call("pay", arguments='{"sum": 5}')) for _ in range(3)]
    assert [(reply["content"], reply.get("x-gonogo-is-error")) for reply in replies] == [
        ("try again", True),
        ("paid", None),
        ("paid", None),
    ]
    assert script.reply(call("pay", arguments='{"sum": 9}'))["content"] == "too much"


@pytest.mark.parametrize(
    "made", [call("mail"), call("lookup", arguments='{"order": 8}'), call("lookup", arguments="[")]
)
def test_a_call_that_nothing_fits_is_told_so(made):
    reply = Script((LOOKUP,)).reply(made)
    assert (reply["content"], reply["x-gonogo-is-error"]) == ("There is no result for this call.", True)
