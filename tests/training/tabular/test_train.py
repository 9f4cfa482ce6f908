"""From a table to a classifier with its card."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest

from gonogo.classifiers.tabular import FEATURES, TabularClassifier, sum_of
from gonogo.classifiers.weights import Weights, read_folder, write_folder
from gonogo.clock import SystemClock
from gonogo.contracts import Example
from gonogo.contracts.tabular import RowJudge
from gonogo.digest import digest_of
from gonogo.domain.columns import read_values
from gonogo.errors import BadInput
from gonogo.training.tabular import train as module
from gonogo.training.tabular.prepare import TableOptions
from gonogo.training.tabular.train import TrainedTable, train_table

pytestmark = pytest.mark.needs_training
OPTIONS = TableOptions(target="churned", id="customer")


def trained(table: Any, options: TableOptions = OPTIONS, **named: Any) -> TrainedTable:
    return train_table("churn", table, options, SystemClock(), sum_of, digest_of("code"), **named)


def test_features_are_named_as_serving_names_them():
    assert module.FEATURES == FEATURES


def test_a_card_says_what_was_learned_from_what_and_how_good_it_is(read, churn):
    steps: list[str] = []
    options = TableOptions(target="churned", id="customer", slices=("plan", "tenure"))
    found = trained(read(churn()), options, progress=lambda what, done, total: steps.append(what))
    card = found.card
    assert card.form == "linear"
    assert card.measures["auc"].value > 0.75
    assert card.measures["auc"].n == 120
    assert card.threshold.target == 0.05
    assert card.data.rows == 600
    assert card.data.sources[0].name == "rows.csv"
    assert card.cost is not None
    assert card.cost.peak_memory > 0
    assert next(iter(card.importance)) in ("calls", "tenure")
    assert card.importance["calls"].low > 0.0
    assert {slice_.name for slice_ in card.slices if slice_.dimension == "plan"} == {"basic", "plus", "pro"}
    assert len([slice_ for slice_ in card.slices if slice_.dimension == "tenure"]) == 4
    assert any("too small" in measure.note for slice_ in card.slices for measure in slice_.measures.values())
    assert "columns shuffled" in steps
    assert found.report.left_out["customer"] == "names the rows (--id)"


def test_trees_serve_where_they_are_proven_better(read, churn):
    found = trained(read(churn(rows=1500, curved=True)))
    assert found.card.form == "trees"
    assert "trees: better than one-hot weights" in found.card.note
    assert found.card.measures["auc"].value > 0.9


@pytest.mark.parametrize("curved", [False, True])
def test_same_rows_in_any_order_and_same_seed_give_the_same_digest(read, churn, curved):
    lines = churn(rows=900, curved=curved).splitlines()
    shuffled = lines[1:]
    random.Random(4).shuffle(shuffled)
    first = trained(read("\n".join(lines)))
    again = trained(read("\n".join([lines[0], *shuffled])))
    other = trained(read("\n".join(lines)), TableOptions(target="churned", id="customer", seed=1))
    assert first.card.digest == again.card.digest
    assert first.card.data.digest == again.card.data.digest
    assert other.card.digest != first.card.digest


def test_weights_in_a_folder_serve_what_was_measured(read, churn, tmp_path):
    found = trained(read(churn(rows=900, curved=True)))
    write_folder(tmp_path / "churn", found.card, found.tensors)
    classifier = TabularClassifier(read_folder(tmp_path / "churn"))
    assert isinstance(classifier, RowJudge)
    assert (classifier.name, classifier.digest) == ("churn", found.card.digest)
    values = {"tenure": "50", "plan": "basic", "fee": "20", "calls": "1", "autopay": "yes", "day": "2026-03-15"}
    context = read_values(classifier.columns, values).numbers
    judged = classifier.judge(Example(text=None, context=context))  # type: ignore[arg-type]
    assert judged.positive
    assert judged.signals["tenure"] == 50.0
    batch = classifier.probabilities(np.array([classifier.row(context)]))
    assert judged.probability == pytest.approx(float(batch[0]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 99.0, 1.5])
def test_a_context_no_column_can_have_counts_as_missing(read, churn, value):
    found = trained(read(churn()))
    classifier = TabularClassifier(Weights(found.card, found.tensors))
    assert np.isnan(classifier.row({"plan": value})).all()
    assert 0.0 < classifier.judge(Example(text=None, context={"plan": value})).probability < 1.0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["columns", "line", "weight", "category_weight"])
def test_weights_without_a_tensor_are_refused_by_name(read, churn, name):
    found = trained(read(churn()))
    kept = {key: tensor for key, tensor in found.tensors.items() if key != name}
    with pytest.raises(BadInput, match=f"'{name}'"):
        TabularClassifier(Weights(found.card, kept))


def test_broken_columns_and_other_features_are_refused(read, churn):
    found = trained(read(churn()))
    broken = {**found.tensors, "columns": np.frombuffer(b"[{]", dtype=np.uint8)}
    with pytest.raises(BadInput, match="register the classifier again"):
        TabularClassifier(Weights(found.card, broken))
    with pytest.raises(BadInput, match="not columns/1"):
        TabularClassifier(Weights(msgspec.structs.replace(found.card, features="toxicity/1"), found.tensors))


def test_by_time_the_newest_rows_test(read, churn):
    found = trained(read(churn()), TableOptions(target="churned", id="customer", time="day"))
    assert found.report.split == "by time"
    assert found.report.left_out["day"] == "orders the rows (--time)"


def test_a_column_that_nearly_gives_the_target_away_is_warned_of(read, churn):
    lines = churn().splitlines()
    leaky = [lines[0] + ",refund"] + [
        f"{line},{(100 if line.endswith('yes') else 0) + place % 7 - (97 if place == 3 else 0)}"
        for place, line in enumerate(lines[1:])
    ]
    found = trained(read("\n".join(leaky)))
    assert any("'refund' alone tells the target" in warning for warning in found.report.warnings)


def test_rows_without_a_target_and_repeated_ids_are_told(read, churn):
    text = churn().replace("K00005", "K00004") + "K99999,2026-01-01,1,pro,9,1,yes,N,\n"
    warnings = trained(read(text)).report.warnings
    assert "1 rows without a target are left out" in warnings
    assert any("1 rows repeat a value of 'customer'" in warning for warning in warnings)


@pytest.mark.parametrize("named", [{"target": "churn"}, {"target": "churned", "ignore": ("plans",)}])
def test_a_column_that_is_not_there_names_the_nearest(read, churn, named):
    with pytest.raises(BadInput, match=r"did you mean '(churned|plan)'"):
        trained(read(churn()), TableOptions(**named))
