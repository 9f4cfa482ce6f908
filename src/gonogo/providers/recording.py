"""Recording: model calls kept in a plain file that can be committed, and answered from it without a key.

Here: the file, a provider that records, one that replays. Not here: which of them a command wants (``assembly``),
embedders (``recorded_embedder``).

A call is known by the SHA-256 of all that is asked: provider, model, messages, parameters, tools, format, extra. The
file is JSON Lines, one answer a line, sorted, so that two recordings of the same calls differ in nothing but what was
answered. It holds no key and no header: a provider is given its key when it is made, and never with a request. A call
that was asked several times has an answer for each: its takes, numbered from 0.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gonogo.contracts import Provider
from gonogo.digest import digest_of, short
from gonogo.domain import Delta, Json, ModelRequest
from gonogo.errors import BadInput, NotFound, RecordingMissing

LONGEST_SHOWN = 60
"""Characters of a question in a message."""


class Take(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the file. ``asked``: short digests of the parts of the request, which tell what of it has changed
    since. ``deltas``: the answer as it came, fields without a value left out."""

    digest: str
    take: int
    provider: str
    model: str
    question: str
    asked: dict[str, str]
    deltas: list[Json]


class VectorTake(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the file: a text's vector. ``embedded``: the embedder as a Mission names it; ``name`` and ``digest``
    are its own. ``text``: SHA-256 of the text; ``vector``: float32, little-endian, in base64."""

    embedded: str
    name: str
    digest: str
    text: str
    vector: str


OF_VECTORS = b'{"embedded":'
"""How a line with a vector begins."""


class Tape:
    """One file of recorded calls.

    Args:
        path: the file; where it is recorded, it may be missing.
        record: ask the provider for what is not there, and keep it; else nothing is ever asked.

    Raises:
        NotFound: no such file to replay.
        BadInput: a line that is no recording.
    """

    def __init__(self, path: Path, *, record: bool) -> None:
        self.path, self.records = path, record
        self._takes: defaultdict[str, list[Take]] = defaultdict(list)
        self._played: Counter[str] = Counter()
        self._vectors: dict[tuple[str, str], VectorTake] = {}
        self._writing = threading.Lock()
        self.added = 0
        if path.exists():
            self._read()
        elif not record:
            raise NotFound(f"there is no recording {path}: make it with --record {path}, on a machine with the keys")

    def play(self, name: str, request: ModelRequest) -> list[Delta] | None:
        """The next take of a call; ``None`` where it has no more."""
        digest = digest_of(_asked(name, request))
        at = self._played[digest]
        self._played[digest] += 1
        takes = self._takes[digest]
        return [msgspec.convert(delta, Delta) for delta in takes[at].deltas] if at < len(takes) else None

    def keep(self, name: str, request: ModelRequest, deltas: list[Delta]) -> None:
        """Write an answer down; it is in the file when this returns."""
        asked = _asked(name, request)
        digest = digest_of(asked)
        take = Take(
            digest=digest,
            take=len(self._takes[digest]),
            provider=name,
            model=request.model,
            question=request.question,
            asked={part: short(digest_of(value)) for part, value in asked.items()},
            deltas=[_written(delta) for delta in deltas],
        )
        self._takes[digest].append(take)
        self._played[digest] = max(self._played[digest], len(self._takes[digest]))
        self._append(_line(take))

    @property
    def embedders(self) -> dict[str, VectorTake]:
        """Names of embedders that vectors were recorded of, each with one of them."""
        return {take.embedded: take for take in list(self._vectors.values())}

    def vector(self, embedder: str, text: str) -> VectorTake | None:
        """The recorded vector of a text (its SHA-256), or ``None``."""
        return self._vectors.get((embedder, text))

    def keep_vectors(self, takes: Sequence[VectorTake]) -> None:
        """Write vectors down, from any thread; they are in the file when this returns."""
        self._vectors |= {(take.embedded, take.text): take for take in takes}
        self._append(b"".join(map(_line, takes)))

    def _append(self, lines: bytes) -> None:
        with self._writing:
            self.added += 1
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(lines)

    def missing(self, name: str, request: ModelRequest) -> RecordingMissing:
        """What to raise for a call that has no take left."""
        asked = _asked(name, request)
        takes = self._takes.get(digest_of(asked), [])
        if takes:
            why = f"it was recorded {len(takes)} times, and is asked once more"
        else:
            why = self._nearest(request, {part: short(digest_of(value)) for part, value in asked.items()})
        question = " ".join(request.question.split())
        question = question if len(question) <= LONGEST_SHOWN else question[: LONGEST_SHOWN - 1] + "…"
        return RecordingMissing(
            f"{self.path} has no answer of {name}, {request.model} to '{question}': {why}. Record it with the same "
            f"command and --record {self.path} instead of --replay, on a machine with the keys"
        )

    def close(self) -> None:
        """Bring the file into order, where anything was added; without any call it is there and empty."""
        if not self.added and (self.path.exists() or not self.records):
            return
        every = [take for takes in self._takes.values() for take in takes]
        every.sort(key=lambda take: (take.provider, take.model, take.question, take.digest, take.take))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_name(f"{self.path.name}.part")
        lines: list[Take | VectorTake] = [*every, *(self._vectors[key] for key in sorted(self._vectors))]
        aside.write_bytes(b"".join(map(_line, lines)))
        os.replace(aside, self.path)
        self.added = 0

    def _nearest(self, request: ModelRequest, asked: dict[str, str]) -> str:
        """What has changed since the question was recorded."""
        same = [takes[0] for takes in self._takes.values() if takes and takes[0].question == request.question]
        if not same:
            return "the question was never recorded"
        differ = min(([part for part in asked if take.asked.get(part) != asked[part]] for take in same), key=len)
        return f"since it was recorded, the {' and the '.join(differ)} changed"

    def _read(self) -> None:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except OSError as error:
            raise BadInput(f"cannot read the recording {self.path}: {error.strerror}") from error
        cut = lines.pop()
        if cut and not self.records:
            lines.append(cut)  # else a process that was killed while it wrote left half a line, which is asked again
        elif cut:
            self.added += 1
        takes_of, vectors_of = msgspec.json.Decoder(Take), msgspec.json.Decoder(VectorTake)
        for number, line in enumerate(lines, 1):
            try:
                if line.startswith(OF_VECTORS):
                    vector = vectors_of.decode(line)
                    self._vectors[vector.embedded, vector.text] = vector
                else:
                    take = takes_of.decode(line)
                    self._takes[take.digest].append(take)
            except msgspec.DecodeError as error:
                raise BadInput(f"{self.path}:{number} is no recorded call: {error}") from error
        for takes in self._takes.values():
            takes.sort(key=lambda take: take.take)
        if cut and self.records:
            self.close()


class Recorded:
    """A Provider whose answers are on a Tape. An answer from the Tape costs what it cost when it was recorded."""

    def __init__(self, name: str, tape: Tape, provider: Provider | None) -> None:
        self._name, self._tape, self._provider = name, tape, provider

    @property
    def name(self) -> str:
        return self._name

    async def generate(self, request: ModelRequest) -> AsyncGenerator[Delta, None]:
        """The recorded answer; where there is none, the provider's, which is recorded once it is whole.

        Raises:
            RecordingMissing: there is none, and nothing is to be asked.
            ProviderFailed: as the provider.
        """
        known = self._tape.play(self._name, request)
        if known is not None:
            for delta in known:
                yield delta
            return
        if self._provider is None:
            raise self._tape.missing(self._name, request)
        heard: list[Delta] = []
        answer = self._provider.generate(request)
        try:
            async for delta in answer:
                heard.append(delta)
                yield delta
        finally:
            close = getattr(answer, "aclose", None)
            if close is not None:
                await close()
        if any(delta.finish_reason is not None for delta in heard):
            self._tape.keep(self._name, request, heard)

    async def close(self) -> None:
        """Give back connections."""
        if self._provider is not None:
            await self._provider.close()


def _asked(name: str, request: ModelRequest) -> dict[str, Any]:
    """All that an answer may depend on, by part. Whether it comes as a stream is none of it."""
    system = [message for message in request.messages if message.get("role") == "system"]
    # With a place held for each system message, so that its position counts too.
    others = [None if message.get("role") == "system" else message for message in request.messages]
    return {
        "provider": name,
        "model": request.model,
        "system message": system,
        "messages": others,
        "parameters": request.parameters,
        "tools": request.tools,
        "response format": request.response_format,
        "extra fields": request.extra,
    }


def _written(delta: Delta) -> Json:
    """Without the address, which is of the machine that recorded, and without what has no value."""
    plain = msgspec.to_builtins(delta)
    plain.pop("endpoint")
    return {name: value for name, value in plain.items() if value not in (None, "", [], (), {}, 0)}


def _line(take: Take | VectorTake) -> bytes:
    return msgspec.json.encode(take) + b"\n"
