"""Kills: builds and uploads that are killed at random moments.

A child process prepares snapshots, one after the other, and says when one is complete; it is killed (SIGKILL) after a
random time, while another process searches. Then, in a fresh process: whatever verifies answers exactly as a search of
everything in memory does, whatever was complete still verifies, and what was cut off is finished by preparing it again.

    python -m benchmarks.retrieval.kills --kills 100            prints JSON; the server is a local one

``at_work`` counts the kills that cut a build or an upload off; the others came after the last one was complete. Milvus
is Milvus Lite, whose file is in the hands of the process that is killed.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from gonogo.checks.indexes import QUESTIONS, Scored, chunks, snapshot_of
from gonogo.contracts import IndexBackend
from gonogo.domain import IndexSnapshot, RetrievalPolicy
from gonogo.errors import IndexIncomplete
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import EmbeddedBackend, IndexOptions, index_backend
from gonogo.retrieval.lists import FROM as LISTS_FROM

KINDS = ("embedded", "lists", "pinecone", "milvus")
POLICY = RetrievalPolicy(sources=("*.md",), dense_weight=0.4)
SIZE = 1_500
"""Chunks of a snapshot: long enough to be killed in the middle of."""
LONGEST = {"embedded": 0.4, "lists": 0.8, "milvus": 6.0}
"""Seconds after which a child is killed at the latest, 1.5 for others: about the time that it needs."""


def snapshot(number: int, size: int, reader: Reader) -> IndexSnapshot:
    """Of Chunks whose words no other snapshot holds, so that nothing of it is there before."""
    found = chunks(size + number)[number % 7 :]
    return snapshot_of([structs.replace(one, text=f"{one.text} This is shelf {number}.") for one in found], reader)


def lists_from(kind: str) -> int:
    return 100 if kind == "lists" else LISTS_FROM


def backend(kind: str, folder: Path, uri: str, reader: Reader) -> IndexBackend:
    local = EmbeddedBackend(
        reader,
        vectors=folder / "vectors",
        stems=folder / "stems",
        indexes=folder / "indexes",
        lists_from=lists_from(kind),
    )
    if kind == "lists":
        return local
    token = "pc-test" if kind == "pinecone" else ""
    return index_backend(kind, IndexOptions(local=local, uri=uri, token=token, owner="kills", timeout=30.0))


def work(kind: str, folder: Path, uri: str, numbers: Sequence[int], size: int) -> None:
    """The child: prepare, and say so."""
    reader = Reader(StaticEmbedder())
    made = backend(kind, folder, uri, reader)
    print("ready", flush=True)
    for number in numbers:
        made.prepare(snapshot(number, size, reader), POLICY)
        print(number, flush=True)


def command(what: str, kind: str, folder: Path, uri: str, numbers: Sequence[int], size: int) -> list[str]:
    """What starts a child."""
    words = [what, kind, "--folder", str(folder), "--uri", uri, "--size", str(size)]
    return [sys.executable, "-m", "benchmarks.retrieval.kills", *words, "--numbers", ",".join(map(str, numbers))]


def killed(kind: str, folder: Path, uri: str, numbers: Sequence[int], size: int, seconds: float) -> set[int]:
    """Run a child that long after it is ready, kill it, and say what it had completed."""
    child = subprocess.Popen(command("--work", kind, folder, uri, numbers, size), stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    said = child.stdout.read().split()
    child.stdout.close()
    if child.wait() not in (0, -signal.SIGKILL):
        raise SystemExit(f"the child that prepared {kind} failed by itself, with exit code {child.returncode}")
    return {int(word) for word in said}


def check(kind: str, folder: Path, uri: str, numbers: Sequence[int], size: int, complete: set[int]) -> dict[str, int]:
    """What stands after a kill, compared with searching everything in memory."""
    reader = Reader(StaticEmbedder())
    made, exact = backend(kind, folder, uri, reader), EmbeddedBackend(reader, lists_from=lists_from(kind))
    counts = {"verified": 0, "wrong": 0, "lost": 0, "refused": 0, "finished": 0}

    def right(one: IndexSnapshot) -> bool:
        index, truth = made.open(one, POLICY), exact.open(one, POLICY)
        return all(
            Scored(index.search(reader.read(text), 5)) == Scored(truth.search(reader.read(text), 5))
            for text in QUESTIONS
        )

    for number in numbers:
        one = snapshot(number, size, reader)
        try:
            made.verify(one, POLICY)
            counts["verified"] += 1
            counts["wrong"] += not right(one)
        except IndexIncomplete:
            counts["refused"] += 1
            counts["lost"] += number in complete
            made.prepare(one, POLICY)
            counts["finished"] += right(one)
    made.close()
    return counts


def checked_apart(
    kind: str, folder: Path, uri: str, numbers: Sequence[int], size: int, complete: set[int]
) -> dict[str, int]:
    """``check`` in a process that ends: Milvus Lite gives its file back only then."""
    words = [*command("--check", kind, folder, uri, numbers, size), "--complete", ",".join(map(str, complete))]
    counts: dict[str, int] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return counts


def rounds(
    kind: str, kills: int, uri: str, *, size: int = SIZE, seed: int = 0, longest: float | None = None
) -> dict[str, int]:
    """So many kills; the folder and the server stay the same throughout."""
    chance, total = random.Random(seed), {"at_work": 0}
    longest = LONGEST.get(kind, 1.5) if longest is None else longest
    with tempfile.TemporaryDirectory() as folder:
        uri = str(Path(folder) / "lite.db") if kind == "milvus" else uri
        for kill in range(kills):
            numbers = [2 * kill, 2 * kill + 1]
            complete = killed(
                kind,
                Path(folder),
                uri,
                numbers,
                size,
                chance.uniform(0.0, longest),
            )
            total["at_work"] += len(complete) < len(numbers)
            look = checked_apart if kind == "milvus" else check
            for name, count in look(kind, Path(folder), uri, numbers, size, complete).items():
                total[name] = total.get(name, 0) + count
    return {"kills": kills, **total}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=SIZE, help="chunks of a snapshot")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--check", help=argparse.SUPPRESS)
    parser.add_argument("--complete", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--uri", default="", help=argparse.SUPPRESS)
    parser.add_argument("--numbers", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    numbers = [int(one) for one in asked.numbers.split(",") if one]
    if asked.work:
        work(asked.work, asked.folder, asked.uri, numbers, asked.size)
        return
    if asked.check:
        complete = {int(one) for one in asked.complete.split(",") if one}
        print(json.dumps(check(asked.check, asked.folder, asked.uri, numbers, asked.size, complete)))
        return
    from tests.retrieval.pinecone_server import pinecone_index

    kinds = asked.kind or list(KINDS)
    found = {}
    for place, kind in enumerate(kinds):
        share = asked.kills // len(kinds) + (place < asked.kills % len(kinds))
        with pinecone_index(lag=3) as index:
            found[kind] = rounds(kind, share, index.host, size=asked.size, seed=asked.seed + place)
    print(json.dumps(found, indent=1))
    if any(one["wrong"] or one["lost"] or one["finished"] < one["refused"] for one in found.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
