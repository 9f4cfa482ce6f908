"""Providers: what answers a ModelRequest, what it costs, and which model names may change behind our back.

Here: the built-in extractive models, OpenAI-compatible upstreams, scripted and simulated ones, prices and aliases.
Not here: retries, fallback and health (``pipeline``, ``routing``), the wire format inward (``gateway``).
"""
