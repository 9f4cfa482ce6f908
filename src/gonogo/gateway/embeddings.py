"""Embeddings: ``POST /v1/embeddings``.

Here: OpenAI's request and reply, and that each request is paid and leaves a Trace. Not here: making vectors
(``assembly.embedding``, ``features``), what stands in that Trace (``assembly.embedding_trace``).
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import msgspec
from msgspec import Struct

from gonogo.assembly.allowances import Grant
from gonogo.assembly.embedding import Embedded, NamedEmbedders
from gonogo.assembly.embedding_trace import begin
from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.domain import Trace
from gonogo.errors import NotAllowed, NotFound, RequestInvalid
from gonogo.gateway.body_fields import decode_object
from gonogo.telemetry import CALLER_TRACE

MOST_TEXTS = 2048
KNOWN = frozenset({"model", "input", "encoding_format", "dimensions", "user"})


class _Asked(Struct, frozen=True, kw_only=True):
    model: str
    texts: list[str]
    base64: bool
    dimensions: int | None


class Embeddings:
    """The handler; one for the life of a server. ``embedders`` ``None``: this server has none."""

    def __init__(self, serving: Serving, embedders: NamedEmbedders | None) -> None:
        self._serving, self._embedders = serving, embedders

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Answer an embeddings request.

        Raises:
            RequestInvalid: a field that cannot be used; ``param`` names it.
            LimitReached, BudgetSpent, NotPriced: a limit or a budget has too little left, or no price is known.
            NotAllowed: the key is for some Missions only.
            GonogoError: the embedder is not known here, or failed.
        """
        if http.caller.missions:
            raise NotAllowed(f"this key is for {', '.join(http.caller.missions)} only: embedders need another key")
        asked = _parsed(http.body)
        if self._embedders is None:
            raise NotFound("this server serves no embedders")
        embedders, clock = self._embedders, self._serving.clock
        trace_id, reading, finish = begin(asked.model, http.caller, embedders, clock, CALLER_TRACE.get())
        price = embedders.known(asked.model)[1]
        grant = await self._serving.admit_texts(http.caller, asked.texts, asked.model, price)
        try:
            made = await embedders.embed(asked.model, asked.texts, asked.dimensions, reading)
            body = await asyncio.to_thread(_body, asked, made)
        except BaseException as error:
            if isinstance(error, RequestInvalid) and not reading.started:
                grant.release()  # refused before the embedder was asked: there is nothing to record
            else:
                await self._settle(grant, finish(error))
            raise
        await self._settle(grant, finish(None))
        return HttpReply(body=body, headers={"x-gonogo-trace": trace_id, **grant.headers})

    async def _settle(self, grant: Grant, trace: Trace) -> None:
        grant.settle(trace)
        if not self._serving.record_now(trace):
            # The record comes to its end however often the request is cancelled meanwhile.
            await asyncio.shield(asyncio.ensure_future(self._serving.record(trace)))


def _parsed(body: bytes) -> _Asked:
    fields = decode_object(body)
    for name in fields:
        if name not in KNOWN:
            raise RequestInvalid(f"'{name}' is not known here: embedders take {', '.join(sorted(KNOWN))}", param=name)
    model, form, dimensions = fields.get("model"), fields.get("encoding_format"), fields.get("dimensions")
    if not isinstance(model, str) or not model:
        raise RequestInvalid("'model' must name an embedder, such as \"static\"", param="model")
    if form not in (None, "float", "base64"):
        raise RequestInvalid("'encoding_format' must be float or base64", param="encoding_format")
    if dimensions is not None and (not isinstance(dimensions, int) or isinstance(dimensions, bool) or dimensions < 1):
        raise RequestInvalid("'dimensions' must be a whole number from 1 up", param="dimensions")
    return _Asked(model=model, texts=_texts(fields.get("input")), base64=form == "base64", dimensions=dimensions)


def _texts(given: Any) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise RequestInvalid("'input' must be a text or a list of texts", param="input")
    if len(texts) > MOST_TEXTS:
        raise RequestInvalid(f"{len(texts)} texts, at most {MOST_TEXTS} are taken at once", param="input")
    for place, text in enumerate(texts):
        if isinstance(text, int | list):
            raise RequestInvalid(
                "'input' holds numbers of tokens, and embedders here have vocabularies of their own: send texts "
                "(LangChain: check_embedding_ctx_length=False)",
                param="input",
            )
        if not isinstance(text, str) or not text:
            raise RequestInvalid(f"text {place} of 'input' is empty or no text", param="input")
    return texts


def _body(asked: _Asked, made: Embedded) -> bytes:
    rows = made.vectors.astype("<f4", copy=False)
    told = (base64.b64encode(row.tobytes()).decode() if asked.base64 else row.tolist() for row in rows)
    return msgspec.json.encode(
        {
            "object": "list",
            "data": [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(told)],
            "model": asked.model,
            "usage": {"prompt_tokens": made.tokens, "total_tokens": made.tokens},
        }
    )
