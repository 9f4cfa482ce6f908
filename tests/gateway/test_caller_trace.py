"""The caller's own trace stands in ours."""

from __future__ import annotations

from typing import Any

import pytest

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"model": "support", "messages": [{"role": "user", "content": "How long?"}]}),
        ("/v1/responses", {"model": "support", "input": "How long?"}),
    ],
)
async def test_every_wire_format_keeps_the_callers_trace(gate: Any, path: str, body: Any) -> None:
    await gate.deploy()

    reply = await gate.call("POST", path, body, headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})

    [kept] = await gate.store.traces()
    assert kept.parent == f"{TRACE}-{SPAN}"
    assert reply.headers["x-gonogo-trace"] == kept.id != TRACE


async def test_the_next_request_without_one_has_none(gate: Any) -> None:
    await gate.deploy()

    await gate.chat(headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})
    await gate.chat()

    assert sorted(kept.parent for kept in await gate.store.traces()) == ["", f"{TRACE}-{SPAN}"]
