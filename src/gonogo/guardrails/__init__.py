"""Guardrails: checks on what goes in, what is looked up and what comes out.

Here: one module for each check, the table of them, validation and building.
Not here: acting on findings, streams (``pipeline``); the metrics some of them wrap (``metrics``).
"""

from gonogo.guardrails.checks import KNOWN, STAGES, Check, build, problems

__all__ = ["KNOWN", "STAGES", "Check", "build", "problems"]
