"""ClassifierCard: what is known of one trained classifier - what it was made from, how good it is, what it cost.

Here: the nouns that travel with weights (card, data, measures, slices, bias). Missing is ``None`` and says why; no bare
rate: every measure carries its interval and its count.
Not here: weights and what they compute (``classifiers``), making and comparing them (``training``).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gonogo.digest import Digest, digest_of, digest_of_bytes

ClassifierForm = Literal["linear", "trees", "encoder"]
"""``linear``: named features, hashed n-grams and an embedding through one logistic unit. ``trees``: boosted trees.
``encoder``: the vector of a pair of texts through one logistic unit."""
CARD_FORMAT = 1


class Measure(Struct, frozen=True, kw_only=True):
    """One measured quantity with its 95 % interval. ``value`` is ``None`` where nothing can be said; ``note`` says why.

    ``n`` counts the rows it rests on.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    note: str = ""


class DataSource(Struct, frozen=True, kw_only=True):
    """One source of training rows. ``licence`` as its owner names it."""

    name: str
    rows: int
    positives: int
    licence: str = ""


class DataFingerprint(Struct, frozen=True, kw_only=True):
    """What a classifier was trained on, without the rows. ``digest`` does not depend on the order of rows."""

    digest: Digest
    rows: int
    positives: int
    sources: tuple[DataSource, ...] = ()


class Threshold(Struct, frozen=True, kw_only=True):
    """Probability from which a text counts as positive, fixed before any test.

    ``target`` is the false-positive rate it was set for; ``false_positives`` what it gave on ``negatives`` rows.
    """

    value: float
    target: float
    false_positives: Measure
    negatives: str = ""


class Slice(Struct, frozen=True, kw_only=True):
    """How a classifier does on one part of the rows, such as ``language: de``; ``dimension`` is the first half."""

    dimension: str
    name: str
    rows: int
    positives: int
    measures: dict[str, Measure] = {}


class IdentityGap(Struct, frozen=True, kw_only=True):
    """How a probability moves when only a group term of a sentence is exchanged.

    ``flip_rate``: share of sentences that change sides; ``score_gap``: largest difference of mean probability between
    two terms, which ``highest`` and ``lowest`` name.
    """

    terms: int
    sentences: int
    flip_rate: Measure
    score_gap: Measure
    highest: str = ""
    lowest: str = ""


class TrainingCost(Struct, frozen=True, kw_only=True):
    """What training took. ``peak_memory`` in bytes. Never part of a digest."""

    cpu_seconds: float
    wall_seconds: float
    gpu_hours: float = 0.0
    peak_memory: int = 0


class ClassifierCard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``card.json`` beside ``weights.safetensors``.

    ``digest`` covers weights, features, calibration and threshold: same data and seed, same digest. ``features`` names
    the feature set with its version, ``code`` is the digest of the code that computes it. ``measures`` are taken on
    ``tested_on`` rows that took no part in training. ``importance`` is, by column of a tabular classifier, how much
    worse the probabilities get (log loss) when that column is shuffled.
    """

    name: str
    digest: Digest
    form: ClassifierForm
    features: str
    code: Digest
    seed: int
    created_at: float
    data: DataFingerprint
    threshold: Threshold
    parent: Digest | None = None
    measures: dict[str, Measure] = {}
    tested_on: str = ""
    slices: tuple[Slice, ...] = ()
    identity: IdentityGap | None = None
    label_noise: Measure | None = None
    importance: dict[str, Measure] = {}
    cost: TrainingCost | None = None
    note: str = ""
    format: int = CARD_FORMAT


def weights_digest(name: str, form: str, features: str, threshold: float, content: bytes) -> Digest:
    """Over everything that shapes a judgement, and nothing that does not (dates, measures, cost).

    Args:
        features: feature set and version, as ``toxicity/1``.
        threshold: probability from which a text counts as positive.
        content: of ``weights.safetensors``.
    """
    shaping = {"name": name, "form": form, "features": features, "threshold": threshold}
    return digest_of({**shaping, "weights": digest_of_bytes(content)})


class TrainingRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One labelled example, as a line of JSON.

    ``against`` as in ``Example``; ``group`` keeps rows that belong together (one context, one intent) on one side of
    every split; ``slices`` names the parts it is reported under (``language: de``); ``at`` is when the text was seen,
    seconds since 1970, 0 where unknown; ``weight`` multiplies its loss.
    """

    text: str
    label: bool
    against: tuple[str, ...] = ()
    context: dict[str, float] = {}
    source: str = ""
    group: str = ""
    licence: str = ""
    slices: dict[str, str] = {}
    at: float = 0.0
    weight: float = 1.0
