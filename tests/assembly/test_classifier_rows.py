"""Rows of files as a classifier takes them: texts, or the columns of a table."""

from __future__ import annotations

import csv
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.training.hand_made import hand_made, install_toy
from tests.training.toy import toy_rows

from gonogo.assembly import Settings, Workspace
from gonogo.assembly.classifier_rows import NamedRows, read_named
from gonogo.assembly.classifier_tables import train_file
from gonogo.assembly.settings import SettingsFile
from gonogo.errors import BadInput
from gonogo.training.rows import write_rows
from gonogo.training.tabular.prepare import TableOptions


@pytest.fixture
async def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workspace]:
    install_toy(tmp_path / "shipped", monkeypatch)
    settings = Settings(home=tmp_path / "home", file=SettingsFile(), author="ana", secrets={})
    async with await Workspace.open(settings) as opened:
        yield opened


def write_table(path: Path, seed: int = 1, rows: int = 600, target: str = "churned") -> Path:
    chance = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["plan", "calls", target])
        for _ in range(rows):
            plan, calls = chance.choice(["basic", "plus"]), chance.randint(0, 9)
            leaves = chance.random() < (0.15 + 0.07 * calls + 0.1 * (plan == "basic"))
            writer.writerow([plan, calls, "yes" if leaves else "no"])
        writer.writerow(["basic", 3, ""])
    return path


def test_lines_of_several_files_are_one_set_of_rows(tmp_path):
    for name in ("a.jsonl", "b.jsonl"):
        write_rows(tmp_path / name, toy_rows(20))
    found = read_named([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    assert (len(found), found.called, len(found.texts())) == (40, "a.jsonl, b.jsonl", 40)


def test_a_table_stands_alone_and_is_learned_from_in_another_way(tmp_path):
    table = write_table(tmp_path / "churn.csv")
    assert len(read_named([table])) == 601
    with pytest.raises(BadInput, match="give it alone"):
        read_named([table, tmp_path / "b.jsonl"])
    with pytest.raises(BadInput, match=r"--csv churn\.csv --target COLUMN"):
        read_named([table]).texts()


async def test_a_classifier_of_texts_refuses_a_table(workspace, tmp_path):
    card = await workspace.classifiers.register(*hand_made(bad=3.0))
    with pytest.raises(BadInput, match="judges texts"):
        await workspace.classifiers.evaluate(f"toy@{card.digest}", read_named([write_table(tmp_path / "churn.csv")]))


@pytest.mark.needs_training
async def test_a_classifier_of_columns_is_measured_on_the_rows_of_a_later_table_that_have_its_target(
    workspace, tmp_path
):
    options = TableOptions(target="churned", slices=("plan",))
    await train_file(workspace, write_table(tmp_path / "churn.csv"), "churn", options)
    found = await workspace.classifiers.evaluate("churn", read_named([write_table(tmp_path / "later.csv", seed=2)]))
    assert (found.data.rows, found.trained_on) == (600, False)
    assert found.measures["auc"].n == 600
    assert [one.dimension for one in found.slices] == ["plan", "plan"]
    with pytest.raises(BadInput, match="holds texts: give a CSV file"):
        await workspace.classifiers.evaluate("churn", NamedRows(rows=toy_rows(80), called="rows.jsonl"))


@pytest.mark.needs_training
async def test_two_classifiers_of_columns_are_compared_each_with_its_own_categories(workspace, tmp_path):
    table = write_table(tmp_path / "churn.csv")
    old = (await train_file(workspace, table, "churn", TableOptions(target="churned", ignore=("calls",)))).card
    new = (await train_file(workspace, table, "churn", TableOptions(target="churned", slices=("plan",)))).card
    later = read_named([write_table(tmp_path / "later.csv", seed=2, rows=900)])
    found = await workspace.classifiers.compare(f"churn@{new.digest}", f"churn@{old.digest}", later)
    assert (found.outcome, found.independent, found.overall.rows) == ("better", True, 900)
    assert [part.name for part in found.slices] == ["plan: basic", "plan: plus"]
    same = await workspace.classifiers.compare(f"churn@{new.digest}", f"churn@{old.digest}", read_named([table]))
    assert not same.independent


@pytest.mark.needs_training
async def test_classifiers_of_different_targets_cannot_be_compared(workspace, tmp_path):
    table = write_table(tmp_path / "churn.csv")
    one = (await train_file(workspace, table, "churn", TableOptions(target="churned"))).card
    two = (await train_file(workspace, table, "churn", TableOptions(target="plan", positive="basic"))).card
    with pytest.raises(BadInput, match="different targets"):
        await workspace.classifiers.compare(f"churn@{one.digest}", f"churn@{two.digest}", read_named([table]))
