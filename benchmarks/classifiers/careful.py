"""Careful: the second tier at its shipped threshold on texts nothing was trained on, and what a judgement costs.

Needs onnxruntime. `probabilities` gives other benchmarks the careful column for their own rows. What the tier does on a
source left out of its training needs a run each: `scripts/encoder/train.py --fold`, then `scripts/encoder/evaluate.py`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

from benchmarks.classifiers.common import Table, load, median_cpu

from gonogo.classifiers import SHIPPED, read_folder
from gonogo.classifiers.careful import CarefulClassifier
from gonogo.contracts import Example
from gonogo.features import Reader, StaticEmbedder
from gonogo.features.encoder import careful_encoder
from gonogo.statistics import Rate

HARMLESS = {
    "cache_qqp_dev": ("text1", 1000), "rel_wikiqa_train": ("answer", 600), "ret_xquad_en": ("text", 240),
    "faith_begin_tc_cmu": ("context", 150),
}  # fmt: skip
"""Field and number of texts of sets marked EVAL; people asked or wrote them without meaning harm, a few may be rude."""
COMMENT = "You should be ashamed of what you did to your neighbours."
READER = Reader(StaticEmbedder(), remember=0)


@cache
def careful(name: str) -> CarefulClassifier:
    """The shipped careful classifier of that name, such as ``toxicity``."""
    weights = read_folder(SHIPPED / f"{name}-careful")
    return CarefulClassifier(weights, careful_encoder(weights.card.features))


def probabilities(name: str, examples: Iterable[Example]) -> list[float]:
    """The careful probability of each example, some ten milliseconds each."""
    return [careful(name).judge(example).probability for example in examples]


def tables(data: Path, seed: int) -> list[Table]:
    return [alarms(data, seed), cost()]


def alarms(data: Path, seed: int) -> Table:
    """How often harmless texts are called toxic at the shipped threshold; Wilson's 95 % interval."""
    table = Table(title="Careful toxicity on harmless texts", columns=("texts", "n", "called toxic", "interval"))
    threshold = careful("toxicity").card.threshold.value
    for name, (field, most) in HARMLESS.items():
        texts = sorted({str(row[field]) for row in load(data, name) if row.get("kind") != "query" and row.get(field)})
        texts = random.Random(seed).sample(texts, min(most, len(texts)))
        found = probabilities("toxicity", (Example(text=READER.read(text)) for text in texts))
        rate = Rate(hits=sum(one >= threshold for one in found), total=len(found))
        interval = rate.wilson()
        table.rows.append((name, str(rate.total), str(rate.hits), f"[{interval.low:.3f}, {interval.high:.3f}]"))
    return table


def cost() -> Table:
    """Median CPU of one judgement on one thread, graphs loaded."""
    table = Table(title="CPU of one careful judgement, one thread", columns=("text", "median ms"))
    for title, text in (("11 words", COMMENT), ("500 words", f"{COMMENT} " * 45)):
        taken = median_cpu(partial(careful("toxicity").judge, Example(text=READER.read(text))), 40)
        table.rows.append((title, f"{taken / 1000:.1f}"))
    table.notes.append(f"Load of the machine meanwhile (1 minute): {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.")
    return table
