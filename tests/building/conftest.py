"""Fakes for what building takes as arguments, and a small Mission folder to edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import structs

from gonogo.building import Toolbox
from gonogo.building.findings import Findings
from gonogo.building.yaml_nodes import YamlNode, read_yaml
from gonogo.contracts import Noted, Progress
from gonogo.contracts.judging import Answer
from gonogo.digest import Digest, digest_of
from gonogo.domain import (
    Assertion,
    Chunk,
    GuardrailRule,
    IndexSnapshot,
    Part,
    RetrievalPolicy,
    Score,
    Version,
)

MISSION = """\
mission: support
models:
  small: {provider: builtin, model: extractive-small}
  large: {provider: builtin, model: extractive-large}
prompt:
  system: prompts/system.md
  variables: {shop: Light House}
tools: [tools/*.json]
retrieval: {sources: ["knowledge/**/*"]}
routing: {simple: small, complex: large}
cache: {max_error: 0.02, ttl: 24h}
guardrails:
  input: [{injection: block}, {pii: {action: redact, kinds: [email]}}]
golden: golden/*.yaml
gate:
  mode: advisory
  require: {pass_rate: {margin: 0.05}, faithfulness: {min: 0.8}}
  critical: ["tag:safety"]
"""
FILES = {
    "mission.yaml": MISSION,
    "prompts/system.md": "You speak for {{ shop }}.\nAnswer only from the documents.\n",
    "tools/look_up.json": '{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}',
    "knowledge/returns.md": "You can return a light within 30 days.\n\nWe pay for the parcel.\n",
    "knowledge/deep/shipping.md": "Delivery takes 3 days.\n",
    "golden/tasks.yaml": (
        "- id: returns\n  question: How long?\n  expect: [{contains: 30 days}]\n  tags: [safety]\n"
        "- id: delivery\n  question: How fast?\n  expect: [{contains: 3 days}]\n"
    ),
}


class ParagraphChunker:
    """One chunk a paragraph."""

    digest = "c" * 64

    def chunks(
        self,
        files: Mapping[str, Path],
        policy: RetrievalPolicy,
        progress: Progress | None = None,
        noted: Noted | None = None,
    ) -> list[Chunk]:
        found: list[Chunk] = []
        for done, (name, path) in enumerate(files.items(), start=1):
            for text in filter(None, path.read_text(encoding="utf-8").split("\n\n")):
                chunk_id = digest_of([name, text.strip()])
                found.append(Chunk(id=chunk_id, text=text.strip(), source=name, order=len(found)))
            if progress:
                progress(done, len(files))
        return found


class TextSnapshots:
    """Digests chunks and parameters."""

    def snapshot(
        self,
        chunks: Sequence[Chunk],
        policy: RetrievalPolicy,
        skipped: Sequence[str] = (),
        revisions: Mapping[str, str] | None = None,
    ) -> IndexSnapshot:
        parameters: dict[str, object] = {"chunk_tokens": policy.chunk_tokens}
        if revisions:
            parameters["revisions"] = dict(revisions)
        return IndexSnapshot(
            digest=digest_of([list(chunks), parameters]),
            chunks=tuple(chunks),
            parameters=parameters,
            embedder="static",
            embedder_digest="e" * 64,
        )


class FewAssertions:
    """Knows ``contains``, ``contains-any``, ``cost``, ``is-refusal``, ``json-schema`` and ``similar`` with ``min``."""

    def problems(self, assertion: Assertion) -> str | None:
        kind, value, options = assertion.kind, assertion.value, assertion.options
        if kind not in ("contains", "contains-any", "cost", "is-refusal", "json-schema", "similar"):
            return f"unknown assertion {kind!r}"
        if kind == "cost":
            return None if isinstance(value, float) else "must be a number of dollars"
        if kind == "json-schema":
            return None if isinstance(value, dict) and not options else "needs a schema"
        if set(options) - ({"min"} if kind == "similar" else set()):
            return f"{kind} has no such option"
        if kind == "is-refusal":
            return None if value is None else "takes no value"
        return None if isinstance(value, str | int | list) else f"{kind} needs a value"

    def judge(self, assertion: Assertion, answer: Answer) -> Score:
        raise AssertionError("building judges nothing")


def guardrail_problems(rule: GuardrailRule, stage: str) -> str | None:
    """``pii`` takes ``kinds``; nothing drops an input."""
    if set(rule.options) - {"kinds"}:
        return f"{rule.check} has no such option"
    return "cannot drop an input" if stage == "input" and rule.action == "drop" else None


class MemoryVersions:
    """A VersionStore in memory."""

    def __init__(self) -> None:
        self.kept: list[Version] = []
        self.snapshots: dict[Digest, IndexSnapshot] = {}

    async def add_version(self, draft: Version, snapshot: IndexSnapshot | None) -> Version:
        mine = [version for version in self.kept if version.mission.name == draft.mission.name]
        digests = [part.digest for part in draft.parts]
        for version in mine:
            if [part.digest for part in version.parts] == digests:
                return version
        if snapshot:
            self.snapshots[snapshot.digest] = snapshot
        parts = tuple(self._numbered(part, mine) for part in draft.parts)
        version = structs.replace(draft, number=len(mine) + 1, parts=parts)
        self.kept.append(version)
        return version

    def _numbered(self, part: Part, mine: list[Version]) -> Part:
        before = [version.part(part.name) for version in mine]
        same = [old.number for old in before if old.digest == part.digest]
        number = same[0] if same else max((old.number for old in before), default=0) + 1
        return structs.replace(part, number=number)

    async def version(self, mission: str, number: int) -> Version | None:
        return next((one for one in self.kept if one.mission.name == mission and one.number == number), None)

    async def versions(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        found = [version for version in reversed(self.kept) if mission in (None, version.mission.name)]
        return found[:limit]

    async def missions(self) -> list[str]:
        return sorted({version.mission.name for version in self.kept})

    async def snapshot(self, digest: Digest) -> IndexSnapshot | None:
        return self.snapshots.get(digest)

    async def part_history(self, mission: str, part: str) -> list[tuple[Part, int, float]]:
        return []


class StoppedClock:
    """Always the same second."""

    def now(self) -> float:
        return 1_700_000_000.0

    def monotonic(self) -> float:
        return 0.0

    def cpu(self) -> float:
        return 0.0


@dataclass
class Folder:
    """A Mission folder under test."""

    path: Path

    def write(self, name: str, content: str | bytes) -> Folder:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def edit(self, name: str, old: str, new: str) -> Folder:
        text = (self.path / name).read_text(encoding="utf-8")
        assert old in text
        return self.write(name, text.replace(old, new, 1))

    def remove(self, name: str) -> Folder:
        (self.path / name).unlink()
        return self


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "support")
    for name, content in FILES.items():
        made.write(name, content)
    return made


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[[str, Mapping[str, str]], Folder]:
    def make(name: str, files: Mapping[str, str] = FILES) -> Folder:
        made = Folder(tmp_path / name)
        for file, content in files.items():
            made.write(file, content)
        return made

    return make


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    return Toolbox(
        chunker=ParagraphChunker(),
        snapshots=TextSnapshots(),
        assertions=FewAssertions(),
        guardrail_problems=guardrail_problems,
        known_checks=frozenset({"injection", "pii", "toxicity"}),
        known_indexes=lambda: frozenset({"embedded", "milvus"}),
        known_metrics=frozenset({"faithfulness", "relevance"}),
        alias_warning=lambda _provider, model: "moves on its own" if model.endswith("-latest") else None,
        pins={"embedder": "e" * 64},
        known_embedders=lambda: frozenset({"static"}),
        known_providers=frozenset({"builtin", "openai"}),
        known_rates=frozenset({"errors", "hallucination"}),
        known_classifiers=frozenset({"churn", "fraud"}),
    )


@pytest.fixture
def store() -> MemoryVersions:
    return MemoryVersions()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def findings() -> Findings:
    return Findings()


@pytest.fixture
def node() -> Callable[[str], YamlNode]:
    """Text to a parsed node of ``file.yaml``."""
    return lambda text: read_yaml(text.encode(), "file.yaml")
