"""Edits: small changes of a prompt or a question that keep what a person would take it to mean, or take one word away.

Here: pure functions of text and seed. Not here: what the edits do to answers (``sensitivity``).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from gonogo.domain.sensitivity import PROMPT_EDITS, Edit, PromptEdit, QuestionEdit

_TOKEN: Final = re.compile(r"\{\{.*?\}\}|[^\s{}]+|[{}]|\s+", re.DOTALL)
_CORE: Final = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
_INNER_MARKS: Final = ".,;:!?"

SYNONYMS: Final[Mapping[str, str]] = {
    "answer": "reply", "reply": "answer", "only": "solely", "always": "every time", "never": "at no time",
    "must": "have to", "should": "ought to", "use": "employ", "using": "employing", "short": "brief", "brief": "short",
    "concise": "terse", "polite": "courteous", "friendly": "kind", "kind": "friendly", "helpful": "useful",
    "documents": "pages", "document": "page", "pages": "documents", "page": "document", "sources": "references",
    "source": "reference", "cite": "name", "say": "state", "tell": "inform", "if": "in case", "when": "whenever",
    "newest": "latest", "latest": "newest", "oldest": "earliest", "prefer": "favour", "first": "initial",
    "question": "query", "questions": "queries", "customer": "client", "customers": "clients", "user": "person",
    "not": "by no means", "no": "not any", "sentence": "phrase", "sentences": "phrases",
    "more": "further", "than": "over", "at": "with", "most": "the greater part", "know": "have knowledge",
    "unknown": "not known", "assistant": "helper", "be": "remain",
    "write": "compose", "keep": "hold", "from": "out of", "with": "along with", "and": "as well as", "or": "or else",
    "steps": "stages", "list": "enumerate", "give": "provide", "provide": "give", "rules": "guidelines",
    "instructions": "directions", "follow": "obey", "ignore": "disregard", "every": "each", "each": "every",
    "all": "every one of the", "any": "whatever", "clear": "plain", "plain": "clear", "correct": "right",
    "right": "correct", "exactly": "precisely", "about": "concerning", "before": "ahead of", "after": "following",
    "number": "figure", "numbers": "figures", "english": "the English language", "language": "tongue",
}  # fmt: skip
"""Another word for a word, for English; a word without one has no such edit."""


def words_of_prompt(prompt: str) -> tuple[str, ...]:
    """The words that edits count by: runs without blanks, a placeholder ``{{ name }}`` as one."""
    return tuple(token for token in _TOKEN.findall(prompt) if not token.isspace())


def prompt_edits(prompt: str, kinds: Iterable[PromptEdit] = PROMPT_EDITS) -> list[Edit]:
    """Every one-word edit of a prompt, in the order of words; placeholders are left as they are.

    ``drop`` takes the word away, ``synonym`` puts another for it (English, where one is known), ``swap`` exchanges it
    with the next one, ``order`` moves its sentence to the end, ``case`` writes it in capitals or without them,
    ``punctuation`` takes the marks around it away. No edit gives the prompt itself, and none comes twice.
    """
    wanted = tuple(kinds)
    tokens: list[str] = _TOKEN.findall(prompt)
    places = [place for place, token in enumerate(tokens) if not token.isspace()]
    found: list[Edit] = []
    seen = {prompt}
    for word, place in enumerate(places):
        following = places[word + 1] if word + 1 < len(places) else None
        for kind, said, text in _edits_of_word(tokens, place, following, wanted):
            if text not in seen:
                seen.add(text)
                found.append(Edit(kind=kind, said=said, word=word, text=text))
    return found


def _edits_of_word(
    tokens: Sequence[str], place: int, following: int | None, kinds: Sequence[PromptEdit]
) -> Iterator[tuple[PromptEdit, str, str]]:
    token = tokens[place]
    if token.startswith("{{"):
        return
    match = _CORE.match(token)
    before, core, behind = match.groups() if match else ("", token, "")
    if not core:
        return
    if "drop" in kinds:
        yield "drop", f'drop "{core}"', _without(tokens, place, before + behind)
    other = SYNONYMS.get(core.lower())
    if "synonym" in kinds and other is not None:
        put = other[0].upper() + other[1:] if core[0].isupper() else other
        yield "synonym", f'"{core}" -> "{put}"', _with(tokens, place, before + put + behind)
    if "swap" in kinds and following is not None and not tokens[following].startswith("{{"):
        swapped = list(tokens)
        swapped[place], swapped[following] = swapped[following], swapped[place]
        yield "swap", f'"{token} {tokens[following]}" the other way round', "".join(swapped)
    if "order" in kinds and _begins_sentence(tokens, place):
        yield "order", f'the sentence from "{core}" at the end', _moved_to_the_end(tokens, place)
    if "case" in kinds:
        turned = core.lower() if core.isupper() and len(core) > 1 else core.upper()
        yield "case", f'"{core}" as "{turned}"', _with(tokens, place, before + turned + behind)
    if "punctuation" in kinds and (before or behind):
        yield "punctuation", f'"{token}" without marks', _with(tokens, place, core)


def _with(tokens: Sequence[str], place: int, token: str) -> str:
    return "".join([*tokens[:place], token, *tokens[place + 1 :]])


def _without(tokens: Sequence[str], place: int, marks: str) -> str:
    """The word's blank goes with it; marks around it stay, on what stands before."""
    kept = list(tokens[:place])
    if marks.strip() and kept and kept[-1].isspace() and "\n" not in kept[-1]:
        kept.pop()
    behind = list(tokens[place + 1 :])
    if not marks and behind and behind[0].isspace() and "\n" not in behind[0]:
        behind = behind[1:]
    return "".join([*kept, marks, *behind])


def _begins_sentence(tokens: Sequence[str], place: int) -> bool:
    earlier = "".join(tokens[:place]).rstrip()
    return bool(earlier) and (earlier[-1] in ".!?:" or "\n" in "".join(tokens[:place])[len(earlier) :])


def _moved_to_the_end(tokens: Sequence[str], place: int) -> str:
    end = place
    while end < len(tokens) and not ("\n" in tokens[end] and tokens[end].isspace()):
        end += 1
        if tokens[end - 1].rstrip("\"')")[-1:] in (".", "!", "?"):
            break
    sentence = "".join(tokens[place:end]).strip()
    rest = "".join([*tokens[:place], *tokens[end:]])
    return f"{rest.rstrip()}\n{sentence}\n"


def edited_question(question: str, kind: QuestionEdit, seed: int) -> str:
    """The question in another form; itself where the edit changes nothing.

    ``typo`` exchanges two neighbouring letters inside one longer word, chosen by ``seed``.
    """
    if kind == "typo":
        return _typo(question, seed)
    if kind == "lower case":
        return question.lower()
    if kind == "upper case":
        return question.upper()
    if kind == "polite":
        return f"Hello! Could you please help me with this: {question} Thank you."
    if kind == "no punctuation":
        return " ".join(question.translate(dict.fromkeys(map(ord, _INNER_MARKS))).split())
    return f"Question:\n\n{question}\n"


def _typo(question: str, seed: int) -> str:
    words = list(re.finditer(r"[^\W\d_]{5,}", question))
    if not words:
        return question
    draw = random.Random(f"{seed} {question}")
    word = draw.choice(words)
    at = word.start() + draw.randrange(1, len(word.group()) - 2)
    return question[:at] + question[at + 1] + question[at] + question[at + 2 :]
