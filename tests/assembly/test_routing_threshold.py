"""Routing threshold: only what is shown to cost little goes to the simple model."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.assembly.routing_threshold import LEAST_TASKS, choose_threshold
from gonogo.building import draft_version
from gonogo.clock import SystemClock
from gonogo.contracts import Components
from gonogo.domain import Assertion, GoldenTask, Mission, ModelSpec, PromptSpec, RoutingPolicy
from gonogo.errors import BadInput, ProviderFailed
from gonogo.features import Reader, StaticEmbedder
from gonogo.metrics import BuiltInAssertions
from gonogo.providers import PriceTable, ScriptedModel

READER = Reader(StaticEmbedder())
EASY = "How long is item {n} kept?"
HARD = (
    "Compare item {n} with item {m}, explain step by step why they differ, calculate the total for 12 months without "
    "the first, and which of both is better when neither is new?"
)


def mission(tasks: int, **routing) -> Mission:
    policy = RoutingPolicy(simple="small", complex="large", **routing)
    golden = tuple(
        GoldenTask(
            id=f"t{n}",
            question=(EASY if n % 2 else HARD).format(n=n, m=n + 1),
            expect=(Assertion(kind="contains", value="right"),),
        )
        for n in range(tasks)
    )
    spec = ModelSpec(provider="scripted", model="m")
    prompt = PromptSpec(system="Answer.")
    return Mission(name="s", models={"small": spec, "large": spec}, prompt=prompt, routing=policy, golden=golden)


def version(found: Mission):
    return draft_version(found, None, {}, created_at=0.0, edited_at=0.0)


def components(small: ScriptedModel, large: ScriptedModel):
    async def build(asked) -> Components:
        from gonogo.routing import DifficultyRouter

        router = DifficultyRouter(asked.mission.routing, tuple(asked.mission.models))
        providers = {"small": small, "large": large}
        return Components(reader=READER, providers=providers, prices=PriceTable({}), router=router, clock=SystemClock())

    return build


def knows_easy_only() -> ScriptedModel:
    return ScriptedModel({"": "wrong", **{EASY.format(n=n): "right" for n in range(400)}})


async def choose(found: Mission, small: ScriptedModel, large: ScriptedModel):
    return await choose_threshold(version(found), components(small, large), BuiltInAssertions(READER))


async def test_a_simple_model_that_is_as_good_may_take_every_question():
    choice = await choose(mission(200, max_quality_loss=0.05), ScriptedModel("right"), ScriptedModel("right"))
    assert choice.threshold == choice.rows[-1].threshold
    assert choice.rows[-1].to_simple == 200


async def test_a_simple_model_that_fails_hard_questions_gets_only_the_easy_ones():
    choice = await choose(mission(200, max_quality_loss=0.05), knows_easy_only(), ScriptedModel("right"))
    row = next(row for row in choice.rows if row.threshold == choice.threshold)
    assert 100 <= row.to_simple < 110
    assert row.safe(0.05)


async def test_tasks_of_few_pages_show_too_little_for_a_simple_model():
    found = mission(200, max_quality_loss=0.05)
    paged = tuple(structs.replace(task, cluster=f"page {n % 8}") for n, task in enumerate(found.golden))
    both = ScriptedModel("right"), ScriptedModel("right")
    assert (await choose(structs.replace(found, golden=paged), *both)).threshold == 0


async def test_a_useless_simple_model_gets_nothing():
    choice = await choose(mission(200, max_quality_loss=0.05), ScriptedModel("wrong"), ScriptedModel("right"))
    assert choice.threshold == 0


async def test_too_small_a_set_to_show_it_gets_nothing_although_no_task_was_lost():
    choice = await choose(mission(LEAST_TASKS, max_quality_loss=0.02), ScriptedModel("right"), ScriptedModel("right"))
    assert all(row.loss == 0 for row in choice.rows)
    assert choice.threshold == 0


async def test_a_mission_without_two_models_has_nothing_to_choose():
    found = mission(60)
    alone = structs.replace(found, routing=structs.replace(found.routing, simple="large"))
    with pytest.raises(BadInput, match="no two models"):
        await choose(alone, ScriptedModel("right"), ScriptedModel("right"))


async def test_too_few_tasks_are_refused_with_the_number_needed():
    with pytest.raises(BadInput, match=f"at least {LEAST_TASKS}"):
        await choose(mission(LEAST_TASKS - 1), ScriptedModel("right"), ScriptedModel("right"))


async def test_tasks_that_did_not_run_are_no_losses():
    down = ScriptedModel([ProviderFailed("down", provider="scripted")])
    with pytest.raises(BadInput, match="ran on both models"):
        await choose(mission(60), down, ScriptedModel("right"))
