"""Routing: which model answers, and why.

Here: the readable difficulty score, the routers, rules that call classifiers. Not here: calling models
(``providers``), their health.
"""

from gonogo.routing.difficulty import Difficulty, difficulty
from gonogo.routing.router import DEFAULT_THRESHOLD, DifficultyRouter, SingleRouter, problems
from gonogo.routing.rules import RuleBook, Ruled

__all__ = [
    "DEFAULT_THRESHOLD",
    "Difficulty",
    "DifficultyRouter",
    "RuleBook",
    "Ruled",
    "SingleRouter",
    "difficulty",
    "problems",
]
