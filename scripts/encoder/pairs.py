"""Training pairs of the careful encoder, from the rows that the fast classifiers are trained on.

Here: reading the row files, leaving out what a fold leaves out, drawing so many of each kind.
Not here: making the rows (``scripts/rows``; only data marked TRAIN and edits of it), fitting (``train``).

``ROWS`` holds ``faithfulness.jsonl`` and ``equivalence.jsonl``, written by the scripts of those names; toxicity's
rows are made from the data folder each time; relevance's are pairs of documentation, knowledge and questions drawn
here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gonogo.domain import TrainingRow

TASKS = ("faithfulness", "equivalence", "toxicity", "relevance")
KINDS_A = ("negation", "number", "year", "role swap", "unit", "question word")
"""Kinds of edit in the one half; the other kinds are the other half. ``word`` is in neither: it is a little of each."""
KINDS_B = ("antonym", "entity", "direction", "modality", "condition")
_WORD = re.compile(r"\w+")
SIZES = {"faithfulness": 7200, "equivalence": 6000, "relevance": 1500}
WRITTEN, HARMLESS = 400, 600
COMMENTS = {"davidson": 1300, "surge": 1000, "toxigen": 1000, "madlibs": 500}


class Pair(NamedTuple):
    """One training example: ``a`` is judged, against ``b``, which may be empty."""

    task: str
    a: str
    b: str
    label: bool
    source: str
    kind: str = ""
    licence: str = ""


def held_out(pair: Pair) -> bool:
    """One in ten, by what is judged against: never trained on; for calibration, thresholds and the card's measures."""
    return hashlib.sha1((pair.b or pair.a).encode("utf-8", "surrogatepass")).digest()[0] < 26


def pairs(data: Path, rows: Path, fold: str, seed: int, tasks: Sequence[str] = TASKS) -> list[Pair]:
    """The pairs of a fold (see ``train``). Each task draws from its own stream: folds leave other tasks alone."""
    made = {
        "faithfulness": lambda draw: faithfulness(rows, fold, draw),
        "equivalence": lambda draw: equivalence(rows, fold, draw),
        "toxicity": lambda draw: toxicity(data, fold, draw),
        "relevance": lambda draw: relevance(data, draw),
    }
    wanted = tasks if fold == "all" else (task_of(fold),)
    return [pair for task in wanted for pair in made[task](random.Random(f"{task}:{seed}"))]


def task_of(fold: str) -> str:
    """The one task that a fold leaves something out of."""
    return {"no": "faithfulness", "kinds": "equivalence", "tox": "toxicity"}[fold.partition("-")[0]]


def faithfulness(rows: Path, fold: str, draw: random.Random) -> list[Pair]:
    """Answers against the part of their chunks nearest to them; the turn before, where there is one, is left away."""
    out = {"no-q2": ("q2_wow",), "no-begin": ("begin_wow", "q2_wow")}.get(fold, ())
    people, made = [], []
    for row in read(rows / "faithfulness.jsonl"):
        chunks = row.against[:-1] if row.context.get("question") else row.against
        if chunks and not any(name in row.source for name in out):
            pair = Pair(
                "faithfulness",
                row.text,
                evidence(row.text, chunks),
                row.label,
                row.source,
                row.slices.get("edit", ""),
                row.licence,
            )
            (made if row.source.startswith("edits") else people).append(pair)
    return [*people, *drawn(made, SIZES["faithfulness"] - len(people), draw)]


def evidence(text: str, chunks: Sequence[str], words: int = 40) -> str:
    """Of the overlapping stretches of about so many words the one that shares most words with the text."""
    mine = set(_WORD.findall(text.lower()))
    stretches = []
    for chunk in chunks:
        split = chunk.split()
        stretches += [" ".join(split[at : at + words]) for at in range(0, max(1, len(split) - words // 2), words // 2)]
    return max(stretches, key=lambda stretch: len(mine & set(_WORD.findall(stretch.lower()))))


def equivalence(rows: Path, fold: str, draw: random.Random) -> list[Pair]:
    """Questions that deserve the same answer, one-edit near misses, and questions of the same and of other intents."""
    kinds = {"kinds-a": KINDS_A, "kinds-b": KINDS_B}.get(fold)
    found = []
    for row in read(rows / "equivalence.jsonl"):
        kind = row.slices.get("edit", "")
        if row.label or kinds is None or kind in kinds or kind == "other intent":
            found.append(Pair("equivalence", row.text, row.against[0], row.label, row.source, kind, row.licence))
    same = [pair for pair in found if pair.source.endswith("_intents")]
    near = [pair for pair in found if not pair.source.endswith("_intents")]
    return [*drawn(near, SIZES["equivalence"] * 7 // 10, draw), *drawn(same, SIZES["equivalence"] * 3 // 10, draw)]


def toxicity(data: Path, fold: str, draw: random.Random) -> list[Pair]:
    """Comments as many toxic as not, sentences written for it, and harmless texts that a gateway reads."""
    from rows.toxicity import rows as toxicity_rows

    found = [
        Pair("toxicity", clean(row.text), "", row.label, row.source, "", row.licence) for row in toxicity_rows(data)
        if fold != f"tox-{row.source}"
    ]  # fmt: skip
    picked: list[Pair] = []
    for source, most in COMMENTS.items():
        picked += drawn([pair for pair in found if pair.source == source], most, draw)
    written = [pair for pair in found if pair.source == "written for gonogo"]
    harmless = [pair for pair in found if pair.source not in COMMENTS and pair.source != "written for gonogo"]
    return [*picked, *drawn(written, WRITTEN, draw), *draw.sample(harmless, HARMLESS)]


def clean(text: str) -> str:
    """A comment without the marks of its source (retweet sign, user names, links, HTML), cut at 400 characters."""
    text = re.sub(r"&#?\w+;|https?:\S+|@\w+:?|\bRT\b|^[!\" ]+", " ", text[:400])
    return re.sub(r"\s+", " ", text).strip()


def relevance(data: Path, draw: random.Random) -> list[Pair]:
    """Documentation against its questions and titles, knowledge against the turn it answers; and others of the same."""
    found: list[Pair] = []
    for name in ("ret_docs_click", "ret_docs_httpx"):
        lines = list(_lines(data / "quality" / f"{name}.jsonl.gz"))
        texts = {
            line["id"]: f"{line.get('title') or ''} {line['text']}"[:500] for line in lines if line["kind"] == "doc"
        }
        ids = sorted(texts)
        for line in lines:
            if line["kind"] == "query":
                others = [name for name in draw.sample(ids, 4) if name not in line["rels"]]
                found += [Pair("relevance", texts[i], line["text"], True, name) for i in line["rels"]]
                found += [Pair("relevance", texts[i], line["text"], False, name) for i in others]
            elif line.get("title"):
                found.append(Pair("relevance", line["text"][:500], line["title"], True, name, "title"))
                found.append(Pair("relevance", texts[draw.choice(ids)], line["title"], False, name, "title"))
    turns = [
        line for line in _lines(data / "quality" / "faith_begin_wow.jsonl.gz") if len(line.get("question") or "") > 20
    ]
    for line in draw.sample(turns, 700):
        found.append(Pair("relevance", line["context"], line["question"], True, "begin_wow"))
        found.append(Pair("relevance", draw.choice(turns)["context"], line["question"], False, "begin_wow"))
    licences = {"begin_wow": "CC-BY-4.0"}
    found = [pair._replace(licence=licences.get(pair.source, "BSD-3-Clause")) for pair in found]
    return drawn(found, SIZES["relevance"], draw)


def drawn(found: Sequence[Pair], most: int, draw: random.Random) -> list[Pair]:
    """At most so many, as many of each label as there are, or half and half."""
    right = [pair for pair in found if pair.label]
    wrong = [pair for pair in found if not pair.label]
    half = min(most // 2, len(right), len(wrong))
    few, many = (right, wrong) if len(right) < len(wrong) else (wrong, right)
    take = min(len(few), max(half, most // 2))
    return draw.sample(few, take) + draw.sample(many, min(len(many), most - take))


def read(path: Path) -> Iterator[TrainingRow]:
    """The rows of one file."""
    decoder = msgspec.json.Decoder(TrainingRow)
    with path.open("rb") as file:
        yield from map(decoder.decode, file)


def _lines(path: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)
