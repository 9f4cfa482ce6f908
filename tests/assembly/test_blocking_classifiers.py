"""Trained classifiers from a script."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.training.hand_made import hand_made, install_toy
from tests.training.toy import toy_rows

import gonogo
from gonogo.building import new_mission
from gonogo.classifiers import write_folder
from gonogo.domain import ClassifierCard
from gonogo.errors import PromotionRefused
from gonogo.training.rows import write_rows
from gonogo.training.tabular.prepare import TableOptions


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClassifierCard:
    return install_toy(tmp_path / "shipped", monkeypatch, bad=-1.0)


@pytest.fixture
def home(tmp_path: Path, shipped: ClassifierCard) -> Iterator[gonogo.Home]:
    with gonogo.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def better(tmp_path: Path) -> Path:
    write_folder(tmp_path / "better", *hand_made(bad=4.0))
    return tmp_path / "better"


def test_registered_compared_promoted_and_rolled_back(home, better, shipped, tmp_path):
    card = home.classifiers.register(better)
    with pytest.raises(PromotionRefused):
        home.classifiers.promote(f"toy@{card.digest}", reason="new")
    write_rows(tmp_path / "rows.jsonl", toy_rows(300))
    found = home.classifiers.compare(f"toy@{card.digest}", "toy", str(tmp_path / "rows.jsonl"))
    assert (found.outcome, found.tested_on) == ("better", "rows.jsonl")
    assert home.classifiers.promote(f"toy@{card.digest}", reason="new").comparison_id == found.id
    assert home.classifiers.card("toy") == card
    assert home.classifiers.rollback("toy").digest is None
    assert home.classifiers.card("toy").digest == shipped.digest


def test_rows_may_be_given_as_they_are(home):
    found = home.classifiers.evaluate("toy", toy_rows(300))
    assert found.tested_on == "300 rows given"
    assert found.measures["auc"].n == 300


def test_everything_is_listed_and_explained(home, better):
    card = home.classifiers.register(better)
    home.classifiers.promote(f"toy@{card.digest}", reason="new", rows=toy_rows(300))
    assert [row.standing for row in home.classifiers.listed()] == ["promoted"]
    assert home.classifiers.why("toy").weights[0].card == card
    with pytest.raises(gonogo.NotFound, match="did you mean 'toy'"):
        home.classifiers.why("tooy")


@pytest.mark.needs_training
def test_trained_from_a_script(home):
    readings: list[tuple[str, int, int]] = []
    learned = home.classifiers.train("toy", toy_rows(200), progress=lambda *reading: readings.append(reading))
    assert learned.card.measures["auc"].value > 0.8
    assert readings[-1][1] == readings[-1][2]


@pytest.mark.needs_training
def test_trained_from_a_table_and_held_against_a_later_one(home, tmp_path):
    for name, seed in (("churn", 1), ("later", 2)):
        chance = random.Random(seed)
        lines = [f"{chance.randint(0, 9)},{chance.choice(['yes', 'no'])}" for _ in range(300)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["calls,churned", *lines]), encoding="utf-8")
    learned = home.classifiers.train_table(tmp_path / "churn.csv", TableOptions(target="churned"))
    assert (learned.card.name, learned.comparison) == ("churn", None)
    assert home.classifiers.drift_table("churn", tmp_path / "later.csv").rows == 300


def test_too_few_annotations_calibrate_nothing(home, tmp_path):
    new_mission(tmp_path / "support", "support")
    home.build(tmp_path / "support")
    with pytest.raises(gonogo.BadInput):
        home.classifiers.calibrate("toy", "support")
