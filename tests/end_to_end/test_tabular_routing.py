"""A CSV file becomes a classifier, a Mission routes by it, golden tasks prove that, a client sends the columns."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest

from gonogo.assembly.classifier_tables import drift_of_file, train_file
from gonogo.assembly.settings import load_settings
from gonogo.assembly.workspace import Workspace
from gonogo.domain import CLASSIFIER_PIN
from gonogo.errors import BadInput, MissionInvalid
from gonogo.training.tabular.prepare import TableOptions

pytestmark = [pytest.mark.needs_training, pytest.mark.slow]
MISSION = """\
mission: shop
models:
  small: {provider: builtin, model: extractive-small}
  large: {provider: builtin, model: extractive-large}
  care: {provider: builtin, model: extractive-large}
prompt: {system: Answer only from the documents.}
retrieval: {sources: [knowledge.md]}
routing:
  simple: small
  complex: large
  rules:
    - {when: {classifier: churn, above: 0.6}, to: care}
golden: golden.yaml
gate: {mode: advisory}
"""
GOLDEN = """\
- id: leaving
  question: How long can I return a lamp?
  metadata: {tenure: 1, calls: 9, plan: basic}
  expect: [{contains: 30 days}]
- id: staying
  question: How long can I return a lamp?
  metadata: {tenure: 70, calls: 0, plan: pro}
  expect: [{contains: 30 days}]
"""
LEAVING = {"tenure": "1", "calls": "9", "plan": "basic"}
STAYING = {"tenure": "70", "calls": "0", "plan": "pro"}


def customers(rows: int, seed: int, more_calls: int = 0) -> str:
    draw = random.Random(seed)
    lines = ["customer,tenure,calls,plan,churned"]
    for number in range(rows):
        tenure, calls, plan = draw.randint(0, 72), draw.randint(0, 9), draw.choice(("basic", "plus", "pro"))
        left = draw.random() < 1.0 / (1.0 + math.exp(-(0.5 + 0.5 * calls - 0.1 * tenure)))
        lines.append(f"K{number},{tenure},{min(12, calls + more_calls)},{plan},{'yes' if left else 'no'}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, text in {
        "shop/mission.yaml": MISSION,
        "shop/golden.yaml": GOLDEN,
        "shop/knowledge.md": "# Returns\n\nYou can return a lamp within 30 days.\n",
        "churn.csv": customers(900, 1),
        "later.csv": customers(400, 2, more_calls=3),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


async def opened(place: Path) -> Workspace:
    return await Workspace.open(load_settings(place / "home"))


OPTIONS = TableOptions(target="churned", id="customer", slices=("plan",))


async def test_a_table_becomes_a_rule_that_sends_each_customer_to_its_model(place: Path) -> None:
    async with await opened(place) as workspace:
        with pytest.raises(MissionInvalid, match="classifier 'churn'"):
            await workspace.build(place / "shop")
        assert "faithfulness" not in (await workspace.toolbox()).known_classifiers
        learned = await train_file(workspace, place / "churn.csv", "churn", OPTIONS)
        assert learned.comparison is None
        with pytest.raises(MissionInvalid, match="none is promoted"):
            await workspace.build(place / "shop")
        await workspace.classifiers.promote("churn", reason="the first one")
        version = (await workspace.build(place / "shop")).version
        assert version.pins[CLASSIFIER_PIN + "churn"] == learned.card.digest

        async def routed(metadata: dict[str, Any] | None) -> Any:
            reply = await workspace.ask(version, "How long can I return a lamp?", metadata=metadata)
            assert "30 days" in reply.trace.answer
            return reply.trace.routing

        leaving, staying = await routed(LEAVING), await routed(STAYING)
        assert (leaving.model, staying.model) == ("care", "small")
        assert leaving.reasons[0].startswith("rule 1: churn 0.")
        assert leaving.reasons[0].endswith("at least 0.60")

        wrong = await routed({"tenure": "for ever", "calls": [9], "plan": "gold"})
        assert wrong.reasons[:2] == (
            "churn: tenure must be a number: counts as missing",
            "churn: calls must be a number: counts as missing",
        )
        assert "churn: none of its columns is in the metadata" in (await routed(None)).reasons


async def test_golden_tasks_send_their_metadata_so_that_the_gate_proves_the_rule(place: Path) -> None:
    async with await opened(place) as workspace:
        await train_file(workspace, place / "churn.csv", "churn", OPTIONS)
        await workspace.classifiers.promote("churn", reason="the first one")
        version = (await workspace.build(place / "shop")).version
        verdict = await workspace.evaluate(version)
        assert verdict.outcome == "GO"
        run = await workspace.store.run(verdict.run_id or "")
        assert run is not None
        assert {result.task_id: (result.passed, result.model) for result in run.results} == {
            "leaving": (True, "care"),
            "staying": (True, "small"),
        }


async def test_a_retrained_one_is_compared_on_rows_it_never_saw_and_waits_for_the_lock(place: Path) -> None:
    async with await opened(place) as workspace:
        first = await train_file(workspace, place / "churn.csv", "churn", OPTIONS)
        await workspace.classifiers.promote("churn", reason="the first one")
        version = (await workspace.build(place / "shop")).version
        (place / "churn.csv").write_text(customers(1500, 3), encoding="utf-8")
        second = await train_file(workspace, place / "churn.csv", "churn", OPTIONS)
        assert second.comparison is not None
        assert second.comparison.baseline == first.card.digest
        assert second.comparison.independent
        assert second.comparison.overall.rows == 300
        assert {part.name.partition(":")[0] for part in second.comparison.slices} <= {"plan"}
        again = await workspace.build(place / "shop")
        assert again.version.number == version.number


async def test_a_later_table_is_held_against_the_first(place: Path) -> None:
    async with await opened(place) as workspace:
        await train_file(workspace, place / "churn.csv", "churn", OPTIONS)
        found = await drift_of_file(workspace, "churn", place / "later.csv")
        assert found.level == "moved much"
        assert found.columns[0].column == "calls"
        assert found.measures["auc"].n == 400
        with pytest.raises(BadInput, match="empty"):
            (place / "later.csv").write_text("", encoding="utf-8")
            await drift_of_file(workspace, "churn", place / "later.csv")
