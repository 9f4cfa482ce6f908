"""Checks: what every implementation of a contract must pass, for those who write one outside gonogo.

Here: classes of pytest tests to inherit from. Needs pytest: ``pip install 'gonogo[checks]'``.
Not here: tests of gonogo's own code.
"""

from gonogo.checks.indexes import IndexContract

__all__ = ["IndexContract"]
