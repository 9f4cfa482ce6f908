"""Ingestion: ten thousand generated Markdown pages built into a Version, then one of them edited.

Bars: the first build under 60 s of CPU with the embedder ``static`` and vectors weighed in; the build after the edit
under 2 s, embedding only what changed.

    python -m benchmarks.retrieval.ingest [--pages 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

from gonogo.assembly.settings import load_settings
from gonogo.assembly.workspace import Workspace

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


async def measured(home: Path, folder: Path, label: str) -> tuple[float, float]:
    async with await Workspace.open(load_settings(home)) as workspace:
        cpu, wall = time.process_time(), time.perf_counter()
        built = await workspace.build(folder)
        cpu_built, wall_built = time.process_time() - cpu, time.perf_counter() - wall
    chunks = len(built.snapshot.chunks) if built.snapshot else 0
    print(f"{label:<10} {built.version.name}: {chunks:,} chunks, {cpu_built:.2f} s of CPU, {wall_built:.2f} s")
    return cpu_built, wall_built


async def main(pages: int) -> int:
    rng = random.Random(7)
    words = vocabulary(rng)
    with tempfile.TemporaryDirectory() as name:
        home, folder = Path(name) / "home", Path(name) / "mission"
        for number in range(pages):
            path = folder / "knowledge" / f"part{number // 100:03}" / f"page{number}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(number, rng, words))
        (folder / "mission.yaml").write_text(MISSION)
        first, _ = await measured(home, folder, "first")
        path = folder / "knowledge" / "part000" / "page7.md"
        path.write_text(path.read_text() + "\nOne more sentence.\n")
        _, edited = await measured(home, folder, "one edit")
        await measured(home, folder, "unchanged")
    print(f"first build: {first:.1f} s of CPU, bar {FIRST_BAR:g}; one page edited: {edited:.2f} s, bar {EDIT_BAR:g}")
    return 0 if first < FIRST_BAR and edited < EDIT_BAR else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    raise SystemExit(asyncio.run(main(parser.parse_args().pages)))
