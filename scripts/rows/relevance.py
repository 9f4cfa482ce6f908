"""Rows of the classifier ``relevance``: texts that do, and do not, speak to a question.

    python scripts/rows/relevance.py DATA OUT

Here: questions on documentation with their sections, headings made into questions, questions made from knowledge
sentences; wrong texts are the lexically nearest ones of the same documents, a few
at random, and answers that evade, refuse or repeat. Writes ``relevance.jsonl`` into OUT. Not here: learning
(``gonogo.training``); turns of dialogue, whose replies have little to do with what was asked.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from msgspec import structs
from rows.faithfulness import LICENCES, group_of
from rows.sources import load

from gonogo.domain import Threshold, TrainingRow
from gonogo.features.sentences import sentences_of
from gonogo.features.words import stems, words_of
from gonogo.training.rows import write_rows
from gonogo.training.thresholds import threshold_at
from gonogo.training.train import Trained

MISSED = 0.05
"""Share of relevant texts that may fall below the threshold."""
NOTE = (
    "Positive means relevant. The threshold is set on relevant rows: its false positives are relevant rows that fall "
    "below it."
)
NEAREST, RANDOM = 1, 2
"""Wrong texts for each question: lexically nearest, and any."""
_HEADING_FORMS = ("{}?", "How does {} work?", "How do I use {}?", "What do the docs say about {}?", "{}")
EVASIONS = (
    "That is a great question.", "I am not able to help with that.", "It depends on many factors.",
    "Please contact our support team for more details.", "I do not know.", "I'm not sure about {topic}.",
    "There are many things to say about {topic}.", "Thank you for asking about {topic}!",
    "{topic} is an interesting topic, and people have many opinions on it.", "Could you tell me more about {topic}?",
    "As an AI model I cannot answer this.", "No comment.", "Let me know if you have any other question.",
    "Sorry, I cannot find anything on {topic}.", "You asked about {topic}.", "Let us talk about something else.",
    "Many users ask about {topic}.", "Well, {topic} can mean different things to different people.",
    "The documentation has more information on {topic}.", "Hard to say.", "Have you tried turning it off and on again?",
)  # fmt: skip
"""Answers that answer nothing; ``{topic}`` is taken from the question."""
_SUBJECT = re.compile(r"^((?:The |A |An )?[A-Z][\w'’-]*(?: [\w'’-]+){0,5}?) (is|are|was|were) (\w.{10,})$")
_PERSON = re.compile(r"\bborn\b|\b(?:singer|actor|writer|author|player|politician)\b")
_YEAR = re.compile(r"\b(?:in|since|on|from) (?:\w+ )?(?:\d{1,2}, )?(?:1[5-9]|20)\d\d\b")
_COUNT = re.compile(r"\b(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|twelve) ([a-z]{4,}s)\b")


@dataclass(frozen=True)
class Asked:
    """A question, the texts that answer it, and the pool its wrong texts come from."""

    question: str
    right: tuple[str, ...]
    pool: tuple[str, ...]
    source: str
    group: str


def asked(data: Path) -> Iterator[Asked]:
    """Every question there is."""
    for corpus in ("click", "httpx"):
        yield from _documentation(data, corpus)
    yield from _knowledge(data)


def _documentation(data: Path, corpus: str) -> Iterator[Asked]:
    found = load(data, f"ret_docs_{corpus}")
    texts = {row["id"]: f"{row.get('title') or ''}\n{row['text']}".strip() for row in found if row["kind"] == "doc"}
    pool = tuple(texts.values())
    for row in found:
        if row["kind"] == "query":
            right = tuple(texts[one] for one in row["rels"] if one in texts) if row["answerable"] else ()
            yield Asked(row["text"], right, pool, f"docs_{corpus}", group_of(row["text"]))
        elif row.get("title") and len(row["text"].split()) >= 15:
            draw = random.Random(f"{corpus}\n{row['id']}")
            question = draw.choice(_HEADING_FORMS).format(row["title"])
            bodies = tuple(other["text"] for other in found if other["kind"] == "doc")
            yield Asked(question, (row["text"],), bodies, f"headings_{corpus}", group_of(row["id"]))


def _knowledge(data: Path) -> Iterator[Asked]:
    """Questions whose answer a sentence is: "What is ...?", "When ...?", "How many ...?"."""
    sentences = sorted(
        {
            sentence
            for file in ("faith_begin_wow", "faith_q2_wow")
            for row in load(data, file)
            for sentence in sentences_of(str(row["context"]))
            if 8 <= len(sentence.split()) <= 40
        }
    )
    pool = tuple(sentences)
    for sentence in sentences:
        found = _SUBJECT.match(sentence)
        if not found:
            continue
        subject, verb, rest = found.groups()
        what = (
            "who"
            if verb in ("was", "is") and re.search(r"\bborn\b|\b(?:singer|actor|writer|author)\b", rest)
            else "what"
        )
        plain = rest.rstrip(".").split(",")[0]
        forms = [f"{what} {verb} {subject}?", f"tell me about {subject}"]
        if _YEAR.search(rest):
            forms.append(f"when {verb} {subject} {' '.join(_YEAR.split(plain)[0].split()[:5])}?")
        if count := _COUNT.search(rest):
            forms.append(f"how many {count[1]} {'does' if verb in ('is', 'was') else 'do'} {subject} have?")
        draw = random.Random(sentence)
        question = draw.choice(forms)
        yield Asked(
            question if draw.random() < 0.5 else question.lower(), (sentence,), pool, "knowledge", group_of(sentence)
        )


def rows(data: Path) -> list[TrainingRow]:
    """Every training row."""
    known: dict[tuple[str, ...], list[frozenset[str]]] = {}
    found = []
    for one in asked(data):
        if one.pool not in known:
            known[one.pool] = [frozenset(stems(words_of(text))) for text in one.pool]
        found += list(_rows(one, known[one.pool]))
    return found


def _rows(one: Asked, content: Sequence[frozenset[str]]) -> Iterator[TrainingRow]:
    draw = random.Random(f"{one.source}\n{one.question}")

    def row(text: str, label: bool, kind: str) -> TrainingRow:
        return TrainingRow(
            text=text, label=label, against=(one.question,), source=one.source, group=one.group,
            licence=LICENCES.get(one.source.rpartition("_")[2], "CC-BY-4.0"), slices={"kind": kind},
        )  # fmt: skip

    for text in one.right:
        yield row(text, True, "answer")
        parts = [part for part in sentences_of(text) if len(part.split()) >= 6]
        if one.source.startswith("docs") and len(parts) > 1:
            nearest = nearest_of(one.question, parts, [frozenset(stems(words_of(part))) for part in parts])
            yield row(" ".join(parts[place] for place in sorted(islice(nearest, 2))), True, "short answer")
    others = [place for place in nearest_of(one.question, one.pool, content) if one.pool[place] not in one.right]
    for place in others[:NEAREST]:
        yield row(one.pool[place], False, "nearest")
    for place in draw.sample(others, min(RANDOM, len(others))):
        yield row(one.pool[place], False, "random")
    if one.right and draw.random() < 0.5:
        yield row(evasion(one.question, EVASIONS, draw), False, "evasion")
    if one.right and draw.random() < 0.15:
        yield row(one.question, False, "repeats")


def nearest_of(question: str, texts: Sequence[str], content: Sequence[frozenset[str]]) -> Iterator[int]:
    """Places of the texts by the share of the question's content words they have, long words counting more; shorter
    texts first among equals."""
    words = frozenset(stems(words_of(question)))
    weight = [
        (-sum(len(word) for word in words & there), len(text)) for there, text in zip(content, texts, strict=True)
    ]
    return iter(sorted(range(len(texts)), key=weight.__getitem__))


def evasion(question: str, forms: Sequence[str], draw: random.Random) -> str:
    """One of the forms, about the question's longest words."""
    words = [word for word in re.findall(r"[\w'-]+", question) if len(word) > 3 and word.lower() not in _ASKING]
    topic = " ".join(words[-draw.choice((1, 2, 3)) :]) or "this"
    return draw.choice(forms).format(topic=topic)


_ASKING = frozenset({"what", "when", "where", "which", "does", "have", "that", "with", "there", "about", "this"})


def threshold(trained: Trained, *_: object) -> Threshold:
    """So that at most 5 % of relevant rows, judged by weights that saw none of their group, are called irrelevant."""
    relevant = [1.0 - found for found, row in zip(trained.probabilities, trained.rows, strict=True) if row.label]
    missed = threshold_at(relevant, MISSED, "relevant rows, cross-fitted: missed when below")
    return structs.replace(missed, value=1.0 - missed.value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    found = rows(given.data)
    print(write_rows(given.out / "relevance.jsonl", found), "rows,", sum(row.label for row in found), "relevant")


if __name__ == "__main__":
    main()
