"""Status and history tell what is live, and how it came about, for ever."""

from __future__ import annotations

from gonogo.deployments import history, roll_back, status


async def test_status_names_version_author_time_and_verdict(team):
    version = await team.build("one")
    verdict = await team.evaluate(version, None)
    deployment = await team.deploy(version, verdict)
    (place,) = await status(team.store, "support")
    assert (place.name, place.environment, place.author) == ("support@1", "production", "ana")
    assert place.since == deployment.created_at
    assert (place.verdict, place.verdict_line, place.verdict_id) == ("GO", verdict.line, verdict.id)
    assert place.behaviour_digest == version.behaviour_digest
    assert place.marks == ()


async def test_nothing_deployed_is_an_empty_list(team):
    await team.build("one")
    assert await status(team.store, "support") == []
    assert await history(team.store, "support") == []


async def test_status_without_a_mission_shows_all_environments(team):
    version = await team.build("one")
    verdict = await team.evaluate(version, None)
    for environment in ("staging", "production"):
        await team.deploy(version, verdict, environment=environment)
    assert [place.environment for place in await status(team.store)] == ["production", "staging"]


async def test_an_override_is_shown_in_status_while_live_and_in_history_for_ever(team):
    first = await team.build("one")
    await team.deploy(first, None, override="hotfix", may_override=True)
    (place,) = await status(team.store, "support")
    assert place.marks == ("override: hotfix",)
    await team.prove_and_deploy("two", first)
    (place,) = await status(team.store, "support")
    assert place.marks == ()
    assert [change.override for change in await history(team.store, "support")] == [None, "hotfix"]


async def test_an_advisory_deployment_is_marked_in_status(team):
    first = await team.prove_and_deploy("one", None)
    unsure = await team.build("unsure", margin=0.01, mode="advisory")
    await team.deploy(unsure, await team.evaluate(unsure, first, failing=1))
    (place,) = await status(team.store, "support")
    assert place.advisory
    assert place.marks[0].startswith("advisory")


async def test_a_rollback_shows_its_author_its_reason_and_the_verdict_it_returned_to(team):
    first = await team.prove_and_deploy("one", None)
    proven = (await team.store.deployments("support"))[0].verdict_id
    await team.prove_and_deploy("two", first)
    await roll_back(
        team.store, mission="support", environment="production", author="bo", reason="wrong prices", clock=team
    )
    (place,) = await status(team.store, "support")
    assert (place.kind, place.author, place.reason, place.verdict_id) == ("rollback", "bo", "wrong prices", proven)
    assert [change.kind for change in await history(team.store, "support")] == ["rollback", "deploy", "deploy"]


async def test_history_can_be_cut_short(team):
    first = await team.prove_and_deploy("one", None)
    await team.prove_and_deploy("two", first)
    assert [change.version for change in await history(team.store, "support", limit=1)] == [2]
