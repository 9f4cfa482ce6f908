"""The texts that the teacher reads: sentences of permissively licensed sets, and bags of vocabulary words.

Here: reading, cutting, one shuffle. Not here: the teacher (``teacher``), fitting (``fit``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gonogo.features import SHIPPED_WEIGHTS
from gonogo.features.sentences import sentences_of

SEED = 20261126
OPTION = re.compile(r"^[A-D]\. ")
Row = dict[str, Any]


class Texts:
    """Distinct texts with their source, in order of arrival."""

    def __init__(self, data: Path) -> None:
        self.data, self.random = data, random.Random(SEED)
        self.found: dict[str, str] = {}

    def rows(self, name: str) -> Iterator[Row]:
        with gzip.open(self.data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def add(self, text: str, source: str, longest: int = 400) -> None:
        text = " ".join(text.split())[:longest]
        if len(text) >= 4:
            self.found.setdefault(text, source)

    def intents(self) -> None:
        for name in ("banking77", "clinc150"):
            for row in self.rows(f"quality/intent_{name}"):
                self.add(row["text"], name)

    def examinations(self) -> None:
        rows = list(self.rows("quality/route_mmlu"))
        self.random.shuffle(rows)
        for place, row in enumerate(rows):
            lines = row["prompt"].split("\n")
            if place < 9000:
                self.add(" ".join(one for one in lines if not re.match(r"^[A-D]\. |Answer:", one)), "mmlu", 300)
            options = [one[3:] for one in lines if OPTION.match(one)]
            if options:
                self.add(self.random.choice(options), "mmlu", 160)
        for row in self.rows("quality/route_gsm8k_half"):
            self.add(row["prompt"], "gsm8k", 300)

    def passages(self) -> None:
        for name in ("begin_wow", "q2_wow"):
            for row in self.rows(f"quality/faith_{name}"):
                self.add(row["context"], "wow", 300)
                if row.get("label") == 1 and row.get("answer"):
                    self.add(row["answer"], "wow", 300)
        for row in self.rows("quality/cache_gptcache_mock"):
            self.add(row["text1"], "hub")
            self.add(row["text2"], "hub")
        for name in ("click", "httpx"):
            for row in self.rows(f"quality/ret_docs_{name}"):
                if row["kind"] != "doc":
                    self.add(row["text"], name)
                    continue
                title = row.get("title") or ""
                self.add(f"{title} {row['text']}", name, 600)
                for sentence in [one for one in sentences_of(row["text"]) if len(one) > 15][:12]:
                    self.add(sentence, name, 300)
                    self.random.random()  # drawn by an earlier version: without it the shuffle would be another
                self.add(title, name)

    def prompts(self) -> None:
        for source in ("awesome_prompts", "selfinstruct"):
            for row in self.rows(f"safety/ben_{source}"):
                sentences = [one for one in sentences_of(row["text"]) if len(one) > 15]
                self.random.shuffle(sentences)
                for sentence in sentences[:8]:
                    self.add(sentence, source, 240)
        for row in self.rows("quality/judge_pairs_dev"):
            self.add(row["prompt"], "judge")

    def comments(self) -> None:
        rows = list(self.rows("safety/tox_davidson"))
        self.random.shuffle(rows)
        for row in rows[:5000]:
            self.add(row["text"], "tweets", 200)
        for name in ("toxigen_seed", "surge"):
            for row in self.rows(f"safety/tox_{name}"):
                self.add(row["text"], name, 240)

    def inputs(self) -> None:
        for name in ("bipia_train", "deepset_train"):
            for row in self.rows(f"safety/inj_{name}"):
                if row["label"] == 0:
                    self.add(row["text"], name, 600 if name == "bipia_train" else 240)

    def bags(self) -> None:
        """Words without order, each about five times: the teacher's opinion of words that no text above holds."""
        vocabulary = (SHIPPED_WEIGHTS / "vocab.txt").read_text("utf-8").rstrip("\n").split("\n")
        whole = [entry for entry in vocabulary if re.fullmatch(r"[a-z]{2,}|[0-9]+", entry)]
        pieces = [entry[2:] for entry in vocabulary if re.fullmatch(r"##[a-z]{3,}", entry)]
        words: list[str] = []
        for _ in range(5):
            shuffled = whole[:]
            self.random.shuffle(shuffled)
            words += shuffled
        place = 0
        while place < len(words):
            size = self.random.choice((2, 4, 5, 6, 7))
            bag = words[place : place + size]
            place += size
            if self.random.random() < 0.35:
                bag[self.random.randrange(len(bag))] += self.random.choice(pieces)
            self.add(" ".join(bag), "bags")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    texts = Texts(options.data)
    for step in (texts.intents, texts.examinations, texts.passages, texts.prompts, texts.comments):
        step()
    for step in (texts.inputs, texts.bags):
        step()
    rows = [{"text": text, "source": source} for text, source in texts.found.items()]
    texts.random.shuffle(rows)
    options.out.write_text(json.dumps(rows))
    print(Counter(row["source"] for row in rows), len(rows))


if __name__ == "__main__":
    main()
