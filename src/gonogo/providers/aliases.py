"""Aliases: model names that may mean another model tomorrow.

Here: a warning for a name that is not pinned. Not here: noticing that it did change (``monitoring``).
"""

from __future__ import annotations

import re

_DATED = re.compile(r"(?:19|20)\d{2}-?\d{2}-?\d{2}(?:\D|$)|-\d{4}$|-v\d+:\d+$|@[\w.:-]+$|[0-9a-f]{12,64}$")
_MOVING = re.compile(r"(?:^|[-:/_@])(?:latest|preview|beta|experimental|exp)(?:$|[-:/_@])")
_HOSTED = re.compile(
    r"(?:^|/)(?:gpt-|o\d(?:-|$)|chatgpt-|claude-|gemini-|mistral-|command-|grok-|deepseek-(?:chat|reasoner))"
)
_BUILT_IN = ("extractive-small", "extractive-large")


def is_alias(model: str) -> str | None:
    """A warning where a model's name is not pinned, else ``None``.

    Pinned are names with a date or build (``gpt-4o-2024-08-06``, ``gpt-4-0613``, ``claude-sonnet-4-20250514``), with a
    digest (``llama3@sha256:...``), and the built-in models, whose version is part of their fingerprint. Names of
    weights on a server of one's own are warned of too: a tag such as ``llama3:8b`` can be pulled again.
    """
    if model in _BUILT_IN:
        return None
    if _MOVING.search(model.lower()):
        return f"{model} moves to newer models by design: name a dated model, so that what was tested is what is served"
    if _DATED.search(model):
        return None
    if _HOSTED.search(model.lower()):
        return f"{model} is an alias that its maker can point to another model: name a dated one where there is one"
    if ":" in model or "/" not in model:
        return f"{model} is a tag without a digest: it can be pulled again with other weights"
    return f"{model} names no revision: what the server loads under it can change"


def alias_warning(provider: str, model: str) -> str | None:
    """``is_alias`` for a model of a provider; built-in, scripted and simulated providers have no aliases."""
    return None if provider in ("builtin", "scripted", "simulated") else is_alias(model)
