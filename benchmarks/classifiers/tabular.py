"""Tabular: what becomes of a CSV file - against scikit-learn's own estimators on the same rows, and what is promised.

One real table (exam questions of ``route_mmlu``, marked TRAIN: subject and counts; does the small model err?) and
generated ones whose truth is known. Nothing learned here ships. Baselines are fitted on the teaching rows of the same
split and tested on the same test rows. The threshold is set before the test.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.classifiers.common import Table, against, auc_cell, difference_cell, load, median_cpu

from gonogo.classifiers.tabular import TabularClassifier, features_digest, sum_of
from gonogo.classifiers.weights import Weights
from gonogo.clock import SystemClock
from gonogo.contracts import Example
from gonogo.training.tabular.drift import table_drift
from gonogo.training.tabular.learn import one_hot
from gonogo.training.tabular.numbers import matrix
from gonogo.training.tabular.prepare import TableOptions, prepare, split_of
from gonogo.training.tabular.reference import read_reference
from gonogo.training.tabular.table import Table as Rows
from gonogo.training.tabular.table import read_table
from gonogo.training.tabular.train import TrainedTable, train_table

SEEDS = 12
SHIFTS = (("nothing", 0.0), ("calls + 0.1", 0.1), ("calls + 0.2", 0.2), ("calls + 0.5", 0.5), ("calls + 1", 1.0))
Make = Callable[[int, int], str]


def tables(data: Path, seed: int) -> list[Table]:
    made: dict[str, Rows] = {"exam questions (real)": _read(exam(data))}
    for name, make in GENERATED.items():
        made[name] = _read(make(4_000, seed))
    trained = {name: _trained(rows, seed) for name, rows in made.items()}
    return [
        _quality(made, trained, seed),
        _promise(seed),
        _drift(seed),
        _cost(made, trained),
    ]


def _quality(made: dict[str, Rows], trained: dict[str, TrainedTable], seed: int) -> Table:
    found = Table(
        title="Test rows: AUC with DeLong's 95 %, difference with a paired bootstrap's 90 %",
        columns=("table", "rows (test)", "form", "ours", "trees of scikit-learn", "ours - trees", "logistic regression",
                 "ours - logistic", "calibration error", "FPR at 5 %"),
    )  # fmt: skip
    for name, one in trained.items():
        labels, ours = one.test.labels, one.test.probabilities
        trees, line = _baselines(made[name], one, seed)
        measures = one.card.measures
        error, false = measures["calibration_error"], measures["false_positive_rate"]
        found.rows.append((
            name, f"{one.report.rows} ({len(labels)})", one.card.form, auc_cell(labels, ours), auc_cell(labels, trees),
            difference_cell(against("auc", labels, ours, trees, seed=seed)), auc_cell(labels, line),
            difference_cell(against("auc", labels, ours, line, seed=seed)),
            f"{error.value:.3f} [{error.low:.3f}, {error.high:.3f}]",
            f"{false.value:.3f} [{false.low:.3f}, {false.high:.3f}]",
        ))  # fmt: skip
    found.notes.append(
        "Baselines: HistGradientBoostingClassifier() and LogisticRegression() as they come, on our columns."
    )
    return found


def _baselines(rows: Rows, one: TrainedTable, seed: int) -> tuple[list[float], list[float]]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    prepared = prepare(rows, _options(seed))
    split = split_of(prepared, _options(seed))
    columns = one.report.columns
    numbers, _ = matrix(prepared.table, columns)
    teach, test, labels = split.teach, split.test, prepared.labels
    category = [column.kind == "category" for column in columns]
    trees = HistGradientBoostingClassifier(categorical_features=category, random_state=seed)
    trees.fit(numbers[teach], labels[teach])
    mean, scale = np.nanmean(numbers[teach], axis=0), np.nanstd(numbers[teach], axis=0)
    mean[category], scale[category] = 0.0, 1.0
    design = one_hot(numbers, columns, mean, np.where(scale > 0, scale, 1.0))
    line = LogisticRegression(max_iter=2_000).fit(design[teach], labels[teach])
    return trees.predict_proba(numbers[test])[:, 1].tolist(), line.predict_proba(design[test])[:, 1].tolist()


def _promise(seed: int) -> Table:
    """Does the threshold keep its word on average over many samples?"""
    found = Table(
        title=f"Promises over {SEEDS} samples of each kind",
        columns=("table", "rows", "mean FPR of the test at 5 % (mean of negatives)", "form: trees", "highest FPR"),
    )
    for name, make in GENERATED.items():
        for rows in (500, 2_000):
            ones = [_trained(_read(make(rows, 1_000 * seed + 7 * place + 1)), place) for place in range(SEEDS)]
            rates = []
            for one in ones:
                negatives = [p for p, label in zip(one.test.probabilities, one.test.labels, strict=True) if not label]
                rates.append(float(np.mean(np.array(negatives) >= one.card.threshold.value)))
            error = 1.96 * float(np.std(rates, ddof=1)) / math.sqrt(len(rates))
            trees = sum(one.card.form == "trees" for one in ones)
            mean = float(np.mean(rates))
            found.rows.append((name, rows, f"{mean:.3f} ± {error:.3f}", f"{trees} of {SEEDS}", f"{max(rates):.3f}"))
    found.notes.append("Trees should serve where columns act together (curved), weights where they add up.")
    return found


def _drift(seed: int) -> Table:
    found = Table(
        title="Drift of later files of 500 rows: alarms of 100 files each",
        columns=("what changed", "files with an alarm", "the moved column named first"),
    )
    one = _trained(_read(additive(4_000, seed)), seed)
    served = TabularClassifier(Weights(one.card, one.tensors))
    reference = read_reference(one.tensors["reference"])
    assert reference is not None
    for what, shift in SHIFTS:
        alarms = first = 0
        for place in range(100):
            rows = _read(additive(500, 50_000 + 101 * seed + place, shift))
            drift = table_drift("m", one.card.digest, rows, served.columns, reference, served.probabilities, 0.5)
            alarm = drift.level in ("moved", "moved much")
            alarms += alarm
            first += alarm and drift.columns[0].column == "calls"
        found.rows.append((what, f"{alarms} of 100", f"{first} of {alarms}" if alarms else "-"))
    return found


def _cost(made: dict[str, Rows], trained: dict[str, TrainedTable]) -> Table:
    found = Table(
        title="Cost: CPU of one judgement (median), of training, size of the weights",
        columns=("table", "form", "trees", "judge one row, us", "train, s CPU", "rows", "weights, KiB"),
    )
    for name, one in trained.items():
        served = TabularClassifier(Weights(one.card, one.tensors))
        numbers, _ = matrix(made[name], served.columns)
        names = [column.name for column in served.columns]
        context = {key: number for key, number in zip(names, numbers[0].tolist(), strict=True) if number == number}
        example: Any = Example(text=None, context=context)  # type: ignore[arg-type]
        size = sum(tensor.nbytes for tensor in one.tensors.values()) / 1024
        cost = one.card.cost
        taken = median_cpu(partial(served.judge, example))
        found.rows.append((
            name, one.card.form, len(one.tensors.get("roots", ())), f"{taken:.0f}",
            f"{cost.cpu_seconds:.1f}" if cost else "-", one.report.rows, f"{size:.0f}",
        ))  # fmt: skip
    return found


def _options(seed: int) -> TableOptions:
    return TableOptions(target="y", seed=seed)


def _trained(rows: Rows, seed: int) -> TrainedTable:
    return train_table("m", rows, _options(seed), SystemClock(), sum_of, features_digest())


def _read(text: str) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text(text, encoding="utf-8")
        return read_table(path)


def exam(data: Path) -> str:
    """Subject and counts of each question; y: the small model's answer was wrong."""
    lines = ["subject,characters,words,digits,negated,longest_option,blanks,formula,y"]
    for row in load(data, "route_mmlu"):
        prompt = row["prompt"]
        options = re.findall(r"\n[A-D]\. (.*)", prompt)
        values = (
            row["domain"], len(prompt), len(prompt.split()), sum(map(str.isdigit, prompt)),
            "yes" if re.search(r"\b(?:not|except|least|never)\b", prompt, re.IGNORECASE) else "no",
            max(map(len, options), default=0), prompt.count("_"), "yes" if re.search(r"[=^\\$]", prompt) else "no",
            "wrong" if row["weak"] < 0.5 else "right",
        )  # fmt: skip
        lines.append(",".join(map(str, values)))
    return "\n".join(lines) + "\n"


def additive(rows: int, seed: int, shift: float = 0.0) -> str:
    """Columns that add up on the logit scale, gaps, a category with a rare tail, two columns of noise."""
    return _generated(
        rows, seed, lambda tenure, calls, plan, fee: 0.7 * calls - 0.06 * tenure + 0.8 * (plan == 0), shift
    )


def curved(rows: int, seed: int, shift: float = 0.0) -> str:
    """Columns that only tell something together."""
    return _generated(
        rows,
        seed,
        lambda tenure, calls, plan, fee: np.where((tenure > 36) == (plan < 2), 1.5, -1.5) + 0.2 * calls,
        shift,
    )


def noise(rows: int, seed: int, shift: float = 0.0) -> str:
    """Nothing tells anything."""
    return _generated(rows, seed, lambda tenure, calls, plan, fee: 0.0 * tenure, shift)


def _generated(rows: int, seed: int, logit: Callable[..., Any], shift: float) -> str:
    draw = np.random.default_rng(seed)
    tenure, calls = draw.integers(0, 73, rows), draw.poisson(1.2, rows)
    plan, fee = np.minimum(draw.geometric(0.4, rows) - 1, 9), draw.gamma(3.0, 10.0, rows)
    score = logit(tenure, calls, plan, fee) - 0.8
    label = draw.random(rows) < 1.0 / (1.0 + np.exp(-score))
    moved = calls + draw.binomial(1, shift % 1.0, rows) + int(shift)
    gone = draw.random(rows) < 0.1
    lines = ["tenure,calls,plan,fee,noise,coin,y"]
    lines += [
        f"{tenure[i]},{moved[i]},plan{plan[i]},{'' if gone[i] else f'{fee[i]:.2f}'},{draw.normal():.3f},"
        f"{'yes' if draw.random() < 0.5 else 'no'},{int(label[i])}"
        for i in range(rows)
    ]
    return "\n".join(lines) + "\n"


GENERATED: dict[str, Make] = {"columns add up": additive, "columns act together (curved)": curved, "noise only": noise}
