"""What a request says stands in no line of the server's log, whatever fails."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from gonogo.domain import Delta, ModelRequest
from gonogo.errors import ProviderFailed
from gonogo.telemetry.logs import scrubbed_logs

PROMPT = "how long is the warranty of my bedside light"


class Broken:
    """A model whose error repeats what it was asked."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    async def generate(self, request: ModelRequest) -> AsyncGenerator[Delta, None]:
        words = f"cannot answer '{request.question}'"
        raise ProviderFailed(words, provider="x") if self.error is ProviderFailed else self.error(words)
        yield Delta()

    async def close(self) -> None: ...


@pytest.mark.parametrize("error", [ValueError, KeyError, ProviderFailed])
@pytest.mark.parametrize("stream", [True, False])
async def test_no_prompt_and_no_key_is_logged_whatever_fails(gate: Any, error: type[Exception], stream: bool) -> None:
    gate.open_locally = False
    gate.model = Broken(error)
    key, _ = await gate.key()
    await gate.deploy()
    told = io.StringIO()

    with scrubbed_logs([], form="text", stream=told):
        await gate.chat(gate.question(PROMPT, stream=stream), key=key)
        logging.getLogger("aiohttp").error("request with %s failed", {"authorization": f"Bearer {key}"})

    text = told.getvalue()
    assert PROMPT not in text
    assert key.split("_", 2)[2] not in text
    assert ("builtins." in text) is (error is not ProviderFailed)
