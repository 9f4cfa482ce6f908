"""Rolling back moves the pointer, at once and without a gate, to what was live before."""

from __future__ import annotations

import asyncio

import pytest

from gonogo.deployments import roll_back
from gonogo.errors import BadInput, DeploymentConflict, NotFound


async def back(team, **more):
    fields = {"mission": "support", "environment": "production", "author": "bo", "reason": "wrong prices", **more}
    return await roll_back(team.store, clock=team, **fields)


async def test_rolling_back_serves_the_previous_digest(team):
    first = await team.prove_and_deploy("one", None)
    await team.prove_and_deploy("two", first)
    deployment = await back(team)
    live = await team.store.version("support", await team.live())
    assert live.behaviour_digest == first.behaviour_digest
    assert (deployment.kind, deployment.previous, deployment.reason) == ("rollback", 2, "wrong prices")


async def test_rolling_back_twice_goes_back_twice(team):
    first = await team.prove_and_deploy("one", None)
    second = await team.prove_and_deploy("two", first)
    await team.prove_and_deploy("three", second)
    await back(team)
    await back(team)
    assert await team.live() == 1


async def test_after_the_first_version_there_is_nothing_to_go_back_to(team):
    await team.prove_and_deploy("one", None)
    with pytest.raises(BadInput, match="nothing before it"):
        await back(team)


async def test_where_nothing_was_deployed_there_is_nothing_to_roll_back(team):
    with pytest.raises(NotFound, match="gonogo status"):
        await back(team)


async def test_a_version_can_be_named_if_it_has_been_live_here(team):
    first = await team.prove_and_deploy("one", None)
    second = await team.prove_and_deploy("two", first)
    await team.prove_and_deploy("three", second)
    await back(team, to=1)
    assert await team.live() == 1


async def test_a_version_that_was_never_live_here_cannot_be_rolled_back_to(team):
    first = await team.prove_and_deploy("one", None)
    await team.prove_and_deploy("two", first)
    await team.build("three")
    with pytest.raises(BadInput, match=r"never live in production.*@1, @2"):
        await back(team, to=3)


async def test_what_is_live_cannot_be_rolled_back_to(team):
    await team.prove_and_deploy("one", None)
    with pytest.raises(BadInput, match="live in production already"):
        await back(team, to=1)


async def test_of_two_rollbacks_at_once_one_is_told_of_the_other(team):
    first = await team.prove_and_deploy("one", None)
    second = await team.prove_and_deploy("two", first)
    await team.prove_and_deploy("three", second)
    outcomes = await asyncio.gather(back(team), back(team), return_exceptions=True)
    lost = [outcome for outcome in outcomes if isinstance(outcome, DeploymentConflict)]
    assert len(lost) == 1
    assert "bo rolled it back to support@2" in str(lost[0])
    assert await team.live() == 2


async def test_a_rollback_to_an_overridden_version_carries_the_override(team):
    first = await team.build("one")
    await team.deploy(first, None, override="hotfix", may_override=True)
    await team.prove_and_deploy("two", first)
    assert (await back(team)).override == "hotfix"


async def test_after_a_rollback_a_verdict_against_the_bad_version_is_stale_and_a_new_one_deploys(team):
    first = await team.prove_and_deploy("one", None)
    await team.prove_and_deploy("two", first)
    await back(team)
    await team.prove_and_deploy("three", first)
    assert await team.live() == 3
    assert (await back(team)).version == 1
