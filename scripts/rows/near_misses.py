"""Near misses: pairs of questions one edit apart that deserve different answers, beside pairs that deserve the same.

    python scripts/rows/near_misses.py DATA OUT [--seed 0]

Here: edits by kind (negation, number, year, entity, antonym, role swap, unit, direction, modality, question word, word,
condition), rewritings that keep the answer, and the pairs made of them. Writes ``near_misses.jsonl`` into OUT.
Not here: the tables (``near_miss_words``), rows from intents (``equivalence``).

A wrong pair is a right one with one edit, so that neither length nor the number of rewritings tells them apart.
``slices["edit"]`` names the edit, "none" stands for a pair that deserves one answer; ``slices["kept"]`` how it was
rewritten. ``group`` is the question it was made from.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rows import near_miss_words as words
from rows.sources import load

from gonogo.domain import TrainingRow
from gonogo.features import STOP_WORDS
from gonogo.features.sentences import sentences_of
from gonogo.training.rows import write_rows

LICENCES = {
    "banking77": "CC-BY-4.0", "clinc150": "CC-BY-3.0", "hub_docs": "MIT", "mmlu": "MIT", "gsm8k": "MIT",
    "click": "BSD-3-Clause", "httpx": "BSD-3-Clause",
}  # fmt: skip
SHORTEST, LONGEST = 4, 40
BASES = {"banking77": 4000, "clinc150": 5000, "mmlu": 4500, "gsm8k": 660}
"""Questions taken from a source; all of the others."""
SAME_BUT_ONE = {"antonym": ("antonym", "direction"), "year": ("year", "number"), "number": ("number", "year")}
"""Kinds so alike that they are left out of training together."""
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])")
_YEAR = re.compile(r"(?<![\w.,$-])(?:1[5-9]|20)\d\d(?![\w-])")
_SPELLED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty")
_NOT = re.compile(r"(?i)\b(?:not|never) |(?<=\w)n't\b")
_BE = re.compile(r"(?i)\b(is|are|was|were|can|could|do|does|did|should|will|would|has|have)\b(?! not)")
_DENIED = {"can": "can't", "will": "won't"}
_PRONOUNS = re.compile(r"(?i)\b(can|could|do|does|did|should|will|would|is|are) (i|you|we|they|he|she|it|one|people)\b")
_ARTICLE = r"(?:the |a |an |my )?"
_SWAPPED = tuple(
    re.compile(rf"(?i){pattern}") for pattern in (
        r"\bfrom (?P<a>(?:\w+ ){0,2}\w+) (?:in)?to (?P<b>(?:\w+ ){0,1}\w+)",
        rf"(?P<a>\b\w{{3,}}) (?:than|instead of|rather than|before|after|over|into) {_ARTICLE}(?P<b>\w{{3,}}\b)",
        rf"\b(?:does|do|did|can|will|would) {_ARTICLE}(?P<a>\w{{3,}}) \w+ {_ARTICLE}(?P<b>\w{{3,}}\b)",
        r"\b(?:the|a|an|my) (?P<a>\w{3,}) (?:of|on|to|with|by|for|in) (?:the|a|an|my) (?P<b>\w{3,}\b)",
    )
)  # fmt: skip

Draw = random.Random
Edit = Callable[[str, Draw], "str | None"]


def _exchange(groups: Sequence[Sequence[str]]) -> Edit:
    """An edit that puts another word of the same group in one place."""
    others: dict[str, list[str]] = {}
    for group in groups:
        for word in group:
            others.setdefault(word.lower(), []).extend(one for one in group if one != word)
    longest = sorted(others, key=len, reverse=True)
    pattern = re.compile(r"(?i)(?<![\w'-])(?:" + "|".join(map(re.escape, longest)) + r")(?![\w'-])")

    def edit(text: str, draw: Draw) -> str | None:
        places = list(pattern.finditer(text))
        if not places:
            return None
        place = draw.choice(places)
        other = draw.choice(others[place.group().lower()])
        return text[: place.start()] + _like(place.group(), other) + text[place.end() :]

    return edit


def _like(old: str, new: str) -> str:
    if new[:1].isupper():
        return new.lower() if old.islower() else new
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def negation(text: str, draw: Draw) -> str | None:
    """One "not" more or less."""
    found = list(_NOT.finditer(text))
    if found and draw.random() < 0.7:
        place = draw.choice(found)
        return text[: place.start()] + text[place.end() :]
    subject = _PRONOUNS.search(text)
    if subject and (subject.start() > 0 or draw.random() < 0.5):
        return f"{text[: subject.end()]} {draw.choice(('not', 'not', 'never'))}{text[subject.end() :]}"
    places = [place for place in _BE.finditer(text) if place.start() > 0]
    if not places:
        return None
    place = draw.choice(places)
    verb = place.group()
    denied = draw.choice((f"{verb} not", _DENIED.get(verb.lower(), f"{verb}n't")))
    return text[: place.start()] + denied + text[place.end() :]


def number(text: str, draw: Draw) -> str | None:
    """Another number, in digits or spelled."""
    places = [place for place in _NUMBER.finditer(text) if not _YEAR.fullmatch(place.group())]
    if places:
        place = draw.choice(places)
        return text[: place.start()] + _another(place.group(), draw) + text[place.end() :]
    spelled = [place for place in re.finditer(r"[a-z]+", text) if place.group() in _SPELLED]
    if not spelled:
        return None
    place = draw.choice(spelled)
    return text[: place.start()] + draw.choice([one for one in _SPELLED if one != place.group()]) + text[place.end() :]


def _another(old: str, draw: Draw) -> str:
    plain = old.replace(",", "")
    if "." in plain:
        return f"{max(0.1, float(plain) * draw.choice((0.5, 1.1, 2, 10))):.{len(plain.partition('.')[2])}f}"
    value = int(plain[:15])
    new = draw.choice((value + 1, value + 2, value * 2, value * 10, value + max(1, value // 10), value // 2 + 1))
    new = new if new != value else value + 3
    return f"{new:,}" if "," in old else str(new)


def year(text: str, draw: Draw) -> str | None:
    """Another year."""
    places = list(_YEAR.finditer(text))
    if not places:
        return None
    place = draw.choice(places)
    other = int(place.group()) + draw.choice((-10, -5, -3, -2, -1, 1, 2, 3, 4, 8, 20))
    return text[: place.start()] + str(other) + text[place.end() :]


def role_swap(text: str, draw: Draw) -> str | None:
    """Two parts of the question exchanged."""
    ways = []
    for pattern in _SWAPPED:
        for found in pattern.finditer(text):
            (a, b), (c, d) = found.span("a"), found.span("b")
            if text[a:b].lower() != text[c:d].lower() and not {text[a:b].lower(), text[c:d].lower()} & STOP_WORDS:
                ways.append(text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:])
    return draw.choice(ways) if ways else None


def question_word(text: str, draw: Draw) -> str | None:
    """Another question: when for where, how long for how many."""
    return _measured(text, draw) or _asking(text, draw)


_measured, _asking = _exchange(words.MEASURED), _exchange(words.ASKING)


def condition(text: str, draw: Draw) -> str | None:
    """A condition more."""
    return _with_suffix(text, draw.choice(words.SUFFIXES["condition"]))


EDITS: dict[str, Edit] = {
    "negation": negation, "number": number, "year": year, "entity": _exchange(words.ENTITIES),
    "antonym": _exchange(words.OPPOSITES), "direction": _exchange(words.DIRECTIONS), "role swap": role_swap,
    "unit": _exchange(words.UNITS), "modality": _exchange(words.MODALS), "question word": question_word,
    "word": _exchange(words.SIBLINGS), "condition": condition,
}  # fmt: skip
"""By kind."""


_synonym = _exchange(words.SYNONYMS)


def contracted(text: str, draw: Draw) -> str | None:
    """ "What is" as "what's", and back."""
    ways = []
    for plain, short in words.CONTRACTIONS:
        for one, other in ((plain, short), (short, plain)):
            found = re.search(rf"(?i)\b{one}\b", text)
            if found:
                ways.append(text[: found.start()] + _like(found.group(), other) + text[found.end() :])
    return draw.choice(ways) if ways else None


def framed(text: str, draw: Draw) -> str | None:
    """With a greeting, a polite frame or thanks."""
    frame = draw.choice(words.FRAMES)
    start = text if frame.startswith("{") or text.startswith(("I ", "I'")) else text[:1].lower() + text[1:]
    return frame.format(start)


def reframed(text: str, draw: Draw) -> str | None:
    """Asked in another common way."""
    for pattern, ways in words.REWRITES:
        if pattern.match(text):
            new = pattern.sub(draw.choice(ways), text, count=1)
            return new[:1].upper() + new[1:] if text[:1].isupper() else new
    return None


def reordered(text: str, draw: Draw) -> str | None:
    """The last part, or the first before a comma, moved."""
    plain = text.rstrip(" ?.!")
    end = text[len(plain) :]
    found = re.match(r"(?i)((?:in|on|at|for|if|when|after|before|during|with|since|by|of) .{5,}?), (.{8,})$", plain)
    if found and "," not in found[2]:
        return f"{_upper(found[2])}, {_lower(found[1])}{end}"
    tails = list(re.finditer(r" (?:in|on|at|for|when|if|after|before|during|with|since|by) (?:\w+ ?){1,5}$", plain))
    if not tails or tails[0].start() < 10:
        return None
    tail = draw.choice(tails)
    return f"{_upper(tail.group().strip())}, {_lower(plain[: tail.start()])}{end}"


def careless(text: str, draw: Draw) -> str | None:
    """Written as people type: lower case, no mark at the end, articles left out, letters exchanged."""
    way = draw.randrange(4)
    if way == 0:
        return text.lower()
    if way == 1:
        return text.rstrip("?.! ")
    if way == 2:
        return re.sub(r"(?i)(?<=\w )(?:the|a|an) ", "", text)
    long = list(re.finditer(r"[a-z]{6,}", text))
    if not long:
        return None
    place = draw.choice(long)
    at = draw.randrange(place.start() + 1, place.end() - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def inflected(text: str, draw: Draw) -> str | None:
    """ "a card" as "cards", and back."""
    found = list(re.finditer(r"\b(?:a|an) ([a-z]{3,}[a-rt-xz])\b(?= (?:in|on|for|to|with|from|at)\b|[?.]|$)", text))
    if not found:
        return None
    place = draw.choice(found)
    return text[: place.start()] + place[1] + "s" + text[place.end() :]


INNER: dict[str, Edit] = {
    "synonym": _synonym, "contracted": contracted, "reframed": reframed, "reordered": reordered, "inflected": inflected,
}  # fmt: skip
"""Rewritings that deserve the same answer; a frame and carelessness come last."""


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first.istitle() and first != "I" else text


def _with_suffix(text: str, suffix: str) -> str:
    plain = text.rstrip(" ?.!")
    return plain + suffix + text[len(plain) :]


def _dressed(text: str, draw: Draw) -> str:
    """The question with a year, a number, a name or a unit, where it may have had none: else few could be edited."""
    kind = draw.choice(("year", "number", "entity", "unit", "condition"))
    suffix = draw.choice(words.SUFFIXES[kind])
    return _with_suffix(text, suffix.format(
        y=draw.randrange(1985, 2025), n=draw.choice((2, 3, 4, 5, 8, 10, 12, 15, 20, 30, 50, 100, 500)),
        e=draw.choice(draw.choice(words.ENTITIES[:6])), u=draw.choice(draw.choice(words.UNITS[:4])),
    ))  # fmt: skip


def rewritten(text: str, draw: Draw, wanted: int) -> tuple[str, list[str]]:
    """The question in other words, and how."""
    how: list[str] = []
    for name in draw.sample(sorted(INNER), len(INNER)):
        if len(how) >= wanted:
            break
        new = INNER[name](text, draw)
        if new and new != text:
            text = new
            how.append(name)
    while wanted > 1 and draw.random() < 0.5 and (new := _synonym(text, draw)):
        text = new
        how.append("synonym")
    return text, how


def _finished(text: str, seed: str) -> str:
    """Framed or written carelessly, in the same way for the same seed; the last step, so that no frame is edited."""
    draw = random.Random(seed)
    for way in (framed, careless):
        if draw.random() < 0.25:
            text = way(text, draw) or text
    return text


def questions(data: Path) -> Iterator[tuple[str, str, str, str]]:
    """(source, group, question, the same in other words or "")."""
    for row in load(data, "intent_banking77"):
        yield "banking77", row["text"], row["text"], ""
    for row in load(data, "intent_clinc150"):
        yield "clinc150", row["text"], row["text"], ""
    for row in load(data, "cache_gptcache_mock"):
        yield "hub_docs", row["text1"], row["text1"], row["text2"]
    for row in load(data, "route_mmlu"):
        stem = row["prompt"].split("\nA. ")[0].strip()
        if "\n" not in stem and "_" not in stem:
            yield "mmlu", stem, stem, ""
    for row in load(data, "route_gsm8k_half"):
        yield "gsm8k", row["prompt"], (sentences_of(row["prompt"]) or [row["prompt"]])[-1], ""
    for corpus in ("click", "httpx"):
        for row in load(data, f"ret_docs_{corpus}"):
            if row["kind"] == "query":
                yield corpus, row["text"], row["text"], ""


def group_of(text: str) -> str:
    """One name for a question however it is spelled."""
    return hashlib.sha256(" ".join(re.findall(r"[a-z0-9]+", text.lower())).encode()).hexdigest()[:12]


def rows(data: Path, seed: int = 0) -> list[TrainingRow]:
    """Right and wrong pairs, one of each from every question."""
    chosen: dict[str, list[tuple[str, str, str]]] = {}
    for source, group, text, other in questions(data):
        if SHORTEST <= len(text.split()) <= LONGEST:
            chosen.setdefault(source, []).append((group, text, other))
    made: Counter[str] = Counter()
    found: list[TrainingRow] = []
    for source, those in sorted(chosen.items()):
        those.sort(key=lambda one: hashlib.sha256(f"{seed}{one[1]}".encode()).digest())
        for group, text, other in those[: BASES.get(source, len(those))]:
            found += _pairs(source, group, text, other, made, random.Random(f"{seed}\n{source}\n{text}"))
    return found


def _pairs(source: str, group: str, text: str, other: str, made: Counter[str], draw: Draw) -> Iterator[TrainingRow]:
    if not other and draw.random() < 0.35:
        text = _dressed(text, draw)
    left, right, how = text, text, []
    if other and draw.random() < 0.8:
        right, how = other, ["paraphrased"]
    left, more = rewritten(left, draw, draw.choice((0, 0, 1)))
    right, most = rewritten(right, draw, max(0, draw.choice((0, 1, 1, 2, 2, 3)) - len(how)))
    how += more + most
    ends = [f"{draw.random()}" for _ in range(2)]
    one, other = (_finished(text, end) for text, end in zip((left, right), ends, strict=True))
    if one == other:
        return
    yield _row(one, other, source, group, "none", how, draw)
    # The rarest kind that can be made comes first, so that all kinds become about equally frequent.
    for kind in sorted(EDITS, key=lambda kind: made[kind] + draw.random()):
        wrong = EDITS[kind](right, draw)
        if wrong and not _back(wrong, right) and not _back(wrong, left):
            made[kind] += 1
            yield _row(one, _finished(wrong, ends[1]), source, group, kind, how, draw)
            return


def _back(one: str, other: str) -> bool:
    return group_of(one) == group_of(other)


def _row(one: str, other: str, source: str, group: str, edit: str, how: Sequence[str], draw: Draw) -> TrainingRow:
    first, second = (one, other) if draw.random() < 0.5 else (other, one)
    return TrainingRow(
        text=first, against=(second,), label=edit == "none", source=source, group=group_of(group),
        licence=LICENCES[source],
        slices={"edit": edit, "kept": "+".join(sorted(set(how))) or "copied"},
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    found = rows(asked.data, asked.seed)
    print(write_rows(asked.out / "near_misses.jsonl", found), "rows;", Counter(row.slices["edit"] for row in found))


if __name__ == "__main__":
    main()
