"""Simulated: a model whose quality is known, to test what measures quality.

Here: right or wrong answers drawn from a probability that words of the system prompt raise or lower.
Not here: real answers (``extractive``, ``openai_compatible``).

The chance of a right answer is logistic(skill - difficulty + sum of planted effects of words in the prompt), a Rasch
model (Rasch 1960) with covariates. The draw depends on seed, question, system prompt and repeat only, so that the
same request always gets the same answer. Draws are paired: the uniform number behind a draw depends on seed, question
and repeat, not on the prompt, so that a word without a planted effect changes no answer.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import AsyncIterator, Mapping

from msgspec import Struct

from gonogo.digest import digest_of, short
from gonogo.domain import Delta, ModelRequest, Usage

_WORD = re.compile(r"[a-z0-9']+")


class Planted(Struct, frozen=True, kw_only=True):
    """What is true of a simulated model, in logits.

    ``effects`` maps lower-case words of the system prompt to what each adds when present; ``difficulties`` maps
    questions to what is taken off. ``answers`` maps questions to right answers.
    """

    skill: float = 1.0
    effects: Mapping[str, float] = {}
    difficulties: Mapping[str, float] = {}
    answers: Mapping[str, str] = {}
    right: str = "The right answer."
    wrong: str = "A wrong answer."


class SimulatedModel:
    """Answers by chance, reproducibly.

    Args:
        planted: the truth to be found.
        seed: another seed is another model of the same quality.
        name: what it is called in ``mission.yaml``.

    A request's parameter ``seed`` (an integer) numbers its repeat; without one all repeats are equal.
    """

    def __init__(self, planted: Planted | None = None, *, seed: int = 0, name: str = "simulated") -> None:
        self.planted = planted or Planted()
        self._seed, self._name = seed, name
        self.fingerprint = short(digest_of({"planted": self.planted, "seed": seed}))

    @property
    def name(self) -> str:
        return self._name

    def probability(self, system: str, question: str) -> float:
        """The true chance, 0..1, that a question is answered rightly under a system prompt."""
        present = set(_WORD.findall(system.lower()))
        effect = math.fsum(value for word, value in self.planted.effects.items() if word in present)
        logit = self.planted.skill - self.planted.difficulties.get(question, 0.0) + effect
        return 1.0 / (1.0 + math.exp(-logit))

    def is_right(self, system: str, question: str, repeat: int = 0) -> bool:
        """How this question comes out, always the same for the same arguments."""
        return self._uniform(question, repeat) < self.probability(system, question)

    async def generate(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """Yield the right or the wrong answer, the finish reason, and estimated Usage."""
        repeat = request.parameters.get("seed", 0)
        right = self.is_right(request.system, request.question, repeat if isinstance(repeat, int) else 0)
        text = self.planted.answers.get(request.question, self.planted.right) if right else self.planted.wrong
        asked = len(request.system.split()) + len(request.question.split())
        yield Delta(content=text, model=request.model, fingerprint=self.fingerprint)
        yield Delta(finish_reason="stop", model=request.model, fingerprint=self.fingerprint)
        usage = Usage(input=asked, output=len(text.split()), estimated=True)
        yield Delta(usage=usage, model=request.model, fingerprint=self.fingerprint)

    async def close(self) -> None:
        """Nothing is held open."""

    def _uniform(self, question: str, repeat: int) -> float:
        """A number in [0, 1) from SHA-256 of seed, question and repeat."""
        drawn = hashlib.sha256(f"{self._seed}\x00{repeat}\x00{question}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(drawn[:7], "big") / 2**56
