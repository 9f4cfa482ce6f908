"""A deployment and a rollback hold at once in the process that made them."""

from __future__ import annotations

from typing import Any


async def edited(team: Any) -> Any:
    team.edit("in one sentence", "in two sentences")
    workspace = await team.workspace()
    version = await team.version()
    assert (await workspace.evaluate(version)).outcome == "GO"
    return version


async def test_the_next_request_is_answered_by_what_was_just_deployed_or_rolled_back_to(team: Any) -> None:
    await team.live()
    workspace = await team.workspace()
    assert (await team.chat()).headers["x-gonogo-version"] == "support@1"
    version = await edited(team)

    await workspace.deployments.deploy(version)
    after_deployment = await team.chat()
    await workspace.deployments.roll_back("support")
    after_rollback = await team.chat()

    assert after_deployment.headers["x-gonogo-version"] == "support@2"
    assert after_rollback.headers["x-gonogo-version"] == "support@1"
    said = [body["messages"][0]["content"] for body in team.upstream.bodies[-2:]]
    assert ["two sentences" in text for text in said] == [True, False]
