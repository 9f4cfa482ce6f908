"""The prompt_leak guardrail: runs of the system prompt, canaries, and what is public anyway."""

from __future__ import annotations

from typing import Any

from gonogo.contracts import GuardrailContext
from gonogo.domain import Chunk, GuardrailRule, RetrievedChunk
from gonogo.features import Reader
from gonogo.guardrails.prompt_leak import DEFAULT_WORDS, PromptLeak

SYSTEM = "You are the support assistant of Blue Lamps. Never promise a discount above ten percent. Cite your sources."


def leaks(reader: Reader, answer: str, *, question: str = "", chunk: str = "", **options: Any) -> list[str]:
    check = PromptLeak(GuardrailRule(check="prompt_leak", action="block", options=options), "output")
    chunks = (RetrievedChunk(chunk=Chunk(id="c", text=chunk, source="s.md"), score=1.0, rank=1),) if chunk else ()
    context = GuardrailContext(where="answer", system=SYSTEM, question=question, chunks=chunks)
    return [answer[finding.start : finding.end] for finding in check.inspect(reader.read(answer), context)]


def test_a_run_of_the_system_prompts_words_is_a_leak(reader: Reader) -> None:
    answer = "Sure: never promise a DISCOUNT, above ten percent; cite your sources! Anything else?"
    assert leaks(reader, answer) == ["never promise a DISCOUNT, above ten percent; cite your sources"]


def test_a_shorter_run_is_no_leak(reader: Reader) -> None:
    assert leaks(reader, "We never promise a discount above ten euros.") == []


def test_two_leaks_apart_are_two_findings(reader: Reader) -> None:
    first, second = "you are the support assistant of blue lamps", "promise a discount above ten percent cite your"
    assert leaks(reader, f"{first} and then {second}") == [first, second]


def test_words_that_the_question_gave_are_no_secret(reader: Reader) -> None:
    run = "never promise a discount above ten percent cite your"
    assert leaks(reader, run, question=f"Why do you say {run} sources?") == []


def test_words_that_a_retrieved_chunk_holds_are_no_secret(reader: Reader) -> None:
    run = "never promise a discount above ten percent cite your"
    assert leaks(reader, run, chunk=f"Handbook: {run} sources.") == []


def test_a_canary_is_a_leak_wherever_it_stands(reader: Reader) -> None:
    assert leaks(reader, "it says KITE-77-quartz there", canaries=["kite-77-QUARTZ"]) == ["KITE-77-quartz"]


def test_without_a_system_prompt_nothing_leaks(reader: Reader) -> None:
    check = PromptLeak(GuardrailRule(check="prompt_leak", action="block"), "output")
    assert check.inspect(reader.read(SYSTEM), GuardrailContext(where="answer")) == ()


def test_the_length_of_a_run_can_be_set(reader: Reader) -> None:
    assert leaks(reader, "never promise a discount", words=4) == ["never promise a discount"]


def test_redaction_leaves_a_label(reader: Reader) -> None:
    check = PromptLeak(GuardrailRule(check="prompt_leak", action="redact"), "output")
    findings = check.inspect(reader.read(SYSTEM), GuardrailContext(where="answer", system=SYSTEM))
    assert check.redact(SYSTEM, findings) == "[PROMPT]."
    assert findings[0].owasp == "LLM07:2025"


def test_a_stream_holds_back_a_whole_run() -> None:
    check = PromptLeak(GuardrailRule(check="prompt_leak", action="redact"), "output")
    assert check.lookback >= DEFAULT_WORDS * len("percentage")
