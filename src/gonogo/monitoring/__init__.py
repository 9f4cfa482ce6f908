"""Monitoring: what live traffic says about a Version, and what follows.

Here: rates with intervals, drift of behaviour inside topics, regressions since a deployment, alerts, rolling back.
Not here: scoring Traces (``pipeline``, ``metrics``), moving the pointer (``deployments``), the statistics themselves.
"""

from gonogo.monitoring.adjustment import Adjustment, Behaviour
from gonogo.monitoring.alerts import details, odds, signal_words
from gonogo.monitoring.drift import DriftDetector, DriftReading, SignalState, alarm_threshold, read_drift
from gonogo.monitoring.monitor import WINDOW, MonitorReport, RollBack, report, watch_once
from gonogo.monitoring.rates import Cost, RateRule, Traffic, is_live, rate_rules, read_rate, read_traffic
from gonogo.monitoring.readings import QuantileReading, evidence_words, percent, phrased, quantile_reading, rate_reading
from gonogo.monitoring.reference import Live, find_live
from gonogo.monitoring.regressions import RateWatch, watch_rates
from gonogo.monitoring.rise import RiseEvidence
from gonogo.monitoring.signals import IsRefusal, SignalMemory, Signals, read_signals
from gonogo.monitoring.topics import OTHER, Topics, TopicShift, learn_topics, shifts

__all__ = [
    "OTHER",
    "WINDOW",
    "Adjustment",
    "Behaviour",
    "Cost",
    "DriftDetector",
    "DriftReading",
    "IsRefusal",
    "Live",
    "MonitorReport",
    "QuantileReading",
    "RateRule",
    "RateWatch",
    "RiseEvidence",
    "RollBack",
    "SignalMemory",
    "SignalState",
    "Signals",
    "TopicShift",
    "Topics",
    "Traffic",
    "alarm_threshold",
    "details",
    "evidence_words",
    "find_live",
    "is_live",
    "learn_topics",
    "odds",
    "percent",
    "phrased",
    "quantile_reading",
    "rate_reading",
    "rate_rules",
    "read_drift",
    "read_rate",
    "read_signals",
    "read_traffic",
    "report",
    "shifts",
    "signal_words",
    "watch_once",
    "watch_rates",
]
