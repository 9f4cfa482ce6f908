"""Which model is asked."""

from __future__ import annotations

from typing import Any

from gonogo.domain import ModelSpec, RoutingPolicy
from gonogo.providers import ScriptedModel
from gonogo.routing import DifficultyRouter

MODELS = {name: ModelSpec(provider="scripted", model=name) for name in ("small", "large")}


async def test_without_a_router_the_first_model_written_answers(house: Any) -> None:
    parts = house.parts({"small": ScriptedModel("from small"), "large": ScriptedModel("from large")})

    ran = await house.run("q", house.version(models=MODELS), parts)

    assert ran.text == "from small"
    assert ran.trace.routing.model == "small"
    assert ran.trace.routing.reasons


async def test_the_routers_decision_and_its_reasons_stand_in_the_trace(house: Any) -> None:
    policy = RoutingPolicy(simple="small", complex="large", threshold=0.0)
    models = {"small": ScriptedModel("from small"), "large": ScriptedModel("from large")}
    parts = house.parts(models, router=DifficultyRouter(policy, MODELS))

    ran = await house.run("Why does it differ from last year's rules?", house.version(models=MODELS), parts)

    assert ran.text == "from large"
    assert ran.trace.routing.difficulty is not None
    assert next(span for span in ran.trace.spans if span.name == "route").attributes == {"model": "large"}


async def test_the_router_is_told_how_many_turns_and_chunks_there_are_and_the_metadata(house: Any) -> None:
    seen: list[tuple[int, int, dict[str, Any]]] = []

    class Listening(DifficultyRouter):
        def route(self, question: Any, earlier_turns: int, chunks: int, metadata: Any = None) -> Any:
            seen.append((earlier_turns, chunks, dict(metadata)))
            return super().route(question, earlier_turns, chunks)

    index, retrieval = house.shelf("Refunds take thirty days.")
    messages = (
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Refunds?"},
    )
    parts = house.parts({"small": ScriptedModel("s"), "large": ScriptedModel("l")}, index=index)
    object.__setattr__(parts, "router", Listening(RoutingPolicy(simple="small", complex="large"), MODELS))

    request = house.request("Refunds?", messages=messages, metadata={"plan": "pro"})
    await house.run(request, house.version(models=MODELS, retrieval=retrieval), parts)

    assert seen == [(2, 1, {"plan": "pro"})]
