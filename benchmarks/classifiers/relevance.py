"""Relevance: sources left out at a time beside word overlap; answers that evade; every signal alone; cost.

WikiQA, XQuAD and BeerQA only measure: nothing fitted on them ships. The documentation sets are left out one at a time,
questions and headings of a set together. The baseline is overlap weighted by inverse document frequency where the set
of texts is known, plain overlap where it is not (one answer to one question). A wrong text of XQuAD, BeerQA and the
documentation is the one that overlaps most: hard for overlap by construction, so the difference there flatters any
other signal; WikiQA is the fair comparison.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from benchmarks.classifiers.common import Table, against, auc_cell, difference_cell, load, median_cpu
from numpy.typing import NDArray

from gonogo.classifiers import LinearClassifier, Weights, feature_set
from gonogo.clock import SystemClock
from gonogo.contracts import Example
from gonogo.domain import TrainingRow
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.fit_options import tuned
from gonogo.training.rows import example_of
from gonogo.training.train import train

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from rows import relevance as made

QUESTIONS = 300
"""Of XQuAD and BeerQA, the first ones by a hash of their text."""
DRAWS = 1_000
Scores = NDArray[np.float64]
_TOKEN = re.compile(r"[a-z0-9]+")
_STOPS_WRITTEN = """
    a an the is are was were do does did of to in on for and or i you my your how what why which who when where can
    could should would it that this be with at by as from
"""
_STOPS = frozenset(_STOPS_WRITTEN.split())
EVASIONS = (
    "I really couldn't tell you.", "Good point, people often wonder about {topic}.", "Let me get back to you on that.",
    "{topic}? Interesting.", "This goes beyond what I can do for you.", "Anything about {topic} in particular?",
    "The answer is somewhere on our website.", "Our team will be glad to assist.", "We take {topic} very seriously.",
    "There is a lot to know regarding {topic}.",
)  # fmt: skip
"""Worded otherwise than those trained on."""


@dataclass(frozen=True)
class Test:
    """Rows, the baseline's score of each, and which training rows may be used."""

    name: str
    rows: list[TrainingRow]
    overlap: Scores
    keep: Callable[[TrainingRow], bool]


def tables(data: Path, seed: int) -> list[Table]:
    """Ranking, WikiQA by question, signals, cost."""
    rows, reader = made.rows(data), Reader(StaticEmbedder())
    ranking = Table(
        title="relevance: area under the curve, left out at a time",
        columns=("test", "rows", "fast tier", "overlap", "difference (90 %)"),
    )
    by_question = Table(
        title="relevance: WikiQA, mean average precision over questions with a right and a wrong sentence",
        columns=("questions", "fast tier", "idf overlap", "difference (90 %)"),
    )
    signals = Table(title="relevance: every signal alone, area under the curve", columns=("signal",))
    alone: list[list[str]] = [[name] for name in feature_set("relevance").names]
    known: dict[int, LinearClassifier] = {}
    for test in (*wikiqa(data), *passages(data), *documentation(rows), *evading(rows)):
        kept = [row for row in rows if test.keep(row)]
        if len(kept) not in known:
            known[len(kept)] = fitted(kept, reader, seed)
        judged = [known[len(kept)].judge(example_of(row, reader)) for row in test.rows]
        ours, labels = np.array([one.probability for one in judged]), [row.label for row in test.rows]
        groups = [row.group for row in test.rows]
        gain = against("auc", labels, ours.tolist(), test.overlap.tolist(), groups=groups, seed=seed)
        cells = [auc_cell(labels, scores.tolist()) for scores in (ours, test.overlap)]
        ranking.rows.append((test.name, str(len(labels)), *cells, difference_cell(gain)))
        signals.columns = (*signals.columns, test.name)
        for line, name in zip(alone, feature_set("relevance").names, strict=True):
            line.append(auc_cell(labels, [one.signals[name] for one in judged])[:5])
        if test.name == "WikiQA":
            by_question.rows.append(_precision_cells(test, ours, seed))
    signals.rows = list(alone)
    return [ranking, by_question, signals, cost(known[len(rows)])]


def fitted(rows: Sequence[TrainingRow], reader: Reader, seed: int) -> LinearClassifier:
    """The classifier of these rows."""
    features = feature_set("relevance")
    trained = train(
        "relevance",
        rows,
        features,
        reader,
        SystemClock(),
        options=replace(tuned("relevance"), seed=seed, folds=2),
    )
    return LinearClassifier(Weights(trained.card, trained.tensors), features)


def _everything(_: TrainingRow) -> bool:
    return True


def wikiqa(data: Path) -> list[Test]:
    """Sentences of one article: which of them answers?"""
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in load(data, "rel_wikiqa_train"):
        found[str(row["question"])].append(row)
    mixed = {question: rows for question, rows in found.items() if len({row["label"] for row in rows}) == 2}
    rows = [
        TrainingRow(text=str(row["answer"]), label=bool(row["label"]), against=(question,), group=question)
        for question, those in mixed.items()
        for row in those
    ]
    weigh = frequencies([str(row["answer"]) for those in found.values() for row in those])
    return [Test("WikiQA", rows, overlaps(rows, weigh), _everything)]


def passages(data: Path) -> list[Test]:
    """The right passage beside the one that overlaps most."""
    found = []
    for name, file in (
        ("XQuAD, nearest wrong passage", "ret_xquad_en"),
        ("BeerQA, nearest wrong passage", "ret_beerqa"),
    ):
        records = list(load(data, file))
        texts = {row["id"]: f"{row.get('title', '')} {row['text']}".strip() for row in records if row["kind"] == "doc"}
        asked = sorted((row for row in records if row["kind"] == "query"), key=lambda row: made.group_of(row["text"]))
        found.append(_beside_nearest(name, [(row["text"], set(row["rels"])) for row in asked[:QUESTIONS]], texts))
    return found


def _beside_nearest(name: str, asked: Iterable[tuple[str, set[str]]], texts: dict[str, str]) -> Test:
    weigh = frequencies(texts.values())
    words = {one: set(_TOKEN.findall(text.lower())) for one, text in texts.items()}
    rows = []
    for question, right in asked:
        wanted = set(_TOKEN.findall(question.lower())) - _STOPS
        wrong = [one for one in texts if one not in right]
        nearest = max(wrong, key=lambda one: sum(weigh(word) for word in wanted & words[one]))
        first = min(right & texts.keys())
        for one, label in ((first, True), (nearest, False)):
            rows.append(TrainingRow(text=texts[one], label=label, against=(question,), group=question))
    return Test(name, rows, overlaps(rows, weigh), _everything)


def documentation(rows: Sequence[TrainingRow]) -> list[Test]:
    """Questions on one documentation, trained without anything of it: sections and nearest wrong sections."""
    found = []
    for corpus in ("click", "httpx"):
        tested = [row for row in rows if row.source == f"docs_{corpus}" and row.slices["kind"] in _TEXTS]
        weigh = frequencies(row.text for row in tested)
        found.append(Test(f"docs {corpus}", tested, overlaps(tested, weigh), _without(corpus)))
    return found


_TEXTS = ("answer", "nearest", "random")


def _without(corpus: str) -> Callable[[TrainingRow], bool]:
    return lambda row: not row.source.endswith(corpus)


def evading(rows: Sequence[TrainingRow]) -> list[Test]:
    """Short answers from the documentation beside evasions of other wording, and answers to other questions."""
    right = [row for row in rows if row.source.startswith("docs") and row.slices["kind"] == "short answer"]
    others = {"evasive answers": EVASIONS, "answers to another question": ()}
    found = []
    for name, forms in others.items():
        tested = list(right)
        for place, row in enumerate(right):
            draw = random.Random(f"{name}{row.against[0]}")
            wrong = made.evasion(row.against[0], forms, draw) if forms else right[place - len(right) // 2].text
            tested.append(TrainingRow(text=wrong, label=False, against=row.against, group=row.group))
        plain = overlaps(tested, lambda _: 1.0)
        found.append(Test(name, tested, plain, lambda row: not row.source.startswith(("docs", "headings"))))
    return found


def frequencies(texts: Iterable[str]) -> Callable[[str], float]:
    """log(1 + texts / texts with the word); 8 for words never seen."""
    every = [set(_TOKEN.findall(text.lower())) for text in texts]
    counts = Counter(word for words in every for word in words)
    return lambda word: float(np.log(1 + len(every) / counts[word])) if counts[word] else 8.0


def overlaps(rows: Sequence[TrainingRow], weigh: Callable[[str], float]) -> Scores:
    """Weighted share of the question's words in each text."""
    scores = []
    for row in rows:
        asked = set(_TOKEN.findall(row.against[0].lower())) - _STOPS
        there = set(_TOKEN.findall(row.text.lower()))
        scores.append(sum(map(weigh, asked & there)) / max(1e-9, sum(map(weigh, asked))))
    return np.array(scores)


def _precision_cells(test: Test, ours: Scores, seed: int) -> tuple[str, ...]:
    places = defaultdict(list)
    for place, row in enumerate(test.rows):
        places[row.group].append(place)
    labels = np.array([row.label for row in test.rows])
    means = np.array(
        [
            [average_precision(labels[those], scores[those]) for scores in (ours, test.overlap)]
            for those in map(np.array, places.values())
        ]
    )
    drawn = np.random.default_rng(seed).integers(0, len(means), (DRAWS, len(means)))
    spread = np.quantile((means[:, 0] - means[:, 1])[drawn].mean(axis=1), (0.05, 0.95))
    mine, theirs = means.mean(axis=0)
    difference = f"{mine - theirs:+.3f} [{spread[0]:+.3f}, {spread[1]:+.3f}]"
    return str(len(means)), f"{mine:.3f}", f"{theirs:.3f}", difference


def average_precision(labels: NDArray[np.bool_], scores: Scores) -> float:
    """Of one ranking. Equal scores are put in a random, seeded order: the first sentences of an article answer more
    often, and a score with many ties would gain from where they stand."""
    scores = scores + np.random.default_rng(len(scores)).uniform(0.0, 1e-9, len(scores))
    hits = labels[np.argsort(-scores, kind="stable")]
    found = np.flatnonzero(hits)
    return float(((np.arange(len(found)) + 1) / (found + 1)).mean())


def cost(classifier: LinearClassifier) -> Table:
    """Median CPU of one short answer, and of one chunk of 150 words, read before and new."""
    table = Table(title="relevance: CPU of one text, median", columns=("what", "microseconds"))
    reader = Reader(StaticEmbedder())
    question = reader.read("How long does the battery of the logger last in a freezer?")
    answer = "The battery lasts 12 months at a five-minute interval and 17 months at a fifteen-minute interval."
    number = iter(range(1_000_000))

    def judged(text: str) -> None:
        classifier.judge(Example(text=reader.read(text), against=(question,)))

    for name, text in (("a sentence", answer), ("a chunk of 150 words", " ".join([answer] * 9))):
        table.rows.append((f"{name}, read before", f"{median_cpu(lambda text=text: judged(text)):.0f}"))  # type: ignore[misc]
        fresh = median_cpu(lambda text=text: judged(f"{text} {next(number)}"))  # type: ignore[misc]
        table.rows.append((f"{name}, new (read as well)", f"{fresh:.0f}"))
    return table
