"""The provider ``builtin``: both extractive models behind the same contract as any language model.

Here: reading a ModelRequest, remembering chunks and prompts already read, streaming, counting tokens.
Not here: choosing statements (``small``, ``large``).
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from gonogo.contracts import TextReader
from gonogo.digest import digest_of, short
from gonogo.domain import Chunk, Delta, Json, ModelRequest, Usage
from gonogo.errors import ProviderFailed
from gonogo.providers.extractive import large, small
from gonogo.providers.extractive.instructions import Instructions, understand
from gonogo.providers.extractive.passages import Passage, Reading
from gonogo.providers.extractive.phrasing import Line, phrase, unknown_line

CODE_VERSION = 3
"""Raised whenever a change may alter an answer; part of the fingerprint, as weights are elsewhere."""

WORDS_PER_DELTA = 4
BYTES_PER_TOKEN = 4
READ_CHUNKS = 4096

Chooser = Callable[[str, Sequence[Reading], Instructions, TextReader], list[Passage]]
_MODELS: dict[str, Chooser] = {small.NAME: small.choose, large.NAME: large.choose}
MODEL_NAMES = tuple(_MODELS)


def estimated_tokens(text: str) -> int:
    """One token for every four UTF-8 bytes begun; Usage made of it is marked ``estimated``."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


class ExtractiveProvider:
    """``extractive-small`` and ``extractive-large``. They are not language models: see the modules of those names.

    Args:
        reader: reads prompts, questions and chunks; its embedder is part of the fingerprint.
        name: what the provider is called in ``mission.yaml``.
    """

    def __init__(self, reader: TextReader, *, name: str = "builtin") -> None:
        self._reader = reader
        self._name = name
        self._read: OrderedDict[str, Reading] = OrderedDict()
        self._understand = lru_cache(maxsize=64)(self._understand_once)
        self.fingerprint = short(digest_of({"code": CODE_VERSION, "embedder": reader.embedder.digest}))

    @property
    def name(self) -> str:
        return self._name

    def instructions(self, system: str) -> Instructions:
        """What the models obey of a system prompt."""
        return self._understand(system)

    async def generate(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """Yield the answer in groups of words, then the finish reason, then estimated Usage.

        ``Delta.citations`` and ``passages`` carry source and Chunk of each statement with its last words, whether
        cited in the text or not.
        ``max_tokens`` is obeyed; sampling parameters have no meaning here and change nothing.

        Raises:
            ProviderFailed: no built-in model has this name.
        """
        lines = self.answer(request)
        limit = request.parameters.get("max_completion_tokens", request.parameters.get("max_tokens"))
        said, finish = "", "stop"
        for piece, line in _pieces(lines):
            if isinstance(limit, int) and estimated_tokens(said + piece) > limit:
                finish = "length"
                break
            said += piece
            source, passage = (line.source, line.passage) if line else (None, None)
            cited = ((source,) if source else (), (passage,) if passage else ())
            yield self._delta(request, content=piece, citations=cited[0], passages=cited[1])
        asked = sum(estimated_tokens(_text_of(message)) for message in request.messages)
        usage = Usage(input=asked, output=estimated_tokens(said), estimated=True)
        yield self._delta(request, finish_reason=finish)
        yield self._delta(request, usage=usage)

    async def close(self) -> None:
        """Nothing is held open."""

    def answer(self, request: ModelRequest) -> list[Line]:
        """The lines of the answer, decided at once (milliseconds).

        Raises:
            ProviderFailed: no built-in model has this name.
        """
        chooser = _MODELS.get(request.model)
        if chooser is None:
            known = " and ".join(MODEL_NAMES)
            message = f"{self._name} has no model {request.model!r}: its models are {known}. Name one in mission.yaml."
            raise ProviderFailed(message, provider=self._name)
        instructions = self._understand(request.system or _first_system(request.messages))
        question = request.question or _last_user(request.messages)
        readings = [self._reading(found.chunk) for found in sorted(request.chunks, key=lambda found: found.rank)]
        chosen = chooser(question, readings, instructions, self._reader)
        return phrase(chosen, instructions) if chosen else [unknown_line(instructions)]

    def _delta(
        self,
        request: ModelRequest,
        *,
        content: str = "",
        citations: tuple[str, ...] = (),
        passages: tuple[str, ...] = (),
        finish_reason: str | None = None,
        usage: Usage | None = None,
    ) -> Delta:
        return Delta(
            content=content,
            citations=citations,
            passages=passages,
            finish_reason=finish_reason,
            usage=usage,
            model=request.model,
            fingerprint=self.fingerprint,
        )

    def _understand_once(self, system: str) -> Instructions:
        return understand(system, self._reader)

    def _reading(self, chunk: Chunk) -> Reading:
        reading = self._read.get(chunk.id)
        if reading is None or reading.chunk != chunk:
            reading = self._read[chunk.id] = Reading(chunk, self._reader)
            if len(self._read) > READ_CHUNKS:
                self._read.popitem(last=False)
        self._read.move_to_end(chunk.id)
        return reading


def _pieces(lines: Sequence[Line]) -> Iterator[tuple[str, Line | None]]:
    """Groups of words with the blanks that follow them; a line comes with its last group."""
    for line in lines:
        ends = [at for at, (one, two) in enumerate(pairwise(line.text), start=1)
                if one.isspace() and not two.isspace()]  # fmt: skip
        borders = [0, *ends[WORDS_PER_DELTA - 1 :: WORDS_PER_DELTA], len(line.text)]
        groups = [line.text[start:end] for start, end in itertools.pairwise(borders) if end > start]
        for number, group in enumerate(groups, start=1):
            yield group, line if number == len(groups) else None


def _text_of(message: Json) -> str:
    """A message's text; parts that are no text count nothing."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def _first_system(messages: Sequence[Json]) -> str:
    return next((_text_of(m) for m in messages if m.get("role") in ("system", "developer")), "")


def _last_user(messages: Sequence[Json]) -> str:
    return next((_text_of(m) for m in reversed(messages) if m.get("role") == "user"), "")
