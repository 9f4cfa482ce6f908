"""An index of this machine is made while its Version is being stored; a server is told nothing before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gonogo.assembly.index_preparing import IndexPreparing
from gonogo.domain import RetrievalPolicy
from gonogo.errors import Unreachable


class Installed:
    """One backend, that notes what it is asked."""

    def __init__(self, kind: str, failure: Exception | None = None) -> None:
        self.kind, self.failure, self.made = kind, failure, list[Any]()

    def index_kind(self, _policy: RetrievalPolicy) -> str:
        return self.kind

    def index_backend(self, _policy: RetrievalPolicy) -> Any:
        return self

    def prepare(self, snapshot: Any, _policy: RetrievalPolicy, _progress: Any) -> None:
        self.made.append(snapshot)
        if self.failure is not None:
            raise self.failure


def build(policy: RetrievalPolicy | None) -> Any:
    """Stands for the draft and for the result."""
    return SimpleNamespace(version=SimpleNamespace(mission=SimpleNamespace(retrieval=policy)), snapshot="snapshot")


POLICY = RetrievalPolicy(sources=("*",))


async def test_an_embedded_index_is_made_ahead_and_once() -> None:
    installed = Installed("embedded")
    preparing = IndexPreparing(installed, None)  # type: ignore[arg-type]
    preparing.begin(build(POLICY))
    await preparing.leave()
    assert installed.made == ["snapshot"]
    await preparing.finish(build(POLICY))
    assert installed.made == ["snapshot"]


async def test_a_server_is_sent_nothing_before_the_version_is_stored() -> None:
    installed = Installed("pinecone")
    preparing = IndexPreparing(installed, None)  # type: ignore[arg-type]
    preparing.begin(build(POLICY))
    await preparing.leave()
    assert installed.made == []
    await preparing.finish(build(POLICY))
    assert installed.made == ["snapshot"]


async def test_what_goes_wrong_ahead_is_told_at_the_end_and_not_while_leaving() -> None:
    preparing = IndexPreparing(Installed("embedded", Unreachable("no room")), None)  # type: ignore[arg-type]
    preparing.begin(build(POLICY))
    await preparing.leave()
    with pytest.raises(Unreachable, match="no room"):
        await preparing.finish(build(POLICY))


async def test_a_mission_that_retrieves_nothing_has_no_index() -> None:
    installed = Installed("embedded")
    preparing = IndexPreparing(installed, None)  # type: ignore[arg-type]
    preparing.begin(build(None))
    await preparing.finish(build(None))
    await preparing.leave()
    assert installed.made == []
