"""Classifiers of columns from the command line: train, the next steps, ask with metadata, drift."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gonogo.cli.app import cli
from gonogo.cli.session import Session

MISSION = """\
mission: shop
models:
  small: {provider: builtin, model: extractive-small}
  care: {provider: builtin, model: extractive-large}
prompt: {system: Answer only from the documents.}
retrieval: {sources: [knowledge.md]}
routing: {simple: small, complex: small, rules: [{when: {classifier: churn, above: 0.6}, to: care}]}
gate: {mode: advisory}
"""
Shell = Callable[..., Any]


def customers(rows: int, seed: int, more_calls: int = 0) -> str:
    draw = random.Random(seed)
    lines = ["customer,tenure,calls,plan,churned"]
    for number in range(rows):
        tenure, calls, plan = draw.randint(0, 72), draw.randint(0, 9), draw.choice(("basic", "plus", "pro"))
        left = draw.random() < 1.0 / (1.0 + math.exp(-(0.5 + 0.5 * calls - 0.1 * tenure)))
        lines.append(f"K{number},{tenure},{calls + more_calls},{plan},{'yes' if left else 'no'}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mission.yaml").write_text(MISSION, encoding="utf-8")
    (tmp_path / "shop" / "knowledge.md").write_text("You can return a lamp within 30 days.\n", encoding="utf-8")
    (tmp_path / "churn.csv").write_text(customers(700, 1), encoding="utf-8")
    (tmp_path / "later.csv").write_text(customers(300, 2, more_calls=4), encoding="utf-8")
    return tmp_path


@pytest.fixture
def shell(place: Path) -> Shell:
    def run(*words: str) -> Any:
        return CliRunner().invoke(cli, ["--home", str(place / "home"), *words], obj=Session())

    return run


@pytest.mark.needs_training
def test_train_promote_ask_and_drift(place: Path, shell: Shell) -> None:
    train = ("classifiers", "train", "--csv", str(place / "churn.csv"), "--target", "churned", "--id", "customer")
    trained = shell(*train, "--slice", "plan")
    assert trained.exit_code == 0, trained.output
    for part in ("tenure", "left out: customer", "split by chance", "threshold", "auc", "plan: pro", "cost  ", "next:"):
        assert part in trained.output
    again = shell(*train, "--json")
    digest = json.loads(again.stdout)["card"]["digest"]
    assert digest[:12] in trained.output

    promoted = shell("classifiers", "promote", f"churn@{digest[:12]}", "--reason", "the first one")
    assert promoted.exit_code == 0, promoted.output
    asked = shell("ask", str(place / "shop"), "How long can I return a lamp?", "--metadata", "tenure=1",
                  "--metadata", "calls=9", "--metadata", "plan=basic")  # fmt: skip
    assert asked.exit_code == 0, asked.output
    assert "model care" in asked.stderr
    assert "rule 1: churn " in asked.stderr

    drifted = shell("classifiers", "drift", "churn", "--csv", str(place / "later.csv"))
    assert drifted.exit_code == 1, drifted.output
    assert "moved much" in drifted.output


def test_metadata_without_a_value_is_a_usage_error(place: Path, shell: Shell) -> None:
    asked = shell("ask", str(place / "shop"), "Lamp?", "--metadata", "plan")
    assert asked.exit_code == 2
    assert "--metadata takes NAME=VALUE, not 'plan'" in asked.output
