"""Statistics: pure numbers. Intervals, tests, e-values and corrections that every decision of gonogo rests on.

Here: functions of plain numbers; no clock, no file, no hidden randomness (seeds are arguments).
Not here: what a decision is made from (``gate``, ``monitoring``), where its numbers come from (``evaluation``).
Importing this package does not import numpy; the functions that resample do when they are called.
"""

from gonogo.statistics.agreement import (
    Kappa,
    PredictionPowered,
    Stratum,
    cohen_kappa,
    prediction_powered_mean,
    rogan_gladen,
    rogan_gladen_estimate,
    stratified_rate,
)
from gonogo.statistics.bootstrap import (
    bootstrap_mean,
    bootstrap_quantile_difference,
)
from gonogo.statistics.conformal import (
    RankMartingale,
)
from gonogo.statistics.detectors import (
    FlagDetector,
    ShiryaevRoberts,
    average_evidence,
    evidence_needed,
)
from gonogo.statistics.evalues import (
    EARLY_GO_EVIDENCE,
    EARLY_NO_GO_EVIDENCE,
    FINAL_ALPHA,
    DifferenceBet,
    mcnemar_e_value,
    noninferiority_e_value,
    noninferiority_e_value_of,
    regression_e_value,
)
from gonogo.statistics.graded import (
    PermutationTest,
    StandardError,
    TTest,
    sign_flip_test,
    standard_error,
    t_interval,
    t_test,
)
from gonogo.statistics.intervals import (
    Estimate,
    Interval,
)
from gonogo.statistics.multiplicity import (
    benjamini_hochberg,
    e_benjamini_hochberg,
    holm,
)
from gonogo.statistics.noninferiority import (
    independent_clusters,
    independent_tasks,
    score_interval,
    score_noninferiority,
)
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
from gonogo.statistics.planned import (
    obrien_fleming,
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
from gonogo.statistics.rates import (
    Rate,
    zero_failure_bound,
)
from gonogo.statistics.ratios import (
    RatioBound,
    geometric_mean_ratio,
)
from gonogo.statistics.reducers import (
    REDUCERS,
    at_least,
    majority,
    pass_at_k,
    pass_every_k,
    reduce_repeats,
)
from gonogo.statistics.rollback import (
    RollbackEvidence,
)
from gonogo.statistics.sequences import (
    mean_sequence,
)

__all__ = [
    "EARLY_GO_EVIDENCE",
    "EARLY_NO_GO_EVIDENCE",
    "FINAL_ALPHA",
    "REDUCERS",
    "ChiSquare",
    "DifferenceBet",
    "Estimate",
    "FlagDetector",
    "Interval",
    "Kappa",
    "NonInferiority",
    "PairedCounts",
    "PermutationTest",
    "PredictionPowered",
    "RankMartingale",
    "Rate",
    "RatioBound",
    "RepeatsAdvice",
    "RollbackEvidence",
    "ShiryaevRoberts",
    "StandardError",
    "Stratum",
    "TTest",
    "TasksNeeded",
    "at_least",
    "average_evidence",
    "benjamini_hochberg",
    "bootstrap_mean",
    "bootstrap_quantile_difference",
    "cohen_kappa",
    "connor_sample_size",
    "e_benjamini_hochberg",
    "evidence_needed",
    "geometric_mean_ratio",
    "holm",
    "independent_clusters",
    "independent_tasks",
    "majority",
    "mcnemar_better",
    "mcnemar_chi_square",
    "mcnemar_e_value",
    "mcnemar_exact",
    "mcnemar_mid_p",
    "mcnemar_worse",
    "mean_sequence",
    "newcombe_interval",
    "noninferiority_e_value",
    "noninferiority_e_value_of",
    "noninferiority_sample_size",
    "obrien_fleming",
    "pass_at_k",
    "pass_every_k",
    "prediction_powered_mean",
    "reduce_repeats",
    "regression_e_value",
    "repeats_advice",
    "rogan_gladen",
    "rogan_gladen_estimate",
    "score_interval",
    "score_noninferiority",
    "sign_flip_test",
    "smallest_passing_set",
    "smallest_visible_margin",
    "standard_error",
    "stratified_rate",
    "t_interval",
    "t_test",
    "tango_interval",
    "tango_noninferiority",
    "tasks_needed",
    "tasks_needed_for",
    "unpaired_sample_size",
    "zero_failure_bound",
]
