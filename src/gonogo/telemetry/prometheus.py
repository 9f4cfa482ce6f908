"""Prometheus: instruments as the text that a Prometheus server reads.

Here: text format 0.0.4, prometheus.io/docs/instrumenting/exposition_formats. Not here: the route (``gateway``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gonogo.telemetry.instruments import Instrument, Labels, Series

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def page(instruments: Iterable[Instrument], gauges: Iterable[str] = ()) -> bytes:
    """The whole page; ``gauges`` are made with ``gauge``."""
    lines = [line for instrument in instruments for line in _instrument(instrument)]
    return ("\n".join([*lines, *gauges]) + "\n").encode()


def gauge(name: str, about: str, values: Mapping[tuple[tuple[str, str], ...], float], kind: str = "gauge") -> str:
    """Values that are read at the moment of the scrape, by their (label, value) pairs."""
    head = f"# HELP {name} {_about(about)}\n# TYPE {name} {kind}"
    rows = [f"{name}{_labels(dict(labels))} {_number(value)}" for labels, value in values.items()]
    return "\n".join([head, *rows])


def _instrument(instrument: Instrument) -> Iterator[str]:
    yield f"# HELP {instrument.name} {_about(instrument.about)}"
    yield f"# TYPE {instrument.name} {'histogram' if instrument.bounds else 'counter'}"
    for values, series in instrument.series():
        if instrument.bounds:
            yield from _histogram(instrument, values, series)
        else:
            yield f"{instrument.name}{_labels(_named(instrument, values))} {_number(series.total)}"


def _histogram(instrument: Instrument, values: Labels, series: Series) -> Iterator[str]:
    named, below = _named(instrument, values), 0
    for bound, count in zip((*instrument.bounds, float("inf")), series.counts, strict=True):
        below += count
        yield f"{instrument.name}_bucket{_labels({**named, 'le': _number(bound)})} {below}"
    yield f"{instrument.name}_sum{_labels(named)} {_number(series.total)}"
    yield f"{instrument.name}_count{_labels(named)} {below}"


def _named(instrument: Instrument, values: Labels) -> dict[str, str]:
    return dict(zip(instrument.labels, values, strict=True))


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    # A lone surrogate, which JSON may carry, has no place in UTF-8.
    clean = value.encode("utf-8", "replace").decode()
    return clean.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _about(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
