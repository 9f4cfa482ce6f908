"""Prompts: every word that judges are told beside the Mission's own.

Here: the texts, and their digest by kind: a release that changes one makes another judge of it.
Not here: the texts to judge (``blocks``), reading replies (``replies``).
"""

from __future__ import annotations

from gonogo.digest import Digest, digest_of
from gonogo.domain.judge import JudgeKind

READ_WITH = 1
"""Raised whenever replies are read otherwise, or a measure is computed otherwise, under the same prompts."""

ONLY_JSON = "Reply with one JSON object and nothing else."
AGAIN = (
    "That reply cannot be used: {problem}. Reply again, with the one JSON object that was asked for and nothing else."
)

RUBRIC_PASS = f"""You judge one answer to one question by a rubric. Judge only what the rubric asks for. Length, style
and confidence count only where the rubric says so. {ONLY_JSON}
{{"reason": "one or two sentences", "pass": true or false}}"""

RUBRIC_GRADE = f"""You judge one answer to one question by a rubric. Judge only what the rubric asks for. Length, style
and confidence count only where the rubric says so. Grades are whole numbers; the highest is the best. {ONLY_JSON}
{{"reason": "one or two sentences", "score": a whole number from LOWEST to HIGHEST}}"""

G_EVAL = f"""You grade one answer to one question by criteria. Go through the evaluation steps in their order, then
give one grade. Grades are whole numbers; the highest is the best. {ONLY_JSON}
{{"reason": "one or two sentences", "score": a whole number from LOWEST to HIGHEST}}"""

PAIRWISE = f"""You compare two answers to one question. Say which is better by the criteria. Neither the order in which
they stand nor their length says anything about them. {ONLY_JSON}
{{"reason": "one or two sentences", "better": "first" or "second" or "tie"}}"""
PAIRWISE_CRITERIA = "The better answer is the one that answers the question more correctly and more completely."

STATEMENTS = f"""You break a text into statements. Each statement is one short sentence that makes one claim, says with
names what pronouns stand for, and can be checked by itself. Leave out greetings, questions, offers and what claims
nothing. A text that claims nothing has no statements. {ONLY_JSON}
{{"statements": ["...", "..."]}}"""

SUPPORTED = f"""You check numbered statements against texts. A statement is supported when it can be inferred directly
from the texts, and not supported when the texts contradict it or do not say it, however true it is in the world.
{ONLY_JSON} It holds one entry for each statement, in their order.
{{"supported": [true or false, ...]}}"""

ATTRIBUTED = f"""You break a reference answer into statements, each one claim, and say of each whether it can be
attributed to the texts: whether they say it or it follows directly from them. {ONLY_JSON} Both lists are
of the same length.
{{"statements": ["...", "..."], "attributed": [true or false, ...]}}"""

USEFUL = f"""You say whether one retrieved text was useful in arriving at an answer to a question. {ONLY_JSON}
{{"reason": "one sentence", "useful": true or false}}"""

QUESTION_OF = f"""You write the question that a given answer answers, and say whether the answer is evasive: whether it
avoids an answer, is vague, or says that it does not know. {ONLY_JSON}
{{"question": "...", "evasive": true or false}}"""

BY_KIND: dict[JudgeKind, tuple[str, ...]] = {
    "llm-rubric": (RUBRIC_PASS, RUBRIC_GRADE),
    "g-eval": (G_EVAL,),
    "pairwise": (PAIRWISE, PAIRWISE_CRITERIA),
    "context-faithfulness": (STATEMENTS, SUPPORTED),
    "answer-relevancy": (QUESTION_OF,),
    "context-precision": (USEFUL,),
    "context-recall": (ATTRIBUTED,),
    "factual-correctness": (STATEMENTS, SUPPORTED),
    "noise-sensitivity": (STATEMENTS, SUPPORTED),
}


def told(system: str, **texts: str) -> str:
    """A prompt with the Mission's own texts under it, which are instructions, unlike what is judged."""
    own = (f"{name.capitalize()}:\n{text}" for name, text in texts.items() if text)
    return "\n\n".join((system, *own))


def prompts_digest(kind: JudgeKind, embedder: str = "") -> Digest:
    """Over what a kind of judge is told by us; ``embedder`` is the digest of the one that compares questions."""
    compared_by = embedder if kind == "answer-relevancy" else ""
    return digest_of({"prompts": BY_KIND[kind], "again": AGAIN, "read": READ_WITH, "embedder": compared_by})
