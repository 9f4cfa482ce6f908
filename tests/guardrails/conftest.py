"""What the guardrail tests share: the real reader, rules, and our own texts (one a line)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.contracts import GuardrailContext
from gonogo.domain import Finding, GuardrailRule
from gonogo.features import Reader, StaticEmbedder
from gonogo.guardrails import build

TEXTS = Path(__file__).parent / "texts"


@cache
def shipped_injection() -> LinearClassifier:
    """The classifier that the guardrail of that name judges with."""
    return LinearClassifier(read_folder(SHIPPED / "injection"), feature_set("injection"))


@pytest.fixture(scope="session")
def shipped() -> LinearClassifier:
    return shipped_injection()


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture
def inspect(reader: Reader) -> Any:
    """Findings of a check with an action at a stage over a text."""

    def inspected(
        check: str, text: str, stage: Any = "input", action: Any = "flag", **options: Any
    ) -> tuple[Finding, ...]:
        rule = GuardrailRule(check=check, action=action, options=options)
        guardrail = build(rule, stage, classifiers={"injection": shipped_injection()})
        return guardrail.inspect(reader.read(text), GuardrailContext(where="question"))

    return inspected


def lines(name: str) -> list[str]:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """An argument named after one of the text files takes each of its lines in turn."""
    for path in TEXTS.glob("*.txt"):
        if path.stem in metafunc.fixturenames:
            metafunc.parametrize(path.stem, lines(path.stem))
