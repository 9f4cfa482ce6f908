"""Remote knowledge: the verbs of ``assembly.knowledge`` and ``assembly.search_quality`` on a server.

Here: asking. Not here: the folder that a Mission is edited in, which is not there.
"""

from __future__ import annotations

from pathlib import Path

from gonogo.assembly.knowledge import KnowledgeDiff, SearchReport
from gonogo.assembly.knowledge_gc import KEPT_VERSIONS, Collected
from gonogo.assembly.knowledge_quality import Tuned
from gonogo.assembly.search_quality import Found
from gonogo.cli.remote.client import Client
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.remote.long_work import followed
from gonogo.cli.remote.refusals import Offered


class RemoteKnowledge(Offered):
    """What the Versions of a server know."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def diff(self, old: str, new: str) -> KnowledgeDiff:
        """What two Versions know, source by source."""
        return await self._client.get("/api/knowledge/diff", KnowledgeDiff, old=old, new=new)

    async def search(self, name: str, question: str, *, limit: int | None = None, tenant: str = "") -> SearchReport:
        """Search as a request to that Version would."""
        asked = {"version": name, "question": question, "limit": limit, "tenant": tenant}
        return await self._client.send("POST", "/api/knowledge/search", SearchReport, asked)


class RemoteSearchQuality(Offered):
    """How well pages are found, measured there on a folder of this machine."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def evaluate(self, folder: Path, *, k: int = 10) -> Found:
        """How well a folder's search finds what its golden tasks cite."""
        return await followed(self._client, f"/api/folders/searches?k={k}", packed(folder), Found)

    async def tune(self, folder: Path) -> Tuned:
        """Better settings for a folder's search, if any are proven."""
        return await followed(self._client, "/api/folders/tunings", packed(folder), Tuned)

    async def collect(self, *, keep: int = KEPT_VERSIONS, apply: bool = False) -> Collected:
        """What no kept Version needs."""
        asked = {"keep": keep, "apply": apply}
        return await self._client.send("POST", "/api/knowledge/collections", Collected, asked)
