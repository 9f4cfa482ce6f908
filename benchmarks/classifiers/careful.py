"""Careful: the second tier at its shipped threshold on texts nothing was trained on, and what a judgement costs.

Needs onnxruntime. `probabilities` gives other benchmarks the careful column for their own rows. What the tier does on a
source left out of its training needs a run each: `scripts/encoder/train.py --fold`, then `scripts/encoder/evaluate.py`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path

from benchmarks.classifiers.common import Table, load, median_cpu

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.classifiers.careful import UNSURE, CarefulClassifier, TieredClassifier
from gonogo.contracts import Classifier, Example
from gonogo.features import Reader, StaticEmbedder
from gonogo.features.encoder import careful_encoder
from gonogo.statistics import Rate

HARMLESS = {
    "cache_qqp_dev": ("text1", 600), "rel_wikiqa_train": ("answer", 400), "ret_xquad_en": ("text", 240),
    "faith_begin_tc_cmu": ("context", 150),
}  # fmt: skip
"""Field and number of texts of sets marked EVAL; people asked or wrote them without meaning harm, a few may be rude."""
BANDS = ((0.05, 0.95), (0.1, 0.9), (0.2, 0.8))
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


@cache
def shipped_fast(name: str) -> LinearClassifier:
    """The shipped fast classifier of that name."""
    return LinearClassifier(read_folder(SHIPPED / name), feature_set(name))


def both(name: str) -> TieredClassifier:
    """The two tiers with the band that is recommended."""
    return TieredClassifier(shipped_fast(name), careful(name), UNSURE[name])


def tables(data: Path, seed: int) -> list[Table]:
    return [alarms(data, seed), asked(data, seed), cost()]


def alarms(data: Path, seed: int) -> Table:
    """How often harmless texts are called toxic, each tier at its shipped threshold; Wilson's 95 % interval."""
    fast, tiers = shipped_fast("toxicity"), both("toxicity")
    table = Table(
        title="Toxicity on harmless texts, called toxic", columns=("texts", "n", "fast", "careful", "both tiers")
    )
    for name, texts in _harmless(data, seed):
        examples = [Example(text=READER.read(text)) for text in texts]
        judges: list[Classifier] = [fast, careful("toxicity"), tiers]
        rates = [Rate(hits=sum(judge.judge(one).positive for one in examples), total=len(texts)) for judge in judges]
        cells = [f"{rate.value:.4f} [{rate.wilson().low:.4f}, {rate.wilson().high:.4f}]" for rate in rates]
        table.rows.append((name, str(len(texts)), *cells))
    return table


def _harmless(data: Path, seed: int) -> Iterator[tuple[str, list[str]]]:
    for name, (field, most) in HARMLESS.items():
        texts = sorted({str(row[field]) for row in load(data, name) if row.get("kind") != "query" and row.get(field)})
        yield name, random.Random(seed).sample(texts, min(most, len(texts)))


def asked(data: Path, seed: int) -> Table:
    """How often the fast classifier is unsure on harmless texts, so that the careful one would be asked."""
    fast = shipped_fast("toxicity")
    table = Table(title="How often careful toxicity is asked", columns=("texts", "n", *(f"{a}-{b}" for a, b in BANDS)))
    for name, texts in _harmless(data, seed):
        found = [fast.judge(Example(text=READER.read(text))).probability for text in texts]
        shares = [Rate(hits=sum(low <= one <= high for one in found), total=len(found)) for low, high in BANDS]
        cells = [f"{rate.value:.3f} [{rate.wilson().low:.3f}, {rate.wilson().high:.3f}]" for rate in shares]
        table.rows.append((name, str(len(texts)), *cells))
    return table


def cost() -> Table:
    """Median CPU of one judgement on one thread, graphs loaded."""
    table = Table(title="CPU of one careful judgement, one thread", columns=("text", "median ms"))
    for title, text in (("11 words", COMMENT), ("500 words", f"{COMMENT} " * 45)):
        taken = median_cpu(partial(careful("toxicity").judge, Example(text=READER.read(text))), 40)
        table.rows.append((title, f"{taken / 1000:.1f}"))
    table.notes.append(f"Load of the machine meanwhile (1 minute): {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.")
    return table
