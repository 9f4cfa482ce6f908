"""Statistics: pure numbers. Intervals, tests, e-values and corrections that every decision of gonogo rests on.

Here: functions of plain numbers; no clock, no file, no hidden randomness (seeds are arguments).
Not here: what a decision is made from (``gate``, ``monitoring``), where its numbers come from (``evaluation``).
Importing this package does not import numpy; the functions that resample do when they are called.
"""

from gonogo.statistics.intervals import Interval
from gonogo.statistics.paired import (
    ChiSquare,
    NonInferiority,
    PairedCounts,
    mcnemar_better,
    mcnemar_chi_square,
    mcnemar_exact,
    mcnemar_mid_p,
    mcnemar_worse,
    newcombe_interval,
    tango_interval,
    tango_noninferiority,
)
from gonogo.statistics.power import (
    RepeatsAdvice,
    TasksNeeded,
    connor_sample_size,
    noninferiority_sample_size,
    repeats_advice,
    smallest_passing_set,
    smallest_visible_margin,
    tasks_needed,
    tasks_needed_for,
    unpaired_sample_size,
)
from gonogo.statistics.rates import Rate, zero_failure_bound

__all__ = [
    "ChiSquare",
    "Interval",
    "NonInferiority",
    "PairedCounts",
    "Rate",
    "RepeatsAdvice",
    "TasksNeeded",
    "connor_sample_size",
    "mcnemar_better",
    "mcnemar_chi_square",
    "mcnemar_exact",
    "mcnemar_mid_p",
    "mcnemar_worse",
    "newcombe_interval",
    "noninferiority_sample_size",
    "repeats_advice",
    "smallest_passing_set",
    "smallest_visible_margin",
    "tango_interval",
    "tango_noninferiority",
    "tasks_needed",
    "tasks_needed_for",
    "unpaired_sample_size",
    "zero_failure_bound",
]
