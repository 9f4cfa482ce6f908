"""Command line: the same verbs as Python, HTTP and the console, through the same workflows.

Here: parsing words, calling one workflow, phrasing the result. Not here: any decision.
"""

from gonogo.cli.app import main

__all__ = ["main"]
