"""``GET /metrics`` of a server that has answered."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.gateway import gateway_routes
from gonogo.providers import ScriptedModel
from gonogo.telemetry import Measures

parser = pytest.importorskip("prometheus_client.parser")


@pytest.fixture
def measured(gate: Any) -> Any:
    """The gate with one Measures, as ``gonogo serve`` joins them."""
    measures = Measures()
    gate.serving.observers.append(measures.observe)
    gate.extra_routes = [
        route for route in gateway_routes(gate.serving, max_messages=50, measures=measures) if route.path == "/metrics"
    ]
    return gate


async def scraped(gate: Any, key: str = "") -> dict[tuple[str, str], float]:
    """(sample, labels as text) to value."""
    reply = await gate.call("GET", "/metrics", key=key)
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    return {
        (sample.name, ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in parser.text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
    }


async def test_requests_are_counted_by_mission_version_outcome_and_model(measured: Any) -> None:
    await measured.deploy()
    await measured.chat()
    await measured.chat(measured.question(stream=True))

    found = await scraped(measured)

    where = "environment=production,mission=support,model=m,outcome=answered,version=1"
    assert found["gonogo_requests_total", where] == 2
    assert found["gonogo_request_seconds_count", "mission=support"] == 2
    assert found["gonogo_first_token_seconds_count", "mission=support"] == 1
    assert found["gonogo_gateway_seconds_sum", "mission=support"] > 0
    assert (
        found["gonogo_gateway_seconds_sum", "mission=support"] <= found["gonogo_request_seconds_sum", "mission=support"]
    )
    assert found["gonogo_spool_bytes", ""] == 0


async def test_no_text_user_or_key_is_on_the_page(measured: Any) -> None:
    measured.open_locally = False
    measured.model = ScriptedModel("The secret answer.")
    key, _ = await measured.key("developer")
    await measured.deploy()
    await measured.chat(measured.question("the secret question", user="the secret user"), key=key)

    reply = await measured.call("GET", "/metrics", key=key)

    assert b"support" in reply.body
    assert b"secret" not in reply.body
    assert key.encode() not in reply.body
    assert key.split("_")[1].encode() not in reply.body


async def test_a_viewer_sees_no_costs(measured: Any) -> None:
    measured.open_locally = False
    key, _ = await measured.key("viewer")

    assert (await measured.call("GET", "/metrics", key=key)).status == 403
