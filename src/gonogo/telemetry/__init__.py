"""Telemetry: what other tools may know of us, and what they tell us: metrics, spans, logs without secrets.

Here: names, formats and counting. Not here: routes (``gateway``), settings (``assembly``), rates and alerts that decide
something (``monitoring``).
"""

from gonogo.telemetry.export import Exporter, Target
from gonogo.telemetry.genai_spans import Convention
from gonogo.telemetry.instruments import Instrument
from gonogo.telemetry.measures import Measures
from gonogo.telemetry.trace_context import CALLER_TRACE, caller_trace

__all__ = ["CALLER_TRACE", "Convention", "Exporter", "Instrument", "Measures", "Target", "caller_trace"]
