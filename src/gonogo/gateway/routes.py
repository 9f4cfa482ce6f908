"""Routes: every path of the gateway with the least role that may call it.

Here: the table, models, health. Not here: the handlers of each wire format, pages (``console``).
"""

from __future__ import annotations

import msgspec

from gonogo.assembly.embedding import NamedEmbedders
from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.domain import Json
from gonogo.errors import NotFound
from gonogo.gateway.chat import ChatCompletions
from gonogo.gateway.embeddings import Embeddings
from gonogo.gateway.messages import Messages, count_tokens, message_error
from gonogo.gateway.metrics import MetricsPage
from gonogo.gateway.otlp import OtlpTraces
from gonogo.gateway.prompts import Prompts
from gonogo.gateway.responses import Responses
from gonogo.telemetry import Measures


def gateway_routes(
    serving: Serving,
    *,
    max_messages: int,
    embedders: NamedEmbedders | None = None,
    measures: Measures | None = None,
    keep_content: bool = False,
) -> tuple[Route, ...]:
    """The gateway's routes."""
    chat = ChatCompletions(serving, max_messages=max_messages)
    responses = Responses(serving, max_messages=max_messages)
    messages = Messages(serving, max_messages=max_messages)
    counting = "/v1/messages/count_tokens"
    return (
        Route(method="POST", path="/v1/chat/completions", handler=chat, role="viewer"),
        Route(method="POST", path="/v1/responses", handler=responses, role="viewer"),
        Route(method="POST", path="/v1/messages", handler=messages, role="viewer", error=message_error),
        Route(method="POST", path=counting, handler=count_tokens, role="viewer", error=message_error),
        Route(method="POST", path="/v1/embeddings", handler=Embeddings(embedders), role="viewer"),
        Route(method="GET", path="/v1/models", handler=_Models(serving), role="viewer"),
        Route(method="GET", path="/v1/models/{name}", handler=_Model(serving), role="viewer"),
        Route(method="POST", path="/v1/traces", handler=OtlpTraces(serving, content=keep_content), role="viewer"),
        Route(method="GET", path="/metrics", handler=MetricsPage(serving, measures or Measures()), role="developer"),
        Route(method="GET", path="/api/prompts/{mission}", handler=Prompts(serving), role="developer"),
        Route(method="GET", path="/health", handler=_Health(serving), role=None),
    )


class _Models:
    """``GET /v1/models``: each Mission that the key is for, each Environment of it, and the Version it serves."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def __call__(self, http: HttpRequest) -> HttpReply:
        listed = [_model(*row) for row in await self._serving.listed() if _may_call(http, row[0])]
        return HttpReply(body=msgspec.json.encode({"object": "list", "data": listed}))


class _Model:
    """``GET /v1/models/NAME``: one of them."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def __call__(self, http: HttpRequest) -> HttpReply:
        name = http.path_values["name"]
        for row in await self._serving.listed():
            if row[0] == name and _may_call(http, name):
                return HttpReply(body=msgspec.json.encode(_model(*row)))
        raise NotFound(f"no model '{name}' is served here: GET /v1/models lists them")


class _Health:
    """``GET /health``: 200 when a Trace could be written now, 503 when not. It needs no key, so it names no Mission."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def __call__(self, http: HttpRequest) -> HttpReply:
        report = await self._serving.health()
        shown = {name: report[name] for name in ("status", "store", "spooled_bytes")}
        return HttpReply(status=200 if report["status"] == "ok" else 503, body=msgspec.json.encode(shown))


def _may_call(http: HttpRequest, name: str) -> bool:
    return http.caller.may_call(name.partition(":")[0])


def _model(name: str, version: str, created: float) -> Json:
    return {"id": name, "object": "model", "created": int(created), "owned_by": "gonogo", "version": version}
