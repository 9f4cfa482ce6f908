"""Retrieval: files to Chunks, Chunks to an IndexSnapshot, an IndexSnapshot to an index that answers in microseconds.

Here: parsing, cutting, BM25, vectors fused with it where a Mission asks for them, and how good a search is.
Not here: which files a Mission names (``building``), reading texts into features (``features``), checks on what was
found (``guardrails``).
"""
