"""Tabular: classifiers from a CSV file - columns understood, learned, measured, explained, watched for drift.

Here: everything between a file and weights with their card. Needs scikit-learn (the extra ``training``) to learn;
reading, measuring and drift do not.
Not here: serving (``classifiers.tabular``), the store (``assembly``), phrasing (``cli``).
"""
