"""Routing: which model answers, and why.

Here: the readable difficulty score, the routers, rules that call classifiers. Not here: calling models
(``providers``), their health.
"""

from gonogo.routing.difficulty import Difficulty, difficulty
from gonogo.routing.router import (
    DEFAULT_THRESHOLD,
    OVER_READABLE,
    DifficultyRouter,
    SingleRouter,
    beats_readable,
    problems,
)
from gonogo.routing.rules import RuleBook, Ruled

__all__ = [
    "DEFAULT_THRESHOLD",
    "OVER_READABLE",
    "Difficulty",
    "DifficultyRouter",
    "RuleBook",
    "Ruled",
    "SingleRouter",
    "beats_readable",
    "difficulty",
    "problems",
]
