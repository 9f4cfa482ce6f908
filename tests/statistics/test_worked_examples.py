"""Every number that the design of the gate rests on, in one table: what was worked out by hand is computed here.

The modules beside this one test behaviour; here nothing is left out. Sections are those of the design's report on
evaluation; figures that others gave (scipy's Wilcoxon) have no function of ours and stand at the end.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import lru_cache

import pytest
from scipy.stats import wilcoxon

from gonogo.judging.measures import average_precision
from gonogo.statistics import (
    EARLY_GO_EVIDENCE,
    EARLY_NO_GO_EVIDENCE,
    FINAL_ALPHA,
    PairedCounts,
    Rate,
    benjamini_hochberg,
    bootstrap_mean,
    cohen_kappa,
    connor_sample_size,
    geometric_mean_ratio,
    holm,
    mcnemar_better,
    mcnemar_chi_square,
    mcnemar_exact,
    mcnemar_mid_p,
    mcnemar_worse,
    newcombe_interval,
    noninferiority_e_value,
    noninferiority_sample_size,
    obrien_fleming,
    pass_at_k,
    pass_every_k,
    prediction_powered_mean,
    regression_e_value,
    repeats_advice,
    rogan_gladen,
    sign_flip_test,
    smallest_visible_margin,
    standard_error,
    t_interval,
    t_test,
    tango_interval,
    tango_noninferiority,
    tasks_needed,
    unpaired_sample_size,
    zero_failure_bound,
)
from gonogo.statistics.special import binomial_at_least, normal_quantile

Row = tuple[str, str, Callable[[], float], float, float]
"""(section, what, how, worked out, tolerance)."""

CLUSTERED = [1, 1, 0, 1, 0, 0, 0, 0, 1]
CLUSTERS = "aaabbcccc"
GRADED = [0.1, -0.05, 0, 0.2, 0.15, -0.1, 0.05, 0, 0.3, -0.02]
BASE, CAND = [1, 1.2, 0.9, 1.1, 1, 2], [1.1, 1.25, 0.95, 1, 1.2, 2.1]
P_VALUES = [0.001, 0.008, 0.012, 0.03, 0.04, 0.2, 0.6]
LABELS, JUDGED = [1, 0, 1, 1, 0, 1], [1, 1, 1, 1, 0, 1]
UNLABELLED = [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0]


def pairs(both: int, mended: int, broke: int, neither: int) -> PairedCounts:
    return PairedCounts(both=both, candidate_only=mended, baseline_only=broke, neither=neither)


def discordant(mended: int, broke: int) -> PairedCounts:
    return pairs(0, mended, broke, 0)


def any_flip(flake: float) -> float:
    """Chance that one of 300 tasks breaks by a flake alone."""
    return 1 - (1 - flake) ** 300


def lower_by_chance(discordance: float) -> float:
    """Chance that an identical candidate passes fewer of 300 tasks than its baseline."""
    change = [math.comb(300, n) * discordance**n * (1 - discordance) ** (300 - n) for n in range(301)]
    tie = math.fsum(p * math.comb(n, n // 2) / 2**n for n, p in enumerate(change) if n % 2 == 0)
    return (1 - tie) / 2


def relative_variance(repeats: int) -> float:
    """w2 = 1/9 and s2 = 1/6 on each side."""
    return type(repeats_advice([[0, 1], [1, 0]], [[0, 1], [0, 1]]))(1 / 9, 1 / 6, 1 / 6).relative_variance(repeats)


def section_1() -> list[Row]:
    return [
        ("1", "context precision of [1, 0, 1]", lambda: average_precision([True, False, True]), 0.8333, 5e-5),
        ("1", "context precision of [0, 0, 1]", lambda: average_precision([False, False, True]), 0.3333, 5e-5),
        ("1", "pass@2 of 3 in 5", lambda: pass_at_k(3, 5, 2), 0.9, 1e-9),
        ("1", "pass^2 of 3 in 5", lambda: pass_every_k(3, 5, 2), 0.3, 1e-9),
    ]


def section_4_1() -> list[Row]:
    return [
        ("4.1", "red by chance at 1 % flake", lambda: any_flip(0.01), 0.951, 5e-4),
        ("4.1", "red by chance at 2 % flake", lambda: any_flip(0.02), 0.998, 5e-4),
        ("4.1", "red by chance at 0.5 % flake", lambda: any_flip(0.005), 0.778, 5e-4),
        ("4.1", "identical blocked at 10 % discordance", lambda: lower_by_chance(0.10), 0.463, 1e-3),
        ("4.1", "identical blocked at 5 % discordance", lambda: lower_by_chance(0.05), 0.448, 1e-3),
        (
            "4.1",
            "b=3, c=12 misses five points",
            lambda: tango_noninferiority(pairs(255, 3, 12, 30), 0.05).p,
            0.083,
            5e-4,
        ),
    ]


def section_4_2() -> list[Row]:
    error = standard_error(CLUSTERED, CLUSTERS)
    return [
        ("4.2", "mean", lambda: sum(CLUSTERED) / 9, 0.444444, 6e-7),
        ("4.2", "naive", lambda: error.naive, 0.175682, 6e-7),
        ("4.2", "clustered", lambda: error.clustered or 0.0, 0.140220, 6e-7),
        ("4.2", "without G/(G-1)", lambda: (error.clustered or 0.0) * math.sqrt(2 / 3), 0.114489, 6e-7),
        *(
            ("4.2", f"relative variance K={k}", lambda k=k: relative_variance(k), worked, 1e-9)
            for k, worked in ((1, 1.0), (2, 0.625), (4, 0.4375), (8, 0.34375))
        ),
    ]


def section_4_3() -> list[Row]:
    rows: list[Row] = []
    for b, c, exact, one_sided, mid, statistic, p in (
        (12, 3, 0.035156, 0.017578, 0.021271, 4.2667, 0.038867),
        (5, 0, 0.062500, 0.031250, 0.031250, 3.2000, 0.073638),
        (6, 0, 0.031250, 0.015625, 0.015625, 4.1667, 0.041227),
        (8, 1, 0.039062, 0.019531, 0.021484, 4.0000, 0.045500),
        (15, 5, 0.041389, 0.020695, 0.026604, 4.0500, 0.044171),
        (25, 10, 0.016674, 0.008337, 0.011331, 5.6000, 0.017960),
        (9, 9, 1, 0.592735, 1, 0.0556, 0.813664),
        (3, 12, 0.035156, 0.996307, 0.021271, 4.2667, 0.038867),
    ):
        counts = discordant(b, c)
        rows += [
            ("4.3", f"exact {b},{c}", lambda counts=counts: mcnemar_exact(counts), exact, 6e-7),
            ("4.3", f"one-sided {b},{c}", lambda counts=counts: mcnemar_better(counts), one_sided, 6e-7),
            ("4.3", f"mid-p {b},{c}", lambda counts=counts: mcnemar_mid_p(counts), mid, 6e-7),
            ("4.3", f"chi2 {b},{c}", lambda counts=counts: mcnemar_chi_square(counts).statistic, statistic, 6e-5),
            ("4.3", f"chi2 p {b},{c}", lambda counts=counts: mcnemar_chi_square(counts).p, p, 6e-7),
        ]
    for table, d, wald, tango, newcombe, z, p in (
        ((265, 12, 3, 20), 0.03, 0.012793, (0.00539, 0.05997), (0.00364, 0.05903), 4.6563, 0.000002),
        ((280, 5, 5, 10), 0.0, 0.010541, (-0.02400, 0.02400), (-0.02435, 0.02435), 3.3691, 0.000377),
        ((270, 4, 10, 16), -0.02, 0.012419, (-0.04875, 0.00508), (-0.04824, 0.00617), 2.0302, 0.021169),
        ((255, 3, 12, 30), -0.03, 0.012793, (-0.05997, -0.00539), (-0.05843, -0.00361), 1.3860, 0.082874),
        ((36, 12, 2, 0), 0.2, 0.069282, (0.06111, 0.34471), (0.05693, 0.34043), 3.1969, 0.000695),
    ):
        counts, name = pairs(*table), ",".join(map(str, table))
        rows += [
            ("4.3", f"D {name}", lambda counts=counts: counts.difference or 0.0, d, 1e-9),
            ("4.3", f"Wald {name}", lambda counts=counts: counts.wald_error or 0.0, wald, 6e-7),
            ("4.3", f"Tango low {name}", lambda counts=counts: tango_interval(counts).low, tango[0], 6e-6),
            ("4.3", f"Tango high {name}", lambda counts=counts: tango_interval(counts).high, tango[1], 6e-6),
            ("4.3", f"Newcombe low {name}", lambda counts=counts: newcombe_interval(counts).low, newcombe[0], 6e-6),
            ("4.3", f"Newcombe high {name}", lambda counts=counts: newcombe_interval(counts).high, newcombe[1], 6e-6),
            ("4.3", f"z {name}", lambda counts=counts: tango_noninferiority(counts, 0.05).z, z, 6e-5),
            ("4.3", f"p {name}", lambda counts=counts: tango_noninferiority(counts, 0.05).p, p, 6e-7),
        ]
    for hits, total, low, high in ((270, 300, 0.86083, 0.92905), (297, 300, 0.97102, 0.99659), (0, 30, 0, 0.11351)):
        rate = Rate(hits=hits, total=total)
        rows += [
            ("4.3", f"Wilson low {hits}/{total}", lambda rate=rate: rate.wilson().low, low, 6e-6),
            ("4.3", f"Wilson high {hits}/{total}", lambda rate=rate: rate.wilson().high, high, 6e-6),
        ]
    clopper = Rate(hits=270, total=300)
    return [
        *rows,
        ("4.3", "Clopper-Pearson low", lambda: clopper.clopper_pearson().low, 0.86033, 6e-6),
        ("4.3", "Clopper-Pearson high", lambda: clopper.clopper_pearson().high, 0.93151, 6e-6),
        ("4.3", "no failure in 300", lambda: zero_failure_bound(300), 0.009936, 6e-7),
        ("4.3", "no failure in 30", lambda: zero_failure_bound(30), 0.095034, 6e-7),
    ]


def section_4_4() -> list[Row]:
    return [
        ("4.4", "mean", lambda: math.fsum(GRADED) / 10, 0.063, 1e-9),
        ("4.4", "SE", lambda: standard_error(GRADED).value, 0.0391876, 6e-8),
        ("4.4", "t", lambda: t_test(GRADED).t or 0.0, 1.607652, 6e-7),
        ("4.4", "p", lambda: t_test(GRADED).p or 0.0, 0.142373, 6e-7),
        ("4.4", "t low", lambda: t_interval(GRADED).low, -0.025648, 6e-7),
        ("4.4", "t high", lambda: t_interval(GRADED).high, 0.151648, 6e-7),
        ("4.4", "sign flips", lambda: sign_flip_test(GRADED).p, 0.171875, 1e-9),
        ("4.4", "sign flips one-sided", lambda: sign_flip_test(GRADED, alternative="greater").p, 0.0859375, 1e-9),
        # Other draws than scipy's, so that only two digits agree.
        ("4.4", "BCa low", lambda: bootstrap_mean(GRADED).interval.low, -0.0020, 4e-3),
        ("4.4", "BCa high", lambda: bootstrap_mean(GRADED).interval.high, 0.1450, 4e-3),
        ("4.4", "ratio", lambda: geometric_mean_ratio(BASE, CAND).ratio, 1.055837, 6e-7),
        ("4.4", "upper bound of the ratio", lambda: geometric_mean_ratio(BASE, CAND).upper, 1.137148, 6e-7),
    ]


def section_4_5() -> list[Row]:
    rows: list[Row] = []
    for psi, detect, show, visible in (
        (0.05, {0.02: 771, 0.03: 342, 0.05: 122}, {0.02: 773, 0.03: 344, 0.05: 124}, 3.2),
        (0.10, {0.02: 1544, 0.03: 685, 0.05: 246, 0.10: 60}, {0.02: 1546, 0.03: 687, 0.05: 248}, 4.5),
        (0.20, {0.02: 3090, 0.03: 1372, 0.05: 493, 0.10: 122}, {0.02: 3092, 0.03: 1374, 0.05: 495}, 6.4),
    ):
        rows += [
            ("4.5", f"detect {d} at {psi}", lambda d=d, psi=psi: connor_sample_size(d, psi), n, 0)
            for d, n in detect.items()
        ]
        rows += [
            ("4.5", f"show {m} at {psi}", lambda m=m, psi=psi: noninferiority_sample_size(m, psi), n, 0)
            for m, n in show.items()
        ]
        rows.append(
            ("4.5", f"visible at {psi}", lambda psi=psi: 100 * smallest_visible_margin(300, psi), visible, 0.05)
        )
    return [
        *rows,
        ("4.5", "unpaired", lambda: unpaired_sample_size(0.90, 0.87), 1772, 0),
        ("4.5", "paired, two-sided", lambda: connor_sample_size(0.03, 0.10, 0.025), 870, 0),
    ]


def section_4_6() -> list[Row]:
    by_holm = (0.007, 0.048, 0.06, 0.12, 0.12, 0.4, 0.6)
    by_bh = (0.007, 0.028, 0.028, 0.0525, 0.056, 0.23333, 0.6)
    return [
        *(("4.6", f"Holm {n}", lambda n=n: holm(P_VALUES)[n], worked, 1e-9) for n, worked in enumerate(by_holm)),
        *(
            ("4.6", f"BH {n}", lambda n=n: benjamini_hochberg(P_VALUES)[n], worked, 4e-6)
            for n, worked in enumerate(by_bh)
        ),
    ]


def section_4_7() -> list[Row]:
    rows: list[Row] = []
    for margin, b, c, ties, worked in (
        (0.05, 0, 0, 0, 1), (0.05, 0, 0, 50, 4.66489), (0.05, 2, 2, 96, 5.26173), (0.05, 5, 5, 190, 20.88219),
        (0.05, 8, 8, 284, 94.39553), (0.05, 3, 12, 285, 1.25146), (0.02, 5, 5, 290, 2.64244),
        (0.02, 10, 5, 485, 203.03664),
    ):  # fmt: skip
        counts = pairs(ties, b, c, 0)
        rows.append((
            "4.7", f"as good {margin} {b},{c},{ties}",
            lambda counts=counts, margin=margin: noninferiority_e_value(counts, margin), worked, 6e-6,
        ))  # fmt: skip
    for b, c, worked in (
        (1, 0, 1.5), (5, 0, 10.5), (6, 0, 18.14286), (8, 1, 11.25556), (12, 3, 8.90646), (15, 3, 33.74149),
        (20, 5, 48.52045), (9, 9, 0.28377), (3, 12, 0.09574),
    ):  # fmt: skip
        # Roles swapped for "worse": b broke.
        rows.append(("4.7", f"worse {b},{c}", lambda b=b, c=c: regression_e_value(discordant(c, b)), worked, 6e-6))
    for looks, bounds in ((3, (2.960, 2.093, 1.709)), (5, (3.921, 2.772, 2.264, 1.960, 1.753))):
        rows += [
            # Two million simulated paths: good to some thousandths.
            ("4.7", f"O'Brien-Fleming {looks}.{n}", lambda looks=looks, n=n: obrien_fleming(looks)[n], z, 8e-3)
            for n, z in enumerate(bounds)
        ]
    return [
        *rows,
        ("4.7", "early GO", lambda: EARLY_GO_EVIDENCE, 100, 0),
        ("4.7", "early NO-GO", lambda: EARLY_NO_GO_EVIDENCE, 20, 0),
        ("4.7", "at the end", lambda: FINAL_ALPHA, 0.04, 0),
    ]


def section_4_8() -> list[Row]:
    rows: list[Row] = []
    for table, kappa, low, high in (
        ([[45, 5], [10, 40]], 0.7, 0.560732, 0.839268),
        ([[180, 5], [10, 5]], 0.361702, 0.110230, 0.613174),
    ):
        rows += [
            ("4.8", f"kappa {table}", lambda table=table: cohen_kappa(table).value, kappa, 6e-7),
            ("4.8", f"kappa low {table}", lambda table=table: cohen_kappa(table).interval.low, low, 6e-7),
            ("4.8", f"kappa high {table}", lambda table=table: cohen_kappa(table).interval.high, high, 6e-7),
        ]
    powered = prediction_powered_mean(LABELS, JUDGED, UNLABELLED, tuning=1.0)
    tuned = prediction_powered_mean(LABELS, JUDGED, UNLABELLED)
    alone = prediction_powered_mean(LABELS, JUDGED, UNLABELLED, tuning=0.0)
    return [
        *rows,
        ("4.8", "SE of kappa", lambda: cohen_kappa([[45, 5], [10, 40]]).standard_error, 0.071056, 6e-7),
        ("4.8", "Rogan-Gladen", lambda: rogan_gladen(0.82, 0.9, 0.8), 0.885714, 6e-7),
        ("4.8", "PPI", lambda: powered.value, 0.583333, 6e-7),
        ("4.8", "SE of PPI", lambda: powered.standard_error, 0.211715, 6e-7),
        ("4.8", "lambda of PPI++", lambda: tuned.tuning, 0.485714, 6e-7),
        ("4.8", "PPI++", lambda: tuned.value, 0.626190, 6e-7),
        ("4.8", "SE of PPI++", lambda: tuned.standard_error, 0.182844, 6e-7),
        ("4.8", "labels alone", lambda: alone.value, 0.666667, 6e-7),
        ("4.8", "SE of labels alone", lambda: alone.standard_error, 0.210819, 6e-7),
    ]


def section_4_10() -> list[Row]:
    refunds = mcnemar_worse(discordant(0, 9))
    reach = (normal_quantile(0.95) + normal_quantile(0.8)) ** 2
    psi, d = 0.10, -0.01
    wald = normal_quantile(0.95) * math.sqrt((psi - d * d) / 128)
    needed = tasks_needed(done=128, difference=d, variance=psi - d * d, margin=0.05)
    assert needed is not None
    return [
        ("4.10", "9 broke, 0 mended", lambda: refunds, 0.00195, 6e-6),
        ("4.10", "Holm over 5 slices", lambda: holm([refunds, 0.5, 0.5, 0.5, 0.5])[0], 0.0098, 6e-5),
        ("4.10", "(z_a + z_b)^2", lambda: reach, 6.1826, 6e-5),
        ("4.10", "tasks in all", lambda: needed.total, 386, 1),
        ("4.10", "tasks more", lambda: needed.more, 260, 3),
        ("4.10", "90 % on 128 tasks, low", lambda: d - wald, -0.056, 6e-4),
        ("4.10", "90 % on 128 tasks, high", lambda: d + wald, 0.036, 6e-4),
    ]


ROWS = [
    *section_1(), *section_4_1(), *section_4_2(), *section_4_3(), *section_4_4(), *section_4_5(), *section_4_6(),
    *section_4_7(), *section_4_8(), *section_4_10(),
]  # fmt: skip


@pytest.mark.parametrize(("section", "what", "how", "worked", "tolerance"), ROWS, ids=[f"{a} {b}" for a, b, *_ in ROWS])
def test_it_is_as_worked_out(
    section: str, what: str, how: Callable[[], float], worked: float, tolerance: float
) -> None:
    assert abs(how() - worked) <= tolerance


def test_a_budget_of_15_percent_holds_and_one_of_10_does_not() -> None:
    assert geometric_mean_ratio(BASE, CAND).within(0.15)
    assert not geometric_mean_ratio(BASE, CAND).within(0.10)


def test_exact_mcnemar_is_the_binomial_tail() -> None:
    assert mcnemar_better(discordant(25, 10)) == pytest.approx(binomial_at_least(25, 35, 0.5))


def test_the_wilcoxon_figures_are_scipys() -> None:
    """No function of ours: sign flips take its place."""
    found = wilcoxon([value for value in GRADED if value], method="exact")
    assert (float(found.statistic), float(found.pvalue)) == pytest.approx((8.0, 0.1953125), abs=1e-7)


@lru_cache(maxsize=100_000)
def evidence(mended: int, broke: int, ties: int, margin: float) -> tuple[float, float]:
    counts = pairs(ties, mended, broke, 0)
    return noninferiority_e_value(counts, margin), regression_e_value(counts)


def anytime(difference: float, psi: float, margin: float, tasks: int, draw: random.Random) -> tuple[str, int]:
    """The anytime rule alone: e of 20 either way, looked at every ten tasks."""
    mended = broke = 0
    for done in range(1, tasks + 1):
        chance = draw.random()
        mended += chance < (psi + difference) / 2
        broke += (psi + difference) / 2 <= chance < psi
        if done % 10 == 0:
            good, bad = evidence(mended, broke, done - mended - broke, margin)
            if good >= 20 or bad >= 20:
                return ("GO" if good >= 20 else "NO-GO"), done
    return "more", tasks


@pytest.mark.parametrize(
    ("difference", "psi", "margin", "tasks", "go", "no_go", "mean"),
    [
        (0.0, 0.05, 0.05, 300, 0.839, 0.012, 175),
        (0.0, 0.10, 0.05, 300, 0.565, 0.019, 218),
        (0.0, 0.10, 0.05, 600, 0.875, 0.019, 296),
        (0.02, 0.10, 0.05, 300, 0.895, 0.003, 154),
        (-0.05, 0.10, 0.05, 300, 0.018, 0.629, 212),
        (-0.05, 0.10, 0.05, 600, 0.031, 0.895, 269),
        (-0.08, 0.12, 0.05, 300, 0.000, 0.955, 133),
        (-0.15, 0.20, 0.05, 300, 0.000, 1.000, 69),
        (0.0, 0.02, 0.03, 300, 0.726, 0.001, 215),
    ],
)
def test_the_anytime_rule_alone_behaves_as_simulated(difference, psi, margin, tasks, go, no_go, mean) -> None:
    draw, rounds = random.Random(9), 500
    found = [anytime(difference, psi, margin, tasks, draw) for _ in range(rounds)]
    for outcome, rate in (("GO", go), ("NO-GO", no_go)):
        seen = sum(one == outcome for one, _ in found) / rounds
        # Four standard errors of both simulations, 500 and 1,500 runs.
        assert abs(seen - rate) <= 4 * math.sqrt(max(rate * (1 - rate), 0.002) * (1 / rounds + 1 / 1500))
    assert abs(sum(used for _, used in found) / rounds - mean) <= 25
