"""Routes: every path of the gateway with the least role that may call it.

Here: the table, health. Not here: the handlers of each wire format, pages (``console``).
"""

from __future__ import annotations

import msgspec

from gonogo.assembly.embedding import NamedEmbedders
from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.gateway.chat import ChatCompletions
from gonogo.gateway.embeddings import Embeddings
from gonogo.gateway.messages import Messages, count_tokens, message_error
from gonogo.gateway.metrics import MetricsPage
from gonogo.gateway.models import Model, Models
from gonogo.gateway.otlp import OtlpTraces
from gonogo.gateway.prompts import Prompts
from gonogo.gateway.responses import Responses
from gonogo.gateway.worker_pages import WorkerPages
from gonogo.telemetry import Measures


def gateway_routes(
    serving: Serving,
    *,
    max_messages: int,
    embedders: NamedEmbedders | None = None,
    measures: Measures | None = None,
    keep_content: bool = False,
    workers: WorkerPages | None = None,
) -> tuple[Route, ...]:
    """The gateway's routes."""
    chat = ChatCompletions(serving, max_messages=max_messages)
    responses = Responses(serving, max_messages=max_messages)
    messages = Messages(serving, max_messages=max_messages)
    page = MetricsPage(serving, measures or Measures(), workers)
    counting = "/v1/messages/count_tokens"
    return (
        Route(method="POST", path="/v1/chat/completions", handler=chat, role="viewer"),
        Route(method="POST", path="/v1/responses", handler=responses, role="viewer"),
        Route(method="POST", path="/v1/messages", handler=messages, role="viewer", error=message_error),
        Route(method="POST", path=counting, handler=count_tokens, role="viewer", error=message_error),
        Route(method="POST", path="/v1/embeddings", handler=Embeddings(serving, embedders), role="viewer"),
        Route(method="GET", path="/v1/models", handler=Models(serving), role="viewer"),
        Route(method="GET", path="/v1/models/{name}", handler=Model(serving), role="viewer"),
        Route(method="POST", path="/v1/traces", handler=OtlpTraces(serving, content=keep_content), role="viewer"),
        Route(method="GET", path="/metrics", handler=page, role="developer"),
        Route(method="GET", path="/api/prompts/{mission}", handler=Prompts(serving), role="developer"),
        Route(method="GET", path="/health", handler=_Health(serving, workers), role=None),
    )


class _Health:
    """``GET /health``: 200 when a Trace could be written now, 503 when not. It needs no key, so it names no Mission."""

    def __init__(self, serving: Serving, workers: WorkerPages | None) -> None:
        self._serving, self._workers = serving, workers

    async def __call__(self, http: HttpRequest) -> HttpReply:
        report = await self._serving.health()
        shown = {name: report[name] for name in ("status", "store", "spooled_bytes")}
        if self._workers is not None:
            shown["spooled_bytes"] = self._workers.waiting()
            shown |= {"worker": self._workers.number, "workers": self._workers.serving()}
        return HttpReply(status=200 if report["status"] == "ok" else 503, body=msgspec.json.encode(shown))
