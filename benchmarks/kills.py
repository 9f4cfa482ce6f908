"""Kill writers and real commands with SIGKILL at random moments and look for what they had promised.

Here: the table of kinds and the JSON. Not here: any kind (``killing``).

    python benchmarks/kills.py --rounds 50 --out kills.json     50 kills of each kind, then one JSON object
    python benchmarks/kills.py --rounds 3 --kinds build,load    3 kills of a build and of a server under load

``traces``, ``runs``, ``versions``, ``deployments`` and ``mixed`` (all four at once) kill a writer in the store;
``build``, ``evaluate``, ``deploy``, ``load`` and ``outage`` kill the command. An outage is load while another process
holds the store; it is killed a fifth as often, because every round waits until the store is given up.

Exit code 0 if nothing acknowledged was lost, nothing was half made and most kills hit work, else 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from killing.builds import kill_builds
from killing.deployments import kill_deployments
from killing.evaluations import kill_evaluations
from killing.load import kill_servers
from killing.report import Report
from killing.store_writes import WRITERS, be_child, kill_many

from gonogo.errors import GonogoError

Kill = Callable[[int, random.Random, Report], None]
KINDS: dict[str, Kill] = {
    **{kind: partial(kill_many, [kind]) for kind in WRITERS},
    "mixed": partial(kill_many, list(WRITERS)),
    "build": kill_builds,
    "evaluate": kill_evaluations,
    "deploy": kill_deployments,
    "load": partial(kill_servers, outage=False),
    "outage": lambda rounds, chance, report: kill_servers(max(1, rounds // 5), chance, report, outage=True),
}


def main() -> int:
    """Kill, and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=50, help="kills of each kind")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"comma-separated, of {', '.join(KINDS)}")
    parser.add_argument("--seed", type=int, default=None, help="for the moments of the kills")
    parser.add_argument("--out", type=Path, default=None, help="write the JSON there instead of printing it")
    parser.add_argument("--child", type=Path, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    kinds = options.kinds.split(",")
    if options.child is not None:
        asyncio.run(be_child(options.child, kinds))
        return 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    reports: dict[str, Report] = {}
    for kind in kinds:
        report = reports[kind] = Report()
        started = time.monotonic()
        try:
            # Chance of its own, so that one kind alone is killed as it is among others.
            KINDS[kind](options.rounds, random.Random(f"{seed} {kind}"), report)
        except (GonogoError, RuntimeError, TimeoutError) as error:
            report.wrong(f"{type(error).__name__}: {error}")
        report.figures["seconds"] = round(time.monotonic() - started, 1)
    found = {kind: vars(report) for kind, report in reports.items()}
    text = json.dumps({"commit": commit(), "seed": seed, "rounds": options.rounds, **found}, indent=2)
    if options.out is None:
        print(text)
    else:
        options.out.write_text(text + "\n", encoding="utf-8")
    return int(not all(report.fine for report in reports.values()))


def commit() -> str:
    """What is checked out, with ``-dirty`` where files were changed since."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return found.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
