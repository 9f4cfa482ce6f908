"""What reading a text costs: CPU microseconds of each property of TextFeatures, of all together, and how they grow.

Texts are put together from public sentences, and a fresh object reads them each time; memories of stems and word pieces
are warm, as in a running server. Each text is read several times and its fastest reading counts, so that a busy machine
says little; the median over texts is printed. Beside it, in the same run on the same texts: scikit-learn's
``TfidfVectorizer`` (characters and words, as a classifier would use it) and, where it is installed, the ``tokenizers``
library. Nothing here is trained.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from benchmarks.classifiers.common import Table, load

from gonogo.features import SHIPPED_WEIGHTS, LazyTextFeatures, StaticEmbedder, normalise

PROPERTIES = (
    "normalised", "words", "stems", "content_words", "numbers", "entities", "negated", "vector", "buckets",
)  # fmt: skip
"""In this order, each finds what it rests on already there; ``undone`` and ``readings`` come with ``normalised``."""
LENGTHS = {20: 200, 500: 30, 5_000: 5, 50_000: 2}
"""Words of a text, and how many texts are read."""
READINGS = 5


def tables(data: Path, seed: int) -> list[Table]:
    """Costs by length, and how they grow."""
    pieces = _pieces(data, seed)
    made = {words: [_text(pieces, words, seed + place) for place in range(count)] for words, count in LENGTHS.items()}
    warm = [_text(pieces, 2_000, -1 - seed), *made[5_000][:2]]
    embedder = StaticEmbedder()
    for text in warm * 2:
        _read_all(text, embedder)
    costs = {words: _costs(texts, embedder) for words, texts in made.items()}
    table = Table(
        title="Reading a text: CPU microseconds, one thread, nothing remembered of the text",
        columns=["", *(f"{words:,} words" for words in LENGTHS)],
        rows=[[name, *(f"{costs[words][name]:,.1f}" for words in LENGTHS)] for name in (*PROPERTIES, "all")],
        notes=[
            f"n = {', '.join(f'{count} texts of {words:,} words' for words, count in LENGTHS.items())}, each read "
            f"{READINGS} times. `all` is measured by itself, object included. The vector reads the first 512 pieces."
        ],
    )
    calls = {"normalised, of a text with one letter beyond ASCII": _normalised_with_an_accent, **_baselines(warm)}
    for name, call in calls.items():
        table.rows.append([name, *(f"{_median(call, texts):,.1f}" for texts in made.values())])
    return [table, _growth(costs)]


def _growth(costs: dict[int, dict[str, float]]) -> Table:
    """The exponent of cost over length: 1 is linear."""
    sizes = np.log([words for words in LENGTHS if words >= 500])
    rows = []
    for name in ("normalised", "words", "numbers", "entities", "buckets", "all"):
        slope = np.polyfit(sizes, np.log([costs[words][name] for words in LENGTHS if words >= 500]), 1)[0]
        rows.append([name, f"{slope:.2f}"])
    return Table(title="Growth from 500 to 50,000 words: exponent (1 is linear)", columns=["", "exponent"], rows=rows)


def _pieces(data: Path, seed: int) -> list[str]:
    texts = [row["text"] for row in load(data, "intent_clinc150")] + [
        row["prompt"] for row in load(data, "route_gsm8k_half")
    ]
    texts += [row["context"] for row in load(data, "faith_begin_wow")]
    random.Random(seed).shuffle(texts)
    # One kind of text at every length: other letters are read on another path, which is measured by itself.
    return [text for text in texts if text.isascii()]


def _text(pieces: list[str], words: int, seed: int) -> str:
    """So many words of sentences in another order each time."""
    source = random.Random(seed)
    found: list[str] = []
    while len(found) < words:
        found += source.choice(pieces).split()
    return " ".join(found[:words])


def _costs(texts: list[str], embedder: StaticEmbedder) -> dict[str, float]:
    fastest: dict[str, list[int]] = {name: [] for name in (*PROPERTIES, "all")}
    for text in texts:
        taken: dict[str, list[int]] = {name: [] for name in fastest}
        for _ in range(READINGS):
            features = LazyTextFeatures(text, embedder)
            for name in PROPERTIES:
                taken[name].append(_nanoseconds(getattr, features, name))
            taken["all"].append(_nanoseconds(_read_all, text, embedder))
        for name, found in taken.items():
            fastest[name].append(min(found))
    return {name: float(np.median(found)) / 1000 for name, found in fastest.items()}


def _nanoseconds(call: Callable[..., object], *arguments: object) -> int:
    began = time.thread_time_ns()
    call(*arguments)
    return time.thread_time_ns() - began


def _read_all(text: str, embedder: StaticEmbedder) -> None:
    features = LazyTextFeatures(text, embedder)
    _ = features.normalised, features.undone, features.readings, features.words, features.stems
    _ = features.content_words, features.numbers, features.entities, features.negated, features.vector, features.buckets


def _normalised_with_an_accent(text: str) -> str:
    return normalise(f"{text} café").text


def _median(call: Callable[[str], object], texts: list[str]) -> float:
    return float(np.median([min(_nanoseconds(call, text) for _ in range(READINGS)) for text in texts])) / 1000


def _baselines(warm: list[str]) -> dict[str, Callable[[str], object]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    sentences = [" ".join(text.split()[start : start + 20]) for text in warm for start in range(0, 2_000, 20)]
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)).fit(sentences)
    words = TfidfVectorizer(ngram_range=(1, 2)).fit(sentences)
    found: dict[str, Callable[[str], object]] = {
        "scikit-learn TfidfVectorizer, characters 3-5 (buckets only)": lambda text: characters.transform([text]),
        "scikit-learn TfidfVectorizer, words 1-2 (words only)": lambda text: words.transform([text]),
    }
    if find_spec("tokenizers") is not None:
        from tokenizers import BertWordPieceTokenizer

        pieces = BertWordPieceTokenizer(str(SHIPPED_WEIGHTS / "vocab.txt"), lowercase=True)
        found["tokenizers, BERT word pieces (ids only)"] = lambda text: pieces.encode(text).ids
    return found
