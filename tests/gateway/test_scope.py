"""A key for some Missions is for no other, and hears of no other."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
async def scoped(gate: Any) -> str:
    """The secret of a key for ``support`` only; ``sales`` is live too."""
    gate.open_locally = False
    for name in ("support", "sales"):
        await gate.deploy(await gate.version(name=name))
    await gate.deploy(await gate.version(name="sales"), "staging")
    await gate.serving.refresh()
    secret, _ = await gate.key("developer", missions=("support",))
    return str(secret)


async def test_its_own_mission_answers(gate: Any, scoped: str) -> None:
    assert (await gate.chat(key=scoped)).text == "Thirty days."


@pytest.mark.parametrize("model", ["sales", "sales:staging", "sales@1", "support-2", "nowhere"])
@pytest.mark.parametrize("stream", [False, True])
async def test_every_other_is_refused_whether_it_exists_or_not(
    gate: Any, scoped: str, model: str, stream: bool
) -> None:
    reply = await gate.chat(gate.question(stream=stream) | {"model": model}, key=scoped)

    assert reply.status == 403
    assert "for support only" in reply.error["message"]
    assert await gate.traces() == []


async def test_no_other_is_listed(gate: Any, scoped: str) -> None:
    everything, _ = await gate.key()

    for key, names in ((scoped, ["support"]), (everything, ["sales", "sales:staging", "support"])):
        listed = await gate.call("GET", "/v1/models", key=key)
        assert [model["id"] for model in listed.json["data"]] == names
    assert (await gate.call("GET", "/v1/models/sales", key=scoped)).status == 404
    assert (await gate.call("GET", "/v1/models/support", key=scoped)).status == 200
