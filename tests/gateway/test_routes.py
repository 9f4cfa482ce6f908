"""Models and health."""

from __future__ import annotations

from typing import Any

import pytest


async def test_models_are_the_environments_with_the_version_they_serve(gate: Any) -> None:
    await gate.deploy()
    await gate.deploy(await gate.version(system="Be brief."), "staging")

    reply = await gate.call("GET", "/v1/models")

    assert reply.json == {
        "object": "list",
        "data": [
            {"id": "support", "object": "model", "created": 1000, "owned_by": "gonogo", "version": "support@1"},
            {"id": "support:staging", "object": "model", "created": 1000, "owned_by": "gonogo", "version": "support@2"},
        ],
    }


async def test_without_deployments_the_list_is_empty(gate: Any) -> None:
    assert (await gate.call("GET", "/v1/models")).json == {"object": "list", "data": []}


async def test_a_client_that_names_anthropics_version_gets_anthropics_list(gate: Any) -> None:
    await gate.deploy()
    await gate.serving.refresh()
    sent = {"anthropic-version": "2023-06-01"}

    listed = (await gate.call("GET", "/v1/models", headers=sent)).json
    one = (await gate.call("GET", "/v1/models/support", headers=sent)).json
    missing = await gate.call("GET", "/v1/models/sales", headers=sent)

    assert one == {
        "type": "model",
        "id": "support",
        "display_name": "support",
        "created_at": "1970-01-01T00:16:40Z",
        "version": "support@1",
    }
    assert listed == {"data": [one], "has_more": False, "first_id": "support", "last_id": "support"}
    assert (missing.status, missing.json["error"]["type"]) == (404, "not_found_error")


@pytest.mark.parametrize("path", ["/v1/models/support:staging", "/v1/models/support%3Astaging"])
async def test_one_model_can_be_asked_for(gate: Any, path: str) -> None:
    await gate.deploy(environment="staging")

    assert (await gate.call("GET", path)).json["version"] == "support@1"


async def test_a_model_that_is_not_served_is_not_found(gate: Any) -> None:
    reply = await gate.call("GET", "/v1/models/sales")

    assert (reply.status, reply.error["code"]) == (404, "model_not_found")


async def test_an_unknown_model_in_a_question_names_the_nearest(gate: Any) -> None:
    await gate.deploy()

    reply = await gate.chat(gate.question(model="suport"))

    assert reply.status == 404
    assert "did you mean 'support'?" in reply.error["message"]


async def test_one_version_by_number_needs_a_developer(gate: Any) -> None:
    gate.open_locally = False
    viewer, _ = await gate.key("viewer")
    developer, _ = await gate.key("developer")
    await gate.deploy()

    low = await gate.chat(gate.question(model="support@1"), key=viewer)
    high = await gate.chat(gate.question(model="support@1"), key=developer)

    assert (low.status, high.status) == (403, 200)
    assert "x-gonogo-environment" not in high.headers


async def test_health_is_green_while_a_trace_could_be_written(gate: Any) -> None:
    reply = await gate.call("GET", "/health")

    assert (reply.status, reply.json["status"]) == (200, "ok")


async def test_health_is_red_while_none_could(gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down() -> bool:
        return False

    monkeypatch.setattr(gate.store, "healthy", down)

    reply = await gate.call("GET", "/health")

    assert (reply.status, reply.json["status"]) == (503, "store down")
