"""Estimate: what a request may take at most, before anything is asked: tokens and dollars, reserved until it ends.

Input is counted at four bytes of UTF-8 a token, over the conversation, tools, the Mission's prompts and as many chunks
as it retrieves. Output is what ``max_tokens`` allows, of the Mission where it pins one, else of the client, under the
limit of the Mission and the key; without any, what the settings assume. Dollars are those of one
answer of the Mission's dearest model, every token at the dearest price of its side. What turns out otherwise (a longer
answer than assumed, a second try) is settled at its true cost, and is what a limit may be passed by.

Here: the estimate, pure. Not here: limits and budgets (``allowances``), what was spent in the end (the Trace).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gonogo.contracts import Components, PriceList
from gonogo.domain import ModelRequest, Price, Request, RequestPolicy, Version, nanos
from gonogo.pipeline.message_texts import texts_of
from gonogo.pipeline.output_limit import choices, most_output
from gonogo.pipeline.output_limit import stated as stated_limit

BYTES_PER_TOKEN = 4
ATTACHMENT_TOKENS = 1000
"""For a picture, a sound or a file that came with a message: what a large picture costs at most providers."""
CHUNK_ROOM = 1.5
"""A chunk with its frame and its neighbour's overlap, in parts of ``retrieval.chunk_tokens``."""


class Estimate(Struct, frozen=True, kw_only=True):
    """``tokens`` as the request itself says; ``most_tokens`` with what is assumed where it has no limit; ``cost`` in
    billionths of a dollar for ``most_tokens``; ``unpriced`` models, whose price nobody knows."""

    tokens: int
    most_tokens: int
    cost: int
    unpriced: tuple[str, ...] = ()


class Model(Struct, frozen=True, kw_only=True):
    """One model of a Mission, as far as it matters here."""

    name: str
    params: Mapping[str, Any]
    price: Price | None


class Sizes(Struct, frozen=True, kw_only=True):
    """What of a Version matters for every request. ``overhead``: tokens that come to the client's own; ``requests``:
    with the Mission's limit of output."""

    overhead: int
    models: tuple[Model, ...]
    requests: RequestPolicy = RequestPolicy()


def sizes_of(version: Version, parts: Components) -> Sizes:
    """Read once for each Version."""
    return sizes_with(version, parts.prices)


def sizes_with(version: Version, prices: PriceList) -> Sizes:
    """The same, where there are no Components yet."""
    mission = version.mission
    prompts = (mission.prompt.system, mission.prompt.user, *mission.prompt.variables.values())
    tools = sum(len(msgspec.json.encode(tool)) for tool in mission.tools)
    overhead = (sum(map(_size, prompts)) + tools) / BYTES_PER_TOKEN
    if mission.retrieval is not None:
        overhead += mission.retrieval.top_k * mission.retrieval.chunk_tokens * CHUNK_ROOM
    models = tuple(
        Model(name=name, params=spec.params, price=prices.price(spec.provider, spec.model))
        for name, spec in mission.models.items()
    )
    return Sizes(overhead=round(overhead), models=models, requests=mission.requests)


def tokens_of(texts: Iterable[str]) -> int:
    """Tokens of texts, about."""
    return -(-sum(map(_size, texts)) // BYTES_PER_TOKEN)


def estimate(request: Request, sizes: Sizes, assumed_output: int) -> Estimate:
    """What one request may take; see the module for how."""
    read = sizes.overhead + _input(request)
    stated = most = cost = 0
    unpriced = []
    limit = most_output(sizes.requests, request.most_output)
    for model in sizes.models:
        answers = choices({"n": model.params.get("n", request.parameters.get("n"))})
        output = _output(request.parameters, model.params, None if limit is None else max(1, limit // answers))
        stated = max(stated, (output or 0) * answers)
        written = (assumed_output if output is None else output) * answers
        most = max(most, written)
        if model.price is None:
            unpriced.append(model.name)
        else:
            cost = max(cost, nanos((read * model.price.dearest_input + written * model.price.dearest_output) / 1e6))
    return Estimate(tokens=read + stated, most_tokens=read + most, cost=cost, unpriced=tuple(unpriced))


def estimate_call(request: ModelRequest, price: Price | None, assumed_output: int) -> Estimate:
    """What one call of a model may take, its messages being complete."""
    read = _input(request)
    own, answers = stated_limit(request.parameters), choices(request.parameters)
    written = (assumed_output if own is None else own) * answers
    dollars = 0.0 if price is None else (read * price.dearest_input + written * price.dearest_output) / 1e6
    return Estimate(
        tokens=read + (own or 0) * answers,
        most_tokens=read + written,
        cost=nanos(dollars),
        unpriced=(request.model,) if price is None else (),
    )


def _input(request: Request | ModelRequest) -> int:
    size = attachments = 0
    for message in request.messages:
        content = message.get("content")
        if isinstance(content, str):
            size += _size(content)
            continue
        if isinstance(content, list):
            attachments += sum(isinstance(part, dict) and part.get("type") != "text" for part in content)
        size += sum(map(_size, texts_of(message)))
    if request.tools:
        size += len(msgspec.json.encode(request.tools))
    return -(-size // BYTES_PER_TOKEN) + attachments * ATTACHMENT_TOKENS


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _output(asked: Mapping[str, Any], pinned: Mapping[str, Any], most: int | None) -> int | None:
    """The limit of one answer: what the Mission pins, else what the client says, and never over ``most``."""
    own = stated_limit(pinned) or stated_limit(asked)
    return most if own is None or (most is not None and most < own) else own
