"""Knowledge verbs: what the sources of a Mission hold against what is live, what two Versions know, and why a search
found what it found.

Here: comparing snapshots source by source; a search with its reasons. Not here: chunks of a diff word by word
(``building.diff``), the search (``retrieval``), what a request does with it (``pipeline``).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.clock import new_id
from gonogo.contracts import Components, TextFeatures, TextReader
from gonogo.domain import Chunk, ChunkFinding, IndexSnapshot, Request, RetrievedChunk, Version
from gonogo.errors import BadInput, NotFound
from gonogo.pipeline.bounds import where_of
from gonogo.pipeline.redaction import Recording
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.retrieve import retrieve
from gonogo.pipeline.trace_builder import TraceBuilder

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace

SourceChange = Literal["new", "changed", "gone"]


class SourceRow(Struct, frozen=True, kw_only=True):
    """A source that differs: its chunks before and after, and how many of those after stand in no chunk before."""

    source: str
    change: SourceChange
    chunks_before: int
    chunks_after: int
    chunks_new: int


class RevisionRow(Struct, frozen=True, kw_only=True):
    """A git source with its commit before and after; empty where that side has no such source."""

    source: str
    before: str
    after: str


class KnowledgeDiff(Struct, frozen=True, kw_only=True):
    """What differs between two states of knowledge, by source. ``findings`` are those in new chunks; ``skipped`` are
    files that the second left out, ``revisions`` git sources of another commit."""

    old: str
    new: str
    unchanged: int
    sources: tuple[SourceRow, ...] = ()
    revisions: tuple[RevisionRow, ...] = ()
    findings: tuple[ChunkFinding, ...] = ()
    skipped: tuple[str, ...] = ()


class KnowledgeStatus(Struct, frozen=True, kw_only=True):
    """The folder of a Mission against a Version: the live one, or the newest where none is live. ``moved``: git sources
    whose revision stands for another commit by now than ``mission.lock`` holds."""

    mission: str
    version: str
    live: bool
    folder: str
    diff: KnowledgeDiff
    moved: tuple[RevisionRow, ...] = ()


class FoundChunk(Struct, frozen=True, kw_only=True):
    """A hit of a search: the words it shares with the question, and what a request would do with it."""

    hit: RetrievedChunk
    words: tuple[str, ...]
    fate: str


class SearchReport(Struct, frozen=True, kw_only=True):
    """A search in one Version, with the settings that decide what is handed on."""

    version: str
    question: str
    words: tuple[str, ...]
    dense_weight: float
    min_score: float
    least: float
    found: tuple[FoundChunk, ...] = ()


class KnowledgeVerbs:
    """Use as ``workspace.knowledge``."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def status(
        self,
        mission: str,
        environment: str = DEFAULT_ENVIRONMENT,
        progress: Callable[[int, int], None] | None = None,
    ) -> KnowledgeStatus:
        """What changed in the folder a Mission was last built from since the Version that is live.

        Raises:
            NotFound: no such Mission; its folder is not here; its Version has no knowledge.
            MissionInvalid: the folder cannot be built as it stands.
        """
        workspace = self._workspace
        name = await workspace.known(mission)
        live = await workspace.find_live(name, environment)
        version = live or await workspace.version(name)
        known = await workspace.store.folder(name)
        if known is None or not Path(known).is_dir():
            where = f"the folder {known} is gone" if known else "it was not built from a folder here"
            raise NotFound(f"{name} cannot be compared: {where}. `gonogo build FOLDER` where it is edited")
        before = await self._snapshot(version)
        draft = await workspace.folders.draft(Path(known), progress=progress)
        after = draft.snapshot
        found = await asyncio.to_thread(self._compared, version.name, "folder", before, after)
        loaded = draft.loaded
        moved = tuple(_revisions({one: loaded.revisions[one] for one in loaded.moved}, loaded.moved))
        return KnowledgeStatus(
            mission=name, version=version.name, live=live is not None, folder=known, diff=found, moved=moved
        )

    async def diff(self, old: str, new: str) -> KnowledgeDiff:
        """What two Versions know, source by source.

        Raises:
            NotFound: no such Version, or one without knowledge.
        """
        one, two = await self._workspace.version(old), await self._workspace.version(new)
        before, after = await self._snapshot(one), await self._snapshot(two)
        return await asyncio.to_thread(self._compared, one.name, two.name, before, after)

    async def search(self, name: str, question: str, *, limit: int | None = None, tenant: str = "") -> SearchReport:
        """Search as a request to that Version would, and say of each hit what a request would do with it.

        Args:
            name: ``support@7``, or ``support`` for what is live, else the newest.
            limit: hits to show; ``None`` twice what a request is answered from.
            tenant: whose chunks may be found besides everybody's, where the Mission keeps tenants apart.

        Raises:
            NotFound: no such Version, or one without knowledge.
            BadInput: the question is empty.
        """
        if not question.strip():
            raise BadInput("the question is empty: write what to search for")
        version = await self._version(name)
        await self._snapshot(version)
        parts = await self._workspace.components(version)
        return await self._searched(version, parts, question, limit, tenant)

    async def _version(self, name: str) -> Version:
        bare = "@" not in name and ":" not in name
        live = await self._workspace.find_live(name, DEFAULT_ENVIRONMENT) if bare else None
        return live or await self._workspace.version(name)

    async def _snapshot(self, version: Version) -> IndexSnapshot:
        found = await self._workspace.snapshot(version)
        if found is None:
            hint = "add `retrieval: {sources: [...]}` to mission.yaml and build it"
            raise NotFound(f"{version.name} retrieves nothing, so there is no knowledge: {hint}")
        return found

    def _compared(self, old: str, new: str, before: IndexSnapshot, after: IndexSnapshot | None) -> KnowledgeDiff:
        compared = compare(old, new, before, after)
        known = {chunk.id for chunk in before.chunks}
        fresh = [chunk for chunk in (after.chunks if after else ()) if chunk.id not in known]
        findings = tuple(self._workspace.installed.scanner.scan(fresh))
        return KnowledgeDiff(
            old=old,
            new=new,
            unchanged=compared.unchanged,
            sources=compared.sources,
            revisions=compared.revisions,
            findings=findings,
            skipped=compared.skipped,
        )

    async def _searched(
        self, version: Version, parts: Components, question: str, limit: int | None, tenant: str
    ) -> SearchReport:
        policy, index = version.mission.retrieval, parts.index
        assert policy is not None and index is not None  # noqa: S101, PT018 - it has a snapshot
        now = self._workspace.clock.now()
        read = parts.reader.read(question)
        messages = ({"role": "user", "content": question},)
        request = Request(id=new_id(now), question=question, messages=messages, received_at=now, tenant=tenant)
        hits = await asyncio.to_thread(
            index.search, read, limit or 2 * policy.top_k, where_of(policy, request.tenant, request.metadata)
        )
        blocked = False
        kept: tuple[RetrievedChunk, ...] = ()
        try:
            kept = await retrieve(
                request, read, version, parts, TraceBuilder(request, version, parts.clock, Recording(parts))
            )
        except Refusal:
            blocked = True
        handed = {hit.chunk.id for hit in kept}
        words = _spelled(read, parts.reader)
        best = hits[0].score if hits else 0.0

        def fate(hit: RetrievedChunk) -> str:
            if blocked:
                return "a context guardrail refuses the request"
            if hit.chunk.id in handed:
                return "to the model"
            if best < policy.least:
                return f"nothing relevant: best under least {policy.least:g}"
            if hit.score < policy.min_score:
                return f"under min_score {policy.min_score:g}"
            return "not kept: beyond top_k, a near copy, or dropped by a guardrail"

        def shared(chunk: Chunk) -> tuple[str, ...]:
            text = f"{chunk.title}\n{chunk.heading}\n{chunk.text}"
            held = parts.reader.read(text).content_words
            return tuple(sorted(word for stem, word in words.items() if stem in held))

        return SearchReport(
            version=version.name,
            question=question,
            words=tuple(sorted(words.values())),
            dense_weight=policy.dense_weight,
            min_score=policy.min_score,
            least=policy.least,
            found=tuple(FoundChunk(hit=hit, words=shared(hit.chunk), fate=fate(hit)) for hit in hits),
        )


def _spelled(question: TextFeatures, reader: TextReader) -> dict[str, str]:
    """The question's words by the stem that is searched for, as the person wrote the first of each."""
    found: dict[str, str] = {}
    for word in question.words:
        for stem in reader.read(word).stems:
            if stem in question.content_words:
                found.setdefault(stem, word)
    return {stem: found.get(stem, stem) for stem in question.content_words}


def compare(old: str, new: str, before: IndexSnapshot, after: IndexSnapshot | None) -> KnowledgeDiff:
    """Two snapshots source by source, without looking for poison."""
    one, two = _by_source(before), _by_source(after)
    rows, unchanged = [], 0
    for source in sorted(one.keys() | two.keys()):
        left, right = one.get(source, frozenset()), two.get(source, frozenset())
        if left == right:
            unchanged += 1
            continue
        change: SourceChange = "new" if not left else "changed" if right else "gone"
        rows.append(
            SourceRow(
                source=source,
                change=change,
                chunks_before=len(left),
                chunks_after=len(right),
                chunks_new=len(right - left),
            )
        )
    skipped = tuple(after.parameters.get("skipped", ())) if after is not None else ()
    revisions = tuple(_revisions(before.revisions, after.revisions if after is not None else {}))
    return KnowledgeDiff(
        old=old, new=new, unchanged=unchanged, sources=tuple(rows), revisions=revisions, skipped=skipped
    )


def _revisions(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[RevisionRow]:
    for source in sorted(before.keys() | after.keys()):
        if before.get(source) != after.get(source):
            yield RevisionRow(source=source, before=before.get(source, ""), after=after.get(source, ""))


def _by_source(snapshot: IndexSnapshot | None) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for chunk in snapshot.chunks if snapshot is not None else ():
        found[chunk.source].add(chunk.id)
    return {source: frozenset(ids) for source, ids in found.items()}
