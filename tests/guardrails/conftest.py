"""What the guardrail tests share: the real reader, rules, and our own texts (one a line)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gonogo.contracts import GuardrailContext
from gonogo.domain import Finding, GuardrailRule
from gonogo.features import Reader, StaticEmbedder
from gonogo.guardrails import build

TEXTS = Path(__file__).parent / "texts"


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture
def inspect(reader: Reader) -> Any:
    """Findings of a check with an action at a stage over a text."""

    def inspected(
        check: str, text: str, stage: Any = "input", action: Any = "flag", **options: Any
    ) -> tuple[Finding, ...]:
        guardrail = build(GuardrailRule(check=check, action=action, options=options), stage)
        return guardrail.inspect(reader.read(text), GuardrailContext(where="question"))

    return inspected


def lines(name: str) -> list[str]:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """An argument named after one of the text files takes each of its lines in turn."""
    for path in TEXTS.glob("*.txt"):
        if path.stem in metafunc.fixturenames:
            metafunc.parametrize(path.stem, lines(path.stem))
