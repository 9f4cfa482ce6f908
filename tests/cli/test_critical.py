"""A critical task that fails once: asked again before anything is blocked, in every word that a user reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cli.answering import Answers, write_mission

CRITICAL = "  critical: ['id:t3']\n"


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers(lambda question, time: "yes")
    yield made
    made.close()


@pytest.mark.slow
def test_a_flake_is_asked_again_on_both_sides_and_deployed(support, answers):
    write_mission(support, answers, gate=CRITICAL)
    support.fine("evaluate", "support")
    support.fine("deploy", "support@1")
    answers.asked.clear()
    answers.says = lambda question, time: "no" if question == "is t3 so?" and time == 1 else "yes"
    support.edit("support/prompts/system.md", "You", "Today you")
    plan = support.fine("plan", "support")
    assert "on top: a critical task that fails is asked again, at most 6 answers in all" in plan.out
    proven = support("evaluate", "support")
    assert proven.code == 0, proven
    assert "1 of 1 critical task failed once and no more: t3 (asked again, failed 0 of 3; live passed" in proven.out
    assert "asked again passed, passed, passed" in " ".join(proven.out.split())
    assert answers.asked["is t3 so?"] == 7
    assert support.fine("verdict", "support@2", "--json").json["verdict"]["critical"] == [
        {
            "task_id": "t3", "passed": False, "standing": "flaked", "reruns": [True] * 3, "live": True,
            "live_reruns": [True] * 3,
        }
    ]  # fmt: skip
    support.fine("deploy", "support@2")


@pytest.mark.slow
def test_what_fails_again_blocks(support, answers):
    answers.says = lambda question, time: "no" if question == "is t3 so?" and time != 2 else "yes"
    write_mission(support, answers, gate=CRITICAL)
    said = support("evaluate", "support")
    assert said.code == 1
    assert "1 of 1 critical task failed: t3 (asked again, failed 2 of 3)" in said.out
    assert "73 results, 3 of them critical tasks asked again, in" in said.out
    assert support("deploy", "support@1").code == 1
