"""Killing: commands and writers ended with SIGKILL at random moments, and the search for what they had promised.

Here: one module for each kind of work, and what they share. Not here: the table of kinds (``kills.py``).
"""
