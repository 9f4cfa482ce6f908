"""Asking: one question to one Version, live or not, as ``gonogo ask`` does.

Here: the limits and budgets of the key, and the Trace, which a server keeps so that every cost is in one. It stays out
of rates and cache, as every question to one Version. Not here: the steps (``pipeline``).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.serving import Served
from gonogo.clock import new_id
from gonogo.domain import Request, Trace
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.versions import named
from gonogo.pipeline import admit, answer
from gonogo.telemetry import CALLER_TRACE


class AskBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question to ``support@7``, ``support`` (the newest) or ``support:staging``. ``metadata`` is for routing."""

    version: Annotated[str, Meta(min_length=1)]
    question: Annotated[str, Meta(min_length=1, max_length=200_000)]
    metadata: dict[str, str | int | float | bool] = {}


async def _ask(call: Call[NoQuery, AskBody]) -> Trace:
    version = await named(call, call.body.version)
    parts = await call.workspace.components(version)
    most = call.serving.most_output(call.caller, version.mission.name)
    request = admit(_request(call), version, most).request
    served = Served(version=version, components=parts, environment="", counts=False)
    grant = await call.serving.admit(call.caller, request, served)

    async def record(trace: Trace) -> None:
        grant.settle(trace)
        await call.serving.record(trace)

    try:
        return (await answer(request, version, parts, record)).trace
    except BaseException:
        grant.release()  # a Trace has settled it, unless the answer never began
        raise


def _request(call: Call[NoQuery, AskBody]) -> Request:
    now, question = call.workspace.clock.now(), call.body.question
    return Request(
        id=new_id(now),
        question=question,
        messages=({"role": "user", "content": question},),
        received_at=now,
        metadata=dict(call.body.metadata),
        tenant=call.caller.tenant,
        key_id=call.caller.key_id,
        use_cache=False,
        parent=CALLER_TRACE.get(),
    )


ASKING: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/ask", name="ask",
        summary="One question to one Version through the whole pipeline; its Trace stays out of rates and cache.",
        action="ask_version", handler=_ask, body=AskBody, reply=Trace,
    ),
)  # fmt: skip
