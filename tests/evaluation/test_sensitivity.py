"""Sensitivity: planted words are found, others are not, intervals cover, the budget holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import pytest
from msgspec import structs

from gonogo.domain import Assertion, FollowUp, GoldenTask, ModelRequest, ToolResult, Trace, Version
from gonogo.domain.sensitivity import Sensitivity
from gonogo.errors import BadInput
from gonogo.evaluation.sensitivity import SensitivityOptions, distance, most_answers, sensitivity, words_of
from gonogo.providers import Planted, SimulatedModel

PROMPT = (
    "You are the assistant of a shop that sells lamps and shades. Answer only what the pages say, cite the page, and "
    "keep it short. Stay calm when somebody is angry."
)
EFFECTS = {"only": 1.6, "cite": 1.2, "short": -1.4}


def questions(count: int) -> tuple[GoldenTask, ...]:
    expect = (Assertion(kind="contains", value="right"),)
    return tuple(GoldenTask(id=f"t{n}", question=f"What about lamp number {n}?", expect=expect) for n in range(count))


@pytest.fixture
def measured(team) -> Callable[..., object]:
    async def measure(model=None, *, count: int = 300, prompt: str = PROMPT, **options: object) -> Sensitivity:
        version: Version = await team.build(prompt, questions(count))
        chosen = SensitivityOptions(**{"budget": 3_000, "questions": (), **options})
        provider = model or SimulatedModel(Planted(skill=0.2, effects=EFFECTS), seed=1)
        return await sensitivity(version, team.parts(provider), team.assertions, chosen)

    return measure


async def test_the_planted_words_carry_the_behaviour_and_no_other_does(measured) -> None:
    found = await measured()
    assert {found.words[one.edit.word].strip(".,") for one in found.prompt if one.carries} == set(EFFECTS)
    assert {one.edit.kind for one in found.prompt if one.carries} >= {"drop", "synonym"}


async def test_the_heat_is_where_the_planted_words_stand(measured) -> None:
    found = await measured()
    hot = {word.strip(".,") for word, heat in zip(found.words, found.heat, strict=True) if heat}
    assert hot == set(EFFECTS)


async def test_the_intervals_cover_the_true_flip_rates_over_many_models(measured) -> None:
    """The draws of a question are paired: a word flips it where the uniform number lies between both chances."""
    missed, total = 0, 0
    for seed in range(12):
        model = SimulatedModel(Planted(skill=0.2, effects=EFFECTS), seed=seed)
        found = await measured(model, count=120, budget=700)
        for one in found.prompt:
            true = abs(model.probability(PROMPT, "any") - model.probability(one.edit.text, "any"))
            missed += not one.flipped.low <= true + 1e-12 <= one.flipped.high + 1e-12
            total += 1
    assert total > 300
    assert missed <= 0.05 * total


async def test_a_model_that_answers_by_chance_has_no_word_that_carries(measured) -> None:
    calls: Counter[str] = Counter()

    class Dice(SimulatedModel):
        def is_right(self, system: str, question: str, repeat: int = 0) -> bool:
            calls[question] += 1
            return self._uniform(f"{question} {calls[question]}", repeat) < 0.6

    found = await measured(Dice())
    assert found.noise.flipped.value == pytest.approx(0.48, abs=0.12)
    assert not [one for one in found.prompt if one.carries]


async def test_the_budget_is_never_exceeded_and_nearly_spent(measured) -> None:
    found = await measured(budget=900, questions=("typo", "polite"))
    assert 0.8 * 900 <= found.answers <= 900
    assert [one.edit.kind for one in found.questions] == ["typo", "polite"]


async def test_the_same_seed_gives_the_same_report(measured) -> None:
    first, second = await measured(budget=600), await measured(budget=600)
    assert [(one.edit.said, one.moved, one.flipped) for one in first.prompt] == [
        (one.edit.said, one.moved, one.flipped) for one in second.prompt
    ]


async def test_progress_counts_answers_up_to_the_budget(measured) -> None:
    seen: list[tuple[int, int]] = []
    found = await measured(budget=600, progress=lambda made, budget: seen.append((made, budget)))
    assert seen[-1] == (found.answers, 600)


async def test_a_budget_that_cannot_try_every_word_is_refused_with_the_way_out(measured) -> None:
    with pytest.raises(BadInput, match="--budget"):
        await measured(budget=40)


async def test_too_few_tasks_and_an_empty_prompt_are_refused(measured) -> None:
    with pytest.raises(BadInput, match="at least 10"):
        await measured(count=5)
    with pytest.raises(BadInput, match="no system prompt"):
        await measured(prompt="")


async def test_answers_that_fail_are_counted_and_are_no_flip(measured, team) -> None:
    from gonogo.errors import ProviderFailed

    class Fragile(SimulatedModel):
        async def generate(self, request: ModelRequest):  # type: ignore[override,no-untyped-def]
            if "only" not in request.system:
                raise ProviderFailed("no", provider="simulated")
            async for delta in super().generate(request):
                yield delta

    found = await measured(Fragile(Planted(skill=0.2)), budget=700)
    dropped = next(one for one in found.prompt if one.edit.said == 'drop "only"')
    assert dropped.errors > 0
    assert (dropped.flipped.n, dropped.flipped.value) == (0, None)


class Second(SimulatedModel):
    """Answers a first question always the same; the words of the prompt show in what follows."""

    def is_right(self, system: str, question: str, repeat: int = 0) -> bool:
        self.asked.append(question)
        return "lamp" in question or super().is_right(system, question, repeat)

    asked: ClassVar[list[str]] = []


def conversations(count: int) -> tuple[GoldenTask, ...]:
    right = (Assertion(kind="contains", value="right"),)
    return tuple(
        GoldenTask(
            id=f"t{n}", question=f"What about lamp {n}?", expect=right,
            follow_ups=(FollowUp(question=f"And the shade {n}?", expect=right),),
        )
        for n in range(count)
    )  # fmt: skip


async def test_a_word_that_shows_in_later_turns_only_is_found_and_every_answer_counts(team) -> None:
    version = await team.build(PROMPT, conversations(120))
    Second.asked.clear()
    model = Second(Planted(skill=0.2, effects={"only": 2.5}), seed=1)
    options = SensitivityOptions(budget=2_000, questions=(), prompt=("drop",))
    found = await sensitivity(version, team.parts(model), team.assertions, options)
    assert {found.words[one.edit.word] for one in found.prompt if one.carries} == {"only"}
    assert found.answers == len(Second.asked) <= 2_000
    assert found.answers > 1_600


async def test_every_question_of_a_conversation_is_put_in_the_other_form(team) -> None:
    version = await team.build(PROMPT, conversations(12))
    Second.asked.clear()
    options = SensitivityOptions(budget=200, prompt=(), questions=("upper case",))
    await sensitivity(version, team.parts(Second(Planted(), seed=1)), team.assertions, options)
    assert {"WHAT ABOUT LAMP 3?", "AND THE SHADE 3?"} <= set(Second.asked)


async def test_a_budget_too_small_for_conversations_says_what_each_edit_needs(team) -> None:
    version = await team.build(PROMPT, conversations(12))
    options = SensitivityOptions(budget=60, questions=())
    with pytest.raises(BadInput, match=r"each needs 2, as golden tasks are conversations"):
        await sensitivity(version, team.parts(SimulatedModel(Planted(), seed=1)), team.assertions, options)


def test_a_task_takes_at_most_the_steps_of_all_its_turns() -> None:
    one = GoldenTask(id="a", question="?")
    assert most_answers(one) == 1
    turns = structs.replace(one, follow_ups=(FollowUp(question="?"),) * 2)
    assert most_answers(turns) == 3
    assert most_answers(structs.replace(turns, tool_results=(ToolResult(name="t", result=""),), max_steps=4)) == 12


def test_calls_of_tools_are_words_of_an_answer_too() -> None:
    call = {"id": "1", "function": {"name": "Pay", "arguments": '{"sum": 7}'}}
    trace = Trace(id="a", created_at=0.0, mission="m", version=1, behaviour_digest="d", environment="e",
                  question="?", answer="Done.", outcome="answered", tool_calls=(call,))  # fmt: skip
    assert words_of(trace) == ["done.", "pay", "{'sum':", "7}"]


def test_distance_is_the_share_of_words_not_in_common() -> None:
    assert distance(Counter(["a", "b", "c", "d"]), Counter(["a", "b", "c", "e"])) == pytest.approx(0.25)
    assert distance(Counter(), Counter()) == 0.0
    assert distance(Counter(["a"]), Counter()) == 1.0
