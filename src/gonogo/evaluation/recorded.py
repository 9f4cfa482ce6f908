"""Recorded: what of a Trace can be asked again, and what its user said.

Here: the question with its earlier turns as the store holds them, and why some Traces cannot be asked again.
Not here: choosing Traces (``backtest_selection``), tasks made of them (``from_trace``), recording (``pipeline``).

A store holds what redaction left. Where the model saw words that were not kept, the recorded ones are another question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.domain import Json, Trace

WITHHELD = "[not recorded"
"""How a text begins that could not be checked for personal data, and so was not kept."""
_PLACEHOLDER = re.compile(r"\[(?:EMAIL|PHONE|CARD|IBAN|SSN|SECRET|IPV4|INJECTION|TOXICITY)\]")

ELSEWHERE = "made elsewhere and only shown here"
NO_WORDS = "its words were not kept"
FAILED = "no model answered it"
ABORTED = "its client left before the end"
BLOCKED = "a guardrail blocked the question"
REDACTED = "the model saw words that were not kept"
TOOL_RESULTS = "results of a client's tools stand in it"
TOOL_CALLS = "its answer is a call of a tool"
FILES = "it shows pictures or files, which are not kept"


def why_not_asked(trace: Trace) -> str:
    """Why the question of a Trace cannot be asked again as it was; empty where it can.

    A question that a guardrail refused after a model had spoken can: leaving out what was refused once would let any
    Version look worse than what was served.
    """
    if trace.foreign or trace.mission.startswith(("embedder/", "otel/")):
        return ELSEWHERE
    if not trace.messages or not trace.question.strip():
        return FILES if any(map(_shows_files, trace.messages)) else NO_WORDS
    if any(map(_shows_files, trace.messages)):
        return FILES
    if any(message.get("role") in ("tool", "function") for message in trace.messages):
        return TOOL_RESULTS
    if _saw_other_words(trace):
        return REDACTED
    if trace.outcome == "failed":
        return FAILED
    if trace.outcome == "aborted":
        return ABORTED
    if trace.outcome == "refused" and not trace.calls:
        return BLOCKED
    return TOOL_CALLS if trace.tool_calls else ""


def earlier_turns(trace: Trace) -> tuple[Json, ...]:
    """The messages before the question, oldest first."""
    for place in range(len(trace.messages) - 1, -1, -1):
        if trace.messages[place].get("role") == "user":
            return trace.messages[:place]
    return ()


def said_in(messages: tuple[Json, ...]) -> Iterator[str]:
    """The texts of messages."""
    for message in messages:
        content = message.get("content")
        if isinstance(content, str):
            yield content
        for part in content if isinstance(content, list) else ():
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield part["text"]


def _saw_other_words(trace: Trace) -> bool:
    texts = (trace.question, *said_in(trace.messages))
    if any(text.startswith(WITHHELD) for text in texts):
        return True
    personal = [found for found in trace.findings if found.stage == "input" and found.check == "pii"]
    if any(found.action != "redact" for found in personal):
        return True  # flagged only: kept without what the model read
    hidden = any(found.stage == "input" and found.action == "redact" for found in trace.findings)
    # A guardrail of the output alone keeps personal data out of the store, and leaves no Finding of the question.
    return not hidden and any(_PLACEHOLDER.search(text) for text in texts)


def _shows_files(message: Json) -> bool:
    content = message.get("content")
    parts = content if isinstance(content, list) else ()
    return any(isinstance(part, dict) and part.get("type") not in (None, "text", "input_text") for part in parts)
