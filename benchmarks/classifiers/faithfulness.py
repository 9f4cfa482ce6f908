"""Faithfulness: one source or one kind of edit left out at a time, beside the eight lexical features, and every signal.

Training rows are those of ``scripts/rows/faithfulness.py``. A row whose context occurs in the tested source takes no
part in training. BEGIN's Topical-Chat and CMU-DoG parts and HaluEval only measure; HaluEval leaks length (its wrong
answers are longer) and is a smoke test. Thresholds are set on supported training rows at 5 %, before any test.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
from benchmarks.classifiers.common import Table, against, auc_cell, difference_cell, load, median_cpu
from numpy.typing import NDArray

from gonogo.classifiers import LinearClassifier, Weights, feature_set
from gonogo.clock import SystemClock
from gonogo.contracts import Example, FeatureSet
from gonogo.domain import TrainingRow
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.fit import FitOptions
from gonogo.training.measures import rate_measure
from gonogo.training.rows import example_of, fold_of
from gonogo.training.train import set_threshold, train

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from rows import faithfulness as made

FOLDS = 2
Scores = NDArray[np.float64]
Keep = Callable[[TrainingRow], bool]


@dataclass(frozen=True)
class Test:
    """What is left out: rows to test on, and which training rows may be used."""

    name: str
    rows: list[TrainingRow]
    trained_on: list[TrainingRow]


def tables(data: Path, seed: int) -> list[Table]:
    """Left-out sources, left-out edits, each signal alone, cost."""
    rows, reader = made.rows(data), Reader(StaticEmbedder(), remember=0)
    ranking = Table(
        title="faithfulness: area under the curve, left out at a time (positive: supported)",
        columns=("left out", "rows", "fast tier", "eight lexical features", "difference (90 %)", "word precision"),
    )
    calls = Table(
        title="faithfulness: at the threshold set on supported training rows at 5 %",
        columns=("left out", "supported rows accused", "unsupported rows accused"),
    )
    signals = Table(title="faithfulness: every signal alone, area under the curve", columns=("signal",))
    alone: list[list[str]] = [[name] for name in feature_set("faithfulness").names]
    for test in (*sources(rows, data), *edits(rows)):
        judge, threshold = fast(test.trained_on, reader, seed)
        labels = [row.label for row in test.rows]
        ours, matrix = judge(test.rows)
        theirs = lexical(test.trained_on, test.rows)
        groups = [row.group for row in test.rows]
        gain = against("auc", labels, ours.tolist(), theirs.tolist(), groups=groups, seed=seed)
        cells = [auc_cell(labels, scores.tolist()) for scores in (ours, theirs, matrix[:, 0])]
        ranking.rows.append((test.name, str(len(labels)), cells[0], cells[1], difference_cell(gain), cells[2]))
        accused = ours < threshold
        truth = np.array(labels)
        calls.rows.append((test.name, *(_rate(accused[truth == side]) for side in (True, False))))
        if not test.name.startswith("edit"):
            signals.columns = (*signals.columns, test.name)
            for number, line in enumerate(alone):
                line.append(auc_cell(labels, matrix[:, number].tolist())[:4])
    signals.rows = list(alone)
    return [ranking, calls, signals, cost()]


class _Remembering:
    """The features, worked out once for each row: most rows take part in training many times."""

    def __init__(self) -> None:
        self._features = feature_set("faithfulness")
        self._known: dict[tuple[str, ...], list[float]] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self._features, name)

    def dense(self, example: Example) -> list[float]:
        """As the features themselves."""
        key = (example.text.text, *(chunk.text for chunk in example.against))
        if key not in self._known:
            self._known[key] = self._features.dense(example)
        return self._known[key]


_REMEMBERING = _Remembering()


def _rate(hits: NDArray[np.bool_]) -> str:
    found = rate_measure(int(hits.sum()), int(hits.size), "rows")
    return found.note if found.value is None else f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}] n {found.n}"


def sources(rows: Sequence[TrainingRow], data: Path) -> list[Test]:
    """Human labels of one source, no training row of which shares a source or a context with it."""
    found = []
    for name, tested, keep in (
        ("Q2", "q2_wow", lambda row: "q2_wow" not in row.source),
        ("Q2, no BEGIN in training", "q2_wow", lambda row: "wow" not in row.source),
        ("BEGIN-WoW", "begin_wow", lambda row: "begin_wow" not in row.source),
    ):
        test = [row for row in rows if row.source == tested]
        groups = {row.group for row in test}
        kept = [row for row in rows if keep(row) and row.group not in groups]
        found.append(Test(name, test, kept))
    found += [
        Test(pool, [row for row in rows if row.source == pool], [row for row in rows if row.source != pool])
        for pool in ("edits_click", "edits_httpx", "edits_hub_docs", "edits_passages", "edits_word_problems")
    ]
    for file, name in (("faith_begin_tc_cmu", "BEGIN tc/cmu"), ("faith_halueval_qa", "HaluEval-QA (leaks length)")):
        measured = [row for one in load(data, file) if (row := evaluated(one)) is not None]
        found.append(Test(name, measured, list(rows)))
    return found


def edits(rows: Sequence[TrainingRow]) -> list[Test]:
    """One kind of edit left out, beside right rows of the same contexts; half of the contexts are for testing."""
    found = []
    kinds = sorted({row.slices["edit"] for row in rows} - {"none"})
    held = [row for row in rows if row.source.startswith("edits") and fold_of(_by_group(row), 2, 0) == 0]
    tested = {row.group for row in held}
    for kind in kinds:
        wrong = [row for row in held if row.slices["edit"] == kind]
        contexts = {row.group for row in wrong}
        right = [row for row in held if row.label and row.group in contexts]
        kept = [row for row in rows if row.slices["edit"] != kind and row.group not in tested]
        found.append(Test(f"edit: {kind}", [*wrong, *right], kept))
    return found


def _by_group(row: TrainingRow) -> TrainingRow:
    return TrainingRow(text="", label=True, group=row.group)


def evaluated(one: dict[str, object]) -> TrainingRow | None:
    """A row that only measures."""
    if one["label"] is None:
        return None
    question = str(one.get("question") or "")
    context = str(one["context"])
    return TrainingRow(
        text=str(one["answer"]),
        label=bool(one["label"]),
        against=(context, question) if question else (context,),
        context={"question": 1.0} if question else {},
        group=str(one.get("group") or made.group_of(context)),
    )


def fast(
    rows: Sequence[TrainingRow], reader: Reader, seed: int
) -> tuple[Callable[[Sequence[TrainingRow]], tuple[Scores, Scores]], float]:
    """The classifier of these rows: (probabilities, signals) of others; and its threshold."""
    features = cast("FeatureSet", _REMEMBERING)
    options = FitOptions(seed=seed, folds=FOLDS)
    trained = train("faithfulness", rows, features, reader, SystemClock(), options=options)
    trained = set_threshold(trained, made.threshold(trained))
    classifier = LinearClassifier(Weights(trained.card, trained.tensors), features)

    def judge(tested: Sequence[TrainingRow]) -> tuple[Scores, Scores]:
        judged = [classifier.judge(example_of(row, reader)) for row in tested]
        signals = np.array([list(one.signals.values()) for one in judged])
        return np.array([one.probability for one in judged]), signals

    return judge, trained.card.threshold.value


# --- the baseline: eight lexical features and logistic regression ---

_TOKEN = re.compile(r"[a-z0-9]+")
_STOPS_WRITTEN = """
    a an the is are was were be been do does did of to in on for and or but i you my your he she it its they them his
    her this that these those with at by as from have has had not no will would can could
"""
_STOPS = frozenset(_STOPS_WRITTEN.split())


def eight(row: TrainingRow) -> list[float]:
    """Word, bigram and trigram precision, numbers, capitalised words, two lengths, the worst sentence."""
    chunks = row.against[:-1] if row.context.get("question") else row.against
    context = " ".join(chunks)
    there, here = _TOKEN.findall(context.lower()), _TOKEN.findall(row.text.lower())
    known, plain = set(there), [word for word in here if word not in _STOPS] or here
    bigrams = Counter(pairwise(here)) & Counter(pairwise(there))
    trigrams = Counter(zip(here, here[1:], here[2:], strict=False)) & Counter(
        zip(there, there[1:], there[2:], strict=False)
    )
    numbers, known_numbers = re.findall(r"\d[\d,.]*", row.text), set(re.findall(r"\d[\d,.]*", context))
    names = re.findall(r"\b[A-Z][a-zA-Z]+", row.text)
    parts = [part for part in re.split(r"(?<=[.!?])\s+|\n+", row.text) if part.strip()][:40]
    shares = [_mean([word in known for word in _TOKEN.findall(part.lower())]) for part in parts]
    return [
        _mean([word in known for word in plain]) if plain else 0.0,
        sum(bigrams.values()) / max(1, len(here) - 1),
        sum(trigrams.values()) / max(1, len(here) - 2),
        _mean([number in known_numbers for number in numbers]),
        _mean([name.lower() in known for name in names]),
        float(np.log1p(len(here))),
        float(np.log1p(len(there))),
        1.0 - min([1.0, *shares]),
    ]


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0


def lexical(rows: Sequence[TrainingRow], tested: Sequence[TrainingRow]) -> Scores:
    """Scores of the baseline, fitted on the same rows with the same weights."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    matrix, labels = np.array([_eight(row) for row in rows]), np.array([row.label for row in rows])
    scaler = StandardScaler().fit(matrix)
    model = LogisticRegression(C=0.3, max_iter=1000, class_weight="balanced")
    model.fit(scaler.transform(matrix), labels, sample_weight=[row.weight for row in rows])
    scores: Scores = model.decision_function(scaler.transform(np.array([_eight(row) for row in tested])))
    return scores


_known: dict[tuple[str, tuple[str, ...]], list[float]] = {}


def _eight(row: TrainingRow) -> list[float]:
    key = (row.text, row.against)
    if key not in _known:
        _known[key] = eight(row)
    return _known[key]


def cost() -> Table:
    """Median CPU of one answer of four sentences over five chunks of 150 words."""
    table = Table(title="faithfulness: CPU of one answer, median", columns=("what", "microseconds"))
    chunks = [" ".join(_SENTENCES[(start + step) % len(_SENTENCES)] for step in range(12)) for start in range(5)]
    chunks = [f"{' '.join(chunk.split()[:148])} Part {number}." for number, chunk in enumerate(chunks)]
    answer = " ".join(_SENTENCES[:4])
    from gonogo.classifiers import SHIPPED, read_folder

    classifier = LinearClassifier(read_folder(SHIPPED / "faithfulness"), feature_set("faithfulness"))
    reader = Reader(StaticEmbedder())
    read = tuple(map(reader.read, chunks))
    number = iter(range(1_000_000))

    def judged(against: Sequence[object], text: str) -> None:
        for sentence in reader.read(text).sentences():
            classifier.judge(Example(text=sentence, against=against))  # type: ignore[arg-type]

    judged(read, answer)
    table.rows.append(("answer read before", f"{median_cpu(lambda: judged(read, answer)):.0f}"))
    fresh = median_cpu(lambda: judged(read, f"{answer} It has {next(number)} parts."))
    table.rows.append(("new answer (read as well), chunks indexed before", f"{fresh:.0f}"))

    def first() -> None:
        again = tuple(Reader(StaticEmbedder(), remember=0).read(f"{chunk} {next(number)}") for chunk in chunks)
        judged(again, answer)

    table.rows.append(("chunks never seen: read, cut into sentences and indexed", f"{median_cpu(first, 50):.0f}"))
    return table


_SENTENCES = (
    "The logger records the temperature every five minutes and stores up to 12,000 readings.",
    "Readings survive a change of the battery because the memory needs no power.",
    "The Basic plan costs 5 dollars a month and has room for three users.",
    "Refunds are paid to the original card within 14 days of the return.",
    "An alarm is sent by mail when a door stays open for more than 10 minutes.",
    "The hub joins the network over WPA2 and does not support open networks.",
    "Support answers on weekdays between nine and five, Lisbon time.",
    "Calibration certificates are valid for 24 months from the date of issue.",
    "The device must not be placed in a freezer below minus 20 degrees.",
    "Exports are written as CSV files with one row for each reading.",
    "An administrator can add, pause and remove users at any time.",
    "Firmware updates are installed at night unless they are postponed.",
)
