"""Rows of ``toxicity``: from public comments, sentences written for it, and the ordinary texts that a gateway reads.

Only sources marked TRAIN are read. What is done to them, and why:

- Davidson's labels are noisy and follow dialect: a balanced sample of 6,000 rows at little weight.
- Every row that names a group is joined by copies that name others of the same kind, the weight shared among them
  (counterfactual augmentation: Dixon et al. 2018, AIES; Garg et al. 2019, arXiv 1809.10610).
- Madlibs and sentences written for this give every group harmless and harmful company alike.
- Requests, instructions, exam questions, documents and Wikipedia sentences are negatives, and set the threshold.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import structs
from rows.toxicity_sentences import written

from gonogo.classifiers import LinearClassifier, Weights
from gonogo.contracts import Example, FeatureSet, TextReader
from gonogo.domain import Threshold, TrainingRow
from gonogo.training.bias import identity_gap
from gonogo.training.identity_terms import exchanged
from gonogo.training.thresholds import threshold_at
from gonogo.training.train import Trained

SEED = 3
COPIES = 2
LONG = 1_000
"""Characters beyond which training does not read all of a text."""
MADE, FOUND, EXCHANGED = "row", "as found", "group term exchanged"
NOTE = (
    "English comments, mostly short. Finds insults, threats, slurs and open hate; misses irony, coded hate and "
    "abuse in other languages. Not a judge of harmful requests. Davidson's labels follow dialect and weigh little."
)
COMMENTS = {  # file -> (source, rows of each label at most, weight, licence)
    "tox_davidson": ("davidson", 3000, 0.05, "MIT"),
    "tox_surge": ("surge", 9999, 3.0, "MIT"),
    "tox_toxigen_seed": ("toxigen", 9999, 3.0, "MIT, CDLA-Permissive-2.0"),
    "tox_madlibs_bias": ("madlibs", 750, 0.3, "Apache-2.0"),
}
HARMLESS = {  # file -> (source, field, rows at most, weight, licence)
    "safety/ben_clinc": ("clinc", "text", 1500, 0.5, "CC-BY-3.0"),
    "safety/ben_selfinstruct": ("self-instruct", "text", 9999, 1.0, "Apache-2.0"),
    "safety/ben_awesome_prompts": ("awesome-prompts", "text", 9999, 0.5, "CC0-1.0"),
    "safety/inj_bipia_train": ("bipia clean documents", "text", 9999, 1.0, "MIT"),
    "safety/inj_deepset_train": ("deepset benign", "text", 9999, 0.5, "Apache-2.0"),
    "quality/intent_banking77": ("banking77", "text", 800, 0.5, "CC-BY-4.0"),
    "quality/route_mmlu": ("mmlu", "prompt", 1200, 0.5, "Apache-2.0, MIT"),
    "quality/faith_begin_wow": ("begin-wow", "context", 800, 0.5, "CC-BY-4.0"),
    "quality/ret_docs_click": ("click documentation", "text", 300, 1.0, "BSD-3-Clause"),
    "quality/ret_docs_httpx": ("httpx documentation", "text", 300, 1.0, "BSD-3-Clause"),
}
WRITTEN = "written for gonogo"


def rows(data: Path) -> list[TrainingRow]:
    """All training rows, copies included."""
    found: list[TrainingRow] = []
    for file, (source, most, weight, licence) in COMMENTS.items():
        read = list(_lines(data / "safety" / f"{file}.jsonl.gz"))
        for label in (False, True):
            texts = [line["text"] for line in read if bool(line["label"]) == label]
            found += [_row(text, label, source, licence, weight) for text in _some(texts, most)]
    for file, (source, field, most, weight, licence) in HARMLESS.items():
        read = [line for line in _lines(data / f"{file}.jsonl.gz") if line.get(field)]
        texts = sorted({line[field] for line in read if not (file.startswith("safety/") and line["label"])})
        found += [_row(text, False, source, licence, weight) for text in _some(texts, most)]
    copied = [copy for row in found for copy in _with_copies(row)]
    own = [
        structs.replace(_row(text, label, WRITTEN, "Apache-2.0", 0.4), group=group)
        for text, label, group in written(SEED, 660)
    ]
    return [*copied, *own]


def threshold(trained: Trained, data: Path, features: FeatureSet, reader: TextReader) -> Threshold:
    """One percent of the harmless texts that a gateway reads, each judged by weights that never saw it.

    Of long documents training reads only the first windows: all of them are judged here, by the final weights, and the
    higher probability counts. Comments that people found harmless are not among these rows: they are the hard cases,
    reported as slices.
    """
    del data
    sources = {source for source, *_ in HARMLESS.values()}
    judge = _judge(trained, features, reader)
    scores = []
    for row, score in zip(trained.rows, trained.probabilities, strict=True):
        if row.source in sources and row.slices.get(MADE) == FOUND:
            scores.append(max(score, judge(row.text)) if len(row.text) > LONG else score)
    return threshold_at(
        scores, 0.01, "requests, instructions, exam questions, documents and encyclopaedic sentences, cross-fitted"
    )


def _judge(trained: Trained, features: FeatureSet, reader: TextReader) -> Callable[[str], float]:
    classifier = LinearClassifier(Weights(trained.card, trained.tensors), features)
    return lambda text: classifier.judge(Example(text=reader.read(text))).probability


def finished(trained: Trained, features: FeatureSet, reader: TextReader) -> Trained:
    """The same weights, their card completed by what exchanging group terms does to them."""
    judge = _judge(trained, features, reader)
    gap = identity_gap(lambda texts: [judge(text) for text in texts], trained.card.threshold.value)
    return replace(trained, card=structs.replace(trained.card, identity=gap))


def left_out(made: Sequence[TrainingRow], source: str) -> list[TrainingRow]:
    """The rows of all other sources."""
    return [row for row in made if row.source != source]


def _with_copies(row: TrainingRow) -> Iterator[TrainingRow]:
    """The row, and where it names a group, copies that name others; they share its weight and stay in its fold."""
    others: set[str] = set()
    if row.source != "madlibs":
        number = sum(row.text.encode("utf-8", "surrogatepass"))
        others = {text for copy in range(COPIES) if (text := exchanged(row.text, number + copy)) and text != row.text}
    weight = row.weight / (1 + len(others))
    yield structs.replace(row, weight=weight)
    for text in sorted(others):
        yield structs.replace(row, text=text, weight=weight, slices={MADE: EXCHANGED})


def _row(text: str, label: bool, source: str, licence: str, weight: float) -> TrainingRow:
    group = f"{source} {text[:80]}"
    return TrainingRow(
        text=text, label=label, source=source, group=group, licence=licence, weight=weight, slices={MADE: FOUND}
    )


def _some(texts: list[str], most: int) -> list[str]:
    return texts if len(texts) <= most else random.Random(SEED).sample(texts, most)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)
