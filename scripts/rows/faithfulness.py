"""Rows of the classifier ``faithfulness``: answers that are, and are not, supported by the text before them.

    python scripts/rows/faithfulness.py DATA OUT

Here: the labelled answers of BEGIN (Wizard of Wikipedia) and Q2, and claims cut from documentation, knowledge
sentences, passages and word problems, edited (``claim_edits``) so that half of them are wrong. Writes
``faithfulness.jsonl`` into OUT. Not here: learning (``gonogo.training``).

``against`` holds the chunks; with ``context`` ``{"question": 1}`` its last text is the question (or the turn before).
``slices["edit"]`` names the edit of a wrong claim, and "none" stands for a right one or a human label.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from msgspec import structs
from rows.claim_edits import Edits
from rows.sources import load

from gonogo.domain import Threshold, TrainingRow
from gonogo.features.sentences import sentences_of
from gonogo.training.rows import write_rows
from gonogo.training.thresholds import threshold_at
from gonogo.training.train import Trained

LICENCES = {
    "begin_wow": "CC-BY-4.0", "q2_wow": "Apache-2.0", "click": "BSD-3-Clause", "httpx": "BSD-3-Clause",
    "hub_docs": "MIT", "passages": "MIT", "word_problems": "MIT",
}  # fmt: skip
_SELDOM = {"year", "number", "other number", "entity", "other entity", "role swap"}
WEIGHTS = {"begin_wow": 2.5, "q2_wow": 5.0}
"""So that the labels of people together count about as much as the edits."""
_SHORTEST, _LONGEST = 5, 45


@dataclass(frozen=True)
class Claim:
    """One sentence and the chunk it stands in; ``group`` and ``near`` (the document set) tell what goes with what."""

    text: str
    chunk: str
    source: str
    group: str
    near: str
    rewritten: str = ""


def labelled(data: Path) -> Iterator[TrainingRow]:
    """The answers that people labelled."""
    for file in ("faith_begin_wow", "faith_q2_wow"):
        for row in load(data, file):
            if row["label"] is None or not str(row["context"]).strip(" ,"):
                continue
            question = str(row.get("question") or "")
            asked = question not in ("", "nan")
            yield TrainingRow(
                text=row["answer"],
                label=bool(row["label"]),
                against=(row["context"], question) if asked else (row["context"],),
                context={"question": 1.0} if asked else {},
                source=row["source"],
                group=group_of(row["context"]),
                licence=LICENCES[row["source"]],
                slices={"edit": "none"},
                weight=WEIGHTS[row["source"]],
            )


def group_of(context: str) -> str:
    """One name for a context however it is spelled."""
    return hashlib.sha256(" ".join(re.findall(r"[a-z0-9]+", context.lower())).encode()).hexdigest()[:12]


def claims(data: Path) -> Iterator[Claim]:
    """Every sentence that may be edited."""
    for file in ("faith_begin_wow", "faith_q2_wow"):
        for context in sorted({str(row["context"]) for row in load(data, file)}):
            source = "begin_wow" if "begin" in file else "q2_wow"
            yield Claim(context.strip(" ,"), context, source, group_of(context), "wow")
    for corpus in ("click", "httpx"):
        for row in load(data, f"ret_docs_{corpus}"):
            if row["kind"] == "doc":
                yield from _of_chunk(row["text"], corpus, group_of(row["id"]), corpus)
    for row in load(data, "cache_gptcache_mock"):
        yield Claim(row["text1"], row["text1"], "hub_docs", group_of(row["text1"]), "hub_docs", row["text2"])
    for passage in sorted(_passages(data)):
        yield from _of_chunk(passage, "passages", group_of(passage), "passages")
    for row in load(data, "route_gsm8k_half"):
        told = [one for one in sentences_of(row["prompt"]) if not one.endswith("?")]
        yield from _of_chunk(" ".join(told), "word_problems", group_of(row["prompt"]), "word_problems")


def _of_chunk(text: str, source: str, group: str, near: str) -> Iterator[Claim]:
    prose = re.sub(r"(?s)```.*?```|~~~.*?~~~|\{[a-z:-]+\}", " ", text)
    for sentence in sentences_of(prose):
        words = sentence.split()
        letters = sum(letter.isalpha() or letter == " " for letter in sentence)
        if _SHORTEST <= len(words) <= _LONGEST and letters > 0.75 * len(sentence) and sentence[-1] in ".!":
            yield Claim(sentence, text, source, group, near)


def _passages(data: Path) -> set[str]:
    found = set()
    for row in load(data, "route_mmlu"):
        if "refers to the following information" in row["prompt"]:
            body = row["prompt"].split("\n", 1)[1]
            found.add(re.split(r"\n[^\n]+\nA\. ", body)[0])
    return found


def edited(found: Sequence[Claim], seed: int = 0) -> Iterator[TrainingRow]:
    """A right and a wrong form of every claim, one edit apart."""
    near: dict[str, list[Claim]] = defaultdict(list)
    for claim in found:
        near[claim.near].append(claim)
    # Names and tails come from the same document set: those of another topic would be told by their style.
    edits_of = {name: Edits(claim.text for claim in those) for name, those in near.items()}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for claim in found:
        draw = random.Random(f"{seed}\n{claim.text}\n{claim.group}")
        chunks = _chunks(claim, near[claim.near], draw)
        known = "\n".join(chunks)
        style = draw.choice(("tokens", "lower", "plain")) if claim.near == "wow" else "plain"
        edits = edits_of[claim.near]
        kinds = sorted(
            [*edits.breaking, "elsewhere"], key=lambda kind: draw.random() * (0.4 if kind in _SELDOM else 1.0)
        )
        for kind in kinds:
            right = _rewritten(claim, edits, draw)
            wrong = (
                _elsewhere(claim, near[claim.near], known, draw)
                if kind == "elsewhere"
                else edits.breaking[kind](right, draw, known)
            )
            if wrong is None or wrong.lower() == right.lower():
                continue
            for text, label, edit in ((right, True, "none"), (wrong, False, kind)):
                if (text.lower(), chunks) in seen:
                    continue
                seen.add((text.lower(), chunks))
                yield TrainingRow(
                    text=edits.styled(text, style), label=label, against=chunks, source=f"edits_{claim.source}",
                    group=claim.group, licence=LICENCES[claim.source], slices={"edit": edit},
                )  # fmt: skip
            break


def _chunks(claim: Claim, near: Sequence[Claim], draw: random.Random) -> tuple[str, ...]:
    """The claim's chunk among up to four others."""
    others = [one.chunk for one in draw.sample(near, min(len(near), 8)) if one.group != claim.group]
    found = [claim.chunk, *dict.fromkeys(others[: draw.choice((0, 0, 1, 2, 4))])]
    draw.shuffle(found)
    return tuple(found)


def _rewritten(claim: Claim, edits: Edits, draw: random.Random) -> str:
    """The claim in other words."""
    text, done = claim.text, 0
    if claim.rewritten and draw.random() < 0.7:
        text, done = claim.rewritten, 1
    wanted = draw.choice((0, 1, 1, 2, 2, 3))
    for change in draw.sample(edits.keeping, len(edits.keeping)):
        if done >= wanted:
            break
        if change.__name__ == "talked" and claim.near != "wow" and draw.random() < 0.6:
            continue
        new = change(text, draw)
        if new and len(new.split()) >= 4 and new != text:
            text = new
            done += 1
    return text


def _elsewhere(claim: Claim, near: Sequence[Claim], known: str, draw: random.Random) -> str | None:
    """Another sentence of the same documents, of about the same length, as near to this one in words as can be had."""
    length, own = len(claim.text.split()), set(claim.text.lower().split())
    fitting = [
        one for one in draw.sample(near, min(len(near), 120))
        if one.group != claim.group and abs(len(one.text.split()) - length) <= max(2, length // 4)
        and one.text not in known
    ]  # fmt: skip
    return max(fitting, key=lambda one: len(own & set(one.text.lower().split()))).text if fitting else None


def rows(data: Path) -> list[TrainingRow]:
    """Every training row, labelled and edited."""
    return [*labelled(data), *edited(list(claims(data)))]


ACCUSED = 0.05
"""Share of supported rows that may fall below the threshold."""
NOTE = (
    "Positive means supported. The threshold is set on supported rows: its false positives are supported rows that "
    "fall below it and are accused."
)


def threshold(trained: Trained, *_: object) -> Threshold:
    """So that at most 5 % of supported rows, judged by weights that saw none of their group, are accused."""
    supported = [1.0 - found for found, row in zip(trained.probabilities, trained.rows, strict=True) if row.label]
    accused = threshold_at(supported, ACCUSED, "supported rows, cross-fitted: accused when below")
    return structs.replace(accused, value=1.0 - accused.value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    found = rows(asked.data)
    print(write_rows(asked.out / "faithfulness.jsonl", found), "rows,", sum(row.label for row in found), "supported")


if __name__ == "__main__":
    main()
