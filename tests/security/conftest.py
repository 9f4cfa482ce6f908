"""A whole server for each row: gateway, API and console as ``gonogo serve`` puts them together, a key of each role.

The rows are those of a threat table: what befell other gateways, and the rule here that keeps it from befalling this.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.gateway.api.conftest import Answer, Api, api, folder, home_of_live, live  # noqa: F401 - fixtures
from tests.gateway.conftest import gate, reader  # noqa: F401 - fixtures

QUESTION = "How many days do I have to return a light?"


async def chat(server: Api, question: str = QUESTION, key: str = "", **more: Any) -> Answer:
    """One question to what is live."""
    fields = more.pop("fields", {})
    messages = more.pop("messages", [{"role": "user", "content": question}])
    body = {"model": "support", "messages": messages, **fields}
    return await server("POST", "/v1/chat/completions", body, key=key, **more)


Api.chat = chat  # type: ignore[attr-defined]
Api.question = QUESTION  # type: ignore[attr-defined]


@pytest.fixture
async def serving(live: Api) -> Api:  # noqa: F811
    """``support@1`` answers."""
    await live.serving.refresh()
    return live
