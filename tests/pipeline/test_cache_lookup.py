"""An answer is repeated only inside one scope."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import ModelSpec, RoutingPolicy, RoutingRule, RuleCondition
from gonogo.pipeline.cache_lookup import cache_key
from gonogo.providers import ScriptedModel

USER = {"role": "user", "content": "How long?"}
PICTURE = {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": "acme"},
        {"key_id": "k2"},
        {"tools": ({"type": "function", "function": {"name": "f"}},)},
        {"response_format": {"type": "json_object"}},
        {"parameters": {"temperature": 1.0}},
        {"extra": {"service_tier": "flex"}},
        {"messages": ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, USER)},
        {"messages": ({"role": "system", "content": "Be rude."}, USER)},
        {"messages": (USER, {"role": "tool", "tool_call_id": "c", "content": "31"})},
        {"messages": ({"role": "user", "content": [{"type": "text", "text": "How long?"}, PICTURE]},)},
        {"messages": ({**USER, "name": "ana"},)},
    ],
)
async def test_a_request_that_differs_in_anything_but_the_question_is_not_answered_from_the_cache(
    house: Any, other: dict[str, Any]
) -> None:
    model = ScriptedModel("Thirty days.")
    version, parts = house.version(), house.parts(model, cache=house.cache())
    await house.run(house.request("How long?"), version, parts)

    ran = await house.run(house.request("How long?", **other), version, parts)

    assert ran.trace.outcome == "answered"
    assert len(model.requests) == 2


def test_metadata_parts_answers_only_where_routing_rules_may_read_it(house: Any) -> None:
    models = {"small": ModelSpec(provider="scripted", model="small")}
    rule = RoutingRule(when=RuleCondition(classifier="churn"), to="small")
    plain = house.version(models=models)
    ruled = house.version(models=models, routing=RoutingPolicy(simple="small", complex="small", rules=(rule,)))
    asked = [house.request("How long?", metadata=values) for values in ({}, {"plan": "pro"}, {"session_id": "s"})]
    assert len({cache_key(request, plain).scope for request in asked}) == 1
    assert len({cache_key(request, ruled).scope for request in asked}) == 2


async def test_another_behaviour_finds_none_of_the_old_answers(house: Any) -> None:
    model, cache = ScriptedModel("Thirty days."), house.cache()
    await house.run("How long?", house.version(), house.parts(model, cache=cache))

    ran = await house.run("How long?", house.version(number=2, system="Be brief."), house.parts(model, cache=cache))

    assert ran.trace.outcome == "answered"


@pytest.mark.parametrize("same", [{}, {"user": "somebody else"}, {"session": "s2"}, {"stream": True}])
async def test_the_same_question_in_the_same_scope_is_answered_from_the_cache(house: Any, same: dict[str, Any]) -> None:
    model = ScriptedModel("Thirty days.")
    version, parts = house.version(), house.parts(model, cache=house.cache())
    await house.run(house.request("How long?"), version, parts)

    ran = await house.run(house.request("How long?", **same), version, parts)

    assert (ran.trace.outcome, ran.text, ran.deltas[-1].finish_reason) == ("cached", "Thirty days.", "stop")
    assert len(model.requests) == 1


def test_two_pictures_with_the_same_words_are_two_keys(house: Any) -> None:
    def key(address: str) -> Any:
        content = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": address}}]
        return cache_key(house.request("What?", messages=({"role": "user", "content": content},)), house.version())

    assert key("a.png") != key("b.png")
    assert key("a.png") == key("a.png")


async def test_a_request_that_must_not_use_the_cache_neither_reads_nor_fills_it(house: Any) -> None:
    cache = house.cache()
    version, parts = house.version(), house.parts(cache=cache)

    await house.run(house.request("How long?", use_cache=False), version, parts)
    assert len(cache) == 0
    await house.run(house.request("How long?"), version, parts)
    ran = await house.run(house.request("How long?", use_cache=False), version, parts)

    assert ran.trace.outcome == "answered"


async def test_a_hit_brings_its_chunks_and_citations(house: Any) -> None:
    index, policy = house.shelf("The refund period is thirty days.")
    version = house.version(retrieval=policy)
    parts = house.parts(index=index, cache=house.cache())
    fresh = await house.run("How long is the refund period?", version, parts)

    hit = await house.run("How long is the refund period?", version, parts)

    assert hit.trace.chunks == fresh.trace.chunks != ()
    assert [span.attributes for span in hit.trace.spans if span.name == "cache_lookup"] == [
        {"hit": "exact", "similarity": 1.0}
    ]


def test_the_order_in_which_a_client_writes_its_fields_makes_no_other_key_and_half_a_pair_of_surrogates_makes_one(
    house: Any,
) -> None:
    def key(parameters: dict[str, Any]) -> str:
        return cache_key(house.request(parameters=parameters), house.version()).scope

    assert key({"top_p": 0.5, "seed": 1}) == key({"seed": 1, "top_p": 0.5})
    assert len({key({"stop": "\ud800"}), key({"stop": "\ud801"}), key({"stop": "a"})}) == 3
