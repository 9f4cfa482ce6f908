"""Phrasing: statements to the text of an answer, in the form the instructions ask for.

Here: citations, dates, quotation marks, lists, limits. Not here: choosing statements (``small``, ``large``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.providers.extractive.instructions import Instructions
from gonogo.providers.extractive.passages import Passage

UNKNOWN = "I do not know: the documents do not say."


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of an answer with the source it rests on, and the Chunk; ``None`` for words of our own."""

    text: str
    source: str | None
    passage: str | None = None


def phrase(statements: Sequence[Passage], instructions: Instructions) -> list[Line]:
    """The answer's lines; joined, they are the answer."""
    kept = _within_words(statements, instructions.limit("at-most-words"))
    lines = []
    for number, (passage, text) in enumerate(kept, start=1):
        opening, glue = _mark(number, len(kept), instructions)
        lines.append(Line(("" if number == 1 else glue) + opening + _statement(passage, text, instructions),
                          passage.chunk.source, passage.chunk.id))  # fmt: skip
    if instructions.on("answer-then-source"):
        sources = list(dict.fromkeys(passage.chunk.source for passage, _ in kept))
        lines.append(Line(f"\n{'Source' if len(sources) == 1 else 'Sources'}: {', '.join(sources)}", None))
    return lines


def unknown_line(instructions: Instructions) -> Line:
    """What is said when the documents do not answer: the prompt's own words where it gives some."""
    words = instructions.parameter("say-when-unknown")
    return Line(words if isinstance(words, str) and words not in ("on", "off") else UNKNOWN, None)


def _within_words(statements: Sequence[Passage], limit: int | None) -> list[tuple[Passage, str]]:
    kept: list[tuple[Passage, str]] = []
    left = limit
    for passage in statements:
        words = passage.text.split()
        if left is not None and len(words) > left:
            if not kept:
                kept.append((passage, " ".join(words[:left]) + " …"))
            break
        kept.append((passage, passage.text))
        left = None if left is None else left - len(words)
    return kept


def _mark(number: int, count: int, instructions: Instructions) -> tuple[str, str]:
    """What stands before a statement, and what joins it to the one before."""
    if instructions.on("numbered-steps") and count > 1:
        return f"{number}. ", "\n"
    if instructions.on("bullet-list"):
        return "- ", "\n"
    return "", " "


def _statement(passage: Passage, text: str, instructions: Instructions) -> str:
    body, stop = (text[:-1], text[-1]) if text[-1:] in ".!?" else (text.rstrip(":;,"), ".")
    if instructions.on("quote-verbatim"):
        body, stop = f"“{body}{stop}”", ""
    notes = []
    if instructions.on("cite-sources"):
        notes.append(passage.chunk.source)
    date = passage.chunk.date if instructions.on("include-date") else None
    dated = f" (dated {date})" if date else ""
    return body + dated + "".join(f" [{note}]" for note in notes) + stop
