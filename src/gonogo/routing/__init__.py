"""Routing: which model answers, and why.

Here: the readable difficulty score and the routers. Not here: calling models (``providers``), their health.
"""

from gonogo.routing.difficulty import Difficulty, difficulty
from gonogo.routing.router import DEFAULT_THRESHOLD, DifficultyRouter, SingleRouter, problems

__all__ = ["DEFAULT_THRESHOLD", "Difficulty", "DifficultyRouter", "SingleRouter", "difficulty", "problems"]
