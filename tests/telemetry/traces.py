"""Traces for the tests of this folder."""

from __future__ import annotations

from typing import Any

from gonogo.domain import Chunk, Finding, ModelCall, RetrievedChunk, Score, Span, Trace, Usage

CALLER = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"


def call(**fields: Any) -> ModelCall:
    """A call that took half a second."""
    whole = {"name": "main", "provider": "openai", "model": "gpt-x", "usage": Usage(input=10, output=3, cached=4)}
    return ModelCall(**{**whole, "start": 0.2, "wall": 0.5, "first_token": 0.3, **fields})


def trace(**fields: Any) -> Trace:
    """A request that retrieved and asked one model."""
    whole = {
        "id": "019a0000000070008000000000000001", "created_at": 1_700_000_000.5, "mission": "support", "version": 7,
        "behaviour_digest": "d1", "environment": "production", "question": "the question", "answer": "the answer",
        "outcome": "answered", "wall": 1.0, "cpu": 0.01, "session": "s1", "finish_reason": "stop", "first_token": 0.6,
        "messages": ({"role": "user", "content": "the question"},),
        "spans": (
            Span(name="retrieve", start=0.05, wall=0.1, cpu=0.001, attributes={"found": 3, "kept": 1}),
            Span(name="generate", start=0.2, wall=0.7, cpu=0.002, attributes={"model": "main", "attempts": 1}),
        ),
        "calls": (call(),), "usage": Usage(input=10, output=3, cached=4), "cost": 0.25,
        "findings": (Finding(check="pii", stage="input", action="redact", score=0.9, where="question"),),
        "scores": (Score(metric="relevance", value=0.8),),
    }  # fmt: skip
    return Trace(**{**whole, **fields})


def retrieved(text: str) -> RetrievedChunk:
    """One chunk that a search returned."""
    return RetrievedChunk(chunk=Chunk(id="c1", source="a.md", text=text), score=1.5, rank=1)
