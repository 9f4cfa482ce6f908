"""What of a Trace can be asked again."""

from __future__ import annotations

import pytest

from gonogo.domain import Finding, ModelCall, Trace, Usage
from gonogo.evaluation import recorded
from gonogo.evaluation.recorded import earlier_turns, why_not_asked

CALL = ModelCall(name="small", provider="p", model="m", usage=Usage())
ASKED = {"role": "user", "content": "How long?"}


def trace(**changed: object) -> Trace:
    fields = {
        "id": "1" * 32,
        "created_at": 1.0,
        "mission": "support",
        "version": 1,
        "behaviour_digest": "b",
        "environment": "production",
        "question": "How long?",
        "answer": "30 days.",
        "outcome": "answered",
        "messages": (ASKED,),
        "calls": (CALL,),
    }
    return Trace(**{**fields, **changed})


def finding(action: str, check: str = "pii") -> Finding:
    return Finding(check=check, stage="input", action=action, score=1.0, where="question")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"outcome": "cached", "calls": ()}, ""),
        ({"outcome": "refused"}, ""),
        ({"foreign": True}, recorded.ELSEWHERE),
        ({"mission": "embedder/static"}, recorded.ELSEWHERE),
        ({"messages": (), "question": ""}, recorded.NO_WORDS),
        ({"question": " "}, recorded.NO_WORDS),
        ({"outcome": "failed"}, recorded.FAILED),
        ({"outcome": "aborted"}, recorded.ABORTED),
        ({"outcome": "refused", "calls": ()}, recorded.BLOCKED),
        ({"messages": (ASKED, {"role": "tool", "content": "late"})}, recorded.TOOL_RESULTS),
        ({"tool_calls": ({"id": "1"},)}, recorded.TOOL_CALLS),
        ({"messages": ({"role": "user", "content": [{"type": "image_url", "image_url": {}}]},)}, recorded.FILES),
        ({"question": "", "messages": ({"role": "user", "content": [{"type": "file"}]},)}, recorded.FILES),
        ({"question": "[not recorded: it could not be checked for personal data]"}, recorded.REDACTED),
        ({"findings": (finding("flag"),)}, recorded.REDACTED),
        ({"question": "Write to [EMAIL]"}, recorded.REDACTED),
        ({"question": "Write to [EMAIL]", "findings": (finding("redact"),)}, ""),
        ({"question": "Is [URGENT] allowed in a title?"}, ""),
        ({"messages": ({"role": "user", "content": "I am [PHONE]"}, ASKED)}, recorded.REDACTED),
    ],
)
def test_a_trace_says_why_it_cannot_be_asked_again(changed, why):
    assert why_not_asked(trace(**changed)) == why


def test_earlier_turns_end_before_the_last_message_of_the_user():
    before = ({"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"})
    assert earlier_turns(trace(messages=(*before, ASKED))) == before
    assert earlier_turns(trace(messages=())) == ()
