"""Ingestion: ten thousand generated Markdown pages built into a Version, then one of them edited.

Bars: the first build under 60 s of CPU with the embedder ``static`` and vectors weighed in; the build after the edit
under 2 s, embedding only what changed. Measured is ``gonogo build`` as a person runs it, its start included.

    python -m benchmarks.retrieval.ingest [--pages 10000]
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIRST_BAR, EDIT_BAR = 60.0, 2.0
MISSION = """\
mission: pages
models: {small: {provider: builtin, model: extractive-small}}
prompt: {system: "Answer only from the documents."}
retrieval: {sources: ["knowledge/**/*"], dense_weight: 0.3}
"""


def vocabulary(rng: random.Random, size: int = 20_000) -> list[str]:
    """Words of two to four syllables: as many as a manual has, so that the index is not a toy's."""
    syllables = [a + b for a in "bcdfglmnprstv" for b in "aeiou"]
    return ["".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(size)]


def page(number: int, rng: random.Random, words: list[str]) -> str:
    """A page of about 3 KB: three sections of prose, a list, a table and code."""
    lines = [f"---\ntitle: Page {number}\nteam: team{number % 7}\n---\n"]
    for section in range(3):
        lines.append(f"\n## {rng.choice(words).title()} {section}\n")
        lines += [" ".join(rng.choices(words, k=55)).capitalize() + ".\n" for _ in range(2)]
        lines += ["- " + " ".join(rng.choices(words, k=7)) for _ in range(3)]
    lines.append("\n| part | price |\n|---|---|")
    lines += [f"| {rng.choice(words)} | {rng.randint(1, 99)} |" for _ in range(5)]
    lines.append(f"\n```sh\nrun --page {number}\n```\n")
    return "\n".join(lines)


def measured(home: Path, folder: Path, label: str) -> tuple[float, float]:
    """(CPU, wall) seconds of the command, the start of Python included."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "gonogo", "--home", str(home), "build", str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - wall
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{label:<10} {said.splitlines()[0]}: {cpu:.2f} s of CPU, {wall:.2f} s", flush=True)
    return cpu, wall


def main(pages: int) -> int:
    rng = random.Random(7)
    words = vocabulary(rng)
    with tempfile.TemporaryDirectory() as name:
        home, folder = Path(name) / "home", Path(name) / "mission"
        for number in range(pages):
            path = folder / "knowledge" / f"part{number // 100:03}" / f"page{number}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(number, rng, words))
        (folder / "mission.yaml").write_text(MISSION)
        first, _ = measured(home, folder, "first")
        path = folder / "knowledge" / "part000" / "page7.md"
        path.write_text(path.read_text() + "\nOne more sentence.\n")
        _, edited = measured(home, folder, "one edit")
        measured(home, folder, "unchanged")
    print(f"first build: {first:.1f} s of CPU, bar {FIRST_BAR:g}; one page edited: {edited:.2f} s, bar {EDIT_BAR:g}")
    return 0 if first < FIRST_BAR and edited < EDIT_BAR else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    raise SystemExit(main(parser.parse_args().pages))
