"""Merging: pages of several processes of one server as one page.

Here: adding up samples of the same name and labels. Not here: writing a page (``prometheus``), where other processes'
pages are found (``gateway.workers``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def merged(pages: Iterable[bytes]) -> bytes:
    """One page with the sum of every sample: counters and histograms of all, gauges in how many or how much of all."""
    heads: dict[str, list[str]] = {}
    sums: dict[str, dict[str, float]] = {}
    for page in pages:
        for family, line in _lines(page):
            if line.startswith("#"):
                head = heads.setdefault(family, [])
                if line not in head:
                    head.append(line)
            else:
                sample, _, value = line.rpartition(" ")
                of = sums.setdefault(family, {})
                of[sample] = of.get(sample, 0.0) + float(value)
    lines = [line for family, head in heads.items() for line in (*head, *_samples(sums.get(family, {})))]
    return ("\n".join(lines) + "\n").encode()


def lasting(page: bytes) -> bytes:
    """What a process that ended leaves: its counters and histograms. Its gauges ended with it."""
    kept = list(_lines(page))
    gauges = {family for family, line in kept if line == f"# TYPE {family} gauge"}
    return ("\n".join(line for family, line in kept if family not in gauges) + "\n").encode()


def _lines(page: bytes) -> Iterator[tuple[str, str]]:
    """(name of the metric, line); each metric begins with its HELP."""
    family = ""
    for line in page.decode().splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
        if line:
            yield family, line


def _samples(sums: dict[str, float]) -> Iterator[str]:
    for sample, value in sums.items():
        yield f"{sample} {int(value) if value == int(value) else repr(value)}"
