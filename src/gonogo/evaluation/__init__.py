"""Evaluation: golden tasks run against a Version through the same pipeline that serves it, and judged.

Here: running, judging, the workflow from two Versions to a stored Verdict, drafts of tasks, diagnosis of a Trace.
Not here: the decision (``gate``), the assertions and metrics themselves (``metrics``).
"""

from gonogo.evaluation.cap import Cap
from gonogo.evaluation.diagnose import Diagnosis, diagnose
from gonogo.evaluation.draft import draft_tasks
from gonogo.evaluation.evaluate import EvaluationTools, evaluate, examine, recompute, still_to_run
from gonogo.evaluation.runner import Progress, RunOptions, run_tasks

__all__ = [
    "Cap",
    "Diagnosis",
    "EvaluationTools",
    "Progress",
    "RunOptions",
    "diagnose",
    "draft_tasks",
    "evaluate",
    "examine",
    "recompute",
    "run_tasks",
    "still_to_run",
]
