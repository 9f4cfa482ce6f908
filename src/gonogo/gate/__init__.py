"""Gate: turns two EvaluationRuns and the Mission's rules into one Verdict.

Here: pairing, comparing, the rules, the wording of reasons; pure: same sheets, same Verdict.
Not here: running golden tasks (``evaluation``), moving the live pointer (``deployments``), showing it (``cli``).
"""

from gonogo.gate.attempts import Attempts, attempts_of
from gonogo.gate.critical import to_confirm
from gonogo.gate.decide import decide, same_behaviour
from gonogo.gate.judges import JudgeQuality, JudgeStanding, judge_quality, may_decide
from gonogo.gate.order import random_order
from gonogo.gate.plan import Plan, plan
from gonogo.gate.sheets import Sheet, TaskOutcome
from gonogo.gate.stopping import may_stop_early
from gonogo.gate.watch import Watch

__all__ = [
    "Attempts",
    "JudgeQuality",
    "JudgeStanding",
    "Plan",
    "Sheet",
    "TaskOutcome",
    "Watch",
    "attempts_of",
    "decide",
    "judge_quality",
    "may_decide",
    "may_stop_early",
    "plan",
    "random_order",
    "same_behaviour",
    "to_confirm",
]
