"""Conformal: a score watched for a change without knowing its distribution.

Here: the rank of each new score among earlier ones of the same topic, bets on those ranks, a detector over the bets.
Not here: what is scored and how topics are found (``monitoring``), yes/no flags (``detectors``).

While scores are exchangeable within their topic, ranks are independent and uniform whatever the scores' distribution
and however the mix of topics moves over the day (Vovk et al. 2021, arXiv 2102.10439; Mondrian taxonomies: Vovk,
Gammerman and Shafer 2005, section 4.5). The price: a lasting change is learnt in time, small ones before they are
noticed; flags are not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

from gonogo.statistics.arguments import count, finite, positive
from gonogo.statistics.detectors import ShiryaevRoberts

_TILTS = (-0.9, -0.5, 0.5, 0.9)
_POWERS = (0.3, 0.6)
_BETS = len(_TILTS) + 2 * len(_POWERS)
_EDGE = 1e-12


@dataclass(slots=True, kw_only=True)
class RankMartingale:
    """Detector over within-topic ranks of one score.

    ``seed`` breaks ties and smooths ranks, reproducibly. ``capacity`` bounds the scores kept per topic: beyond it the
    set stays as it is, and the guarantee holds up to the error of a reference of that size. ``freeze_above`` stops
    learning while evidence stands above it, which keeps a change from diluting the reference; useful, but the
    guarantee is then approximate.
    """

    seed: int = 0
    capacity: int = 20_000
    freeze_above: float | None = None
    scores: dict[str, list[float]] = field(default_factory=dict)
    ranked: int = 0
    detector: ShiryaevRoberts = field(default_factory=lambda: ShiryaevRoberts(bets=_BETS))

    def __post_init__(self) -> None:
        count("seed", self.seed)
        count("capacity", self.capacity, least=1)
        count("ranked", self.ranked)
        if self.freeze_above is not None:
            positive("freeze_above", self.freeze_above)
        if self.detector.bets != _BETS:
            raise ValueError(f"detector must have {_BETS} bets, not {self.detector.bets}")

    def learn(self, score: float, topic: str = "") -> None:
        """Add a reference score without betting on it."""
        known = self.scores.setdefault(topic, [])
        if len(known) < self.capacity:
            insort(known, finite("score", score))

    def rank(self, score: float, topic: str = "") -> float:
        """Smoothed rank in (0, 1) among the scores known for ``topic``: near 0 low, near 1 high. Changes nothing."""
        known = self.scores.get(topic, [])
        below, up_to = bisect_left(known, finite("score", score)), bisect_right(known, score)
        return (below + _uniform(self.seed, self.ranked) * (up_to - below + 1)) / (len(known) + 1)

    def update(self, score: float, topic: str = "") -> float:
        """Take in one score; returns the evidence of a change (compare with a threshold, see `evidence_needed`)."""
        rank = self.rank(score, topic)
        self.ranked += 1
        evidence = self.detector.update(rank_bets(rank))
        if self.freeze_above is None or evidence <= self.freeze_above:
            self.learn(score, topic)
        return evidence

    @property
    def evidence(self) -> float:
        """Evidence so far."""
        return self.detector.evidence

    @property
    def started_at(self) -> int:
        """Likeliest first score after the change, counted from 0 since the last restart."""
        return self.detector.started_at

    def restart(self, *, forget: bool = False) -> None:
        """Drop the evidence; with ``forget`` the known scores as well, for a new baseline."""
        self.detector.restart()
        if forget:
            self.scores.clear()


def rank_bets(rank: float) -> list[float]:
    """What a rank in [0, 1] multiplies eight bets by; each has mean at most 1 over uniform ranks.

    Tilted lines 1 + k (2u - 1) for drift of the whole, powers e u^(e-1) and mirrored for either tail (arXiv
    2102.10439).
    """
    if not 0.0 <= rank <= 1.0:
        raise ValueError(f"rank must lie in [0, 1], not {rank!r}")
    # The powers are unbounded at the ends; cutting them there only lowers their mean.
    inner = min(1.0 - _EDGE, max(_EDGE, rank))
    lines = [1.0 + tilt * (2.0 * inner - 1.0) for tilt in _TILTS]
    tails = [power * end ** (power - 1.0) for power in _POWERS for end in (inner, 1.0 - inner)]
    return lines + tails


def _uniform(seed: int, place: int) -> float:
    """A number in (0, 1) for each place, so that the state is a counter: SplitMix64 (Steele, Lea and Flood 2014)."""
    mask = (1 << 64) - 1
    mixed = (seed * 0x2545F4914F6CDD1D + (place + 1) * 0x9E3779B97F4A7C15) & mask
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
    return (((mixed ^ (mixed >> 31)) >> 11) + 0.5) / 2.0**53
