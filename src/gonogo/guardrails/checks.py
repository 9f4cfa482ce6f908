"""Checks: every guardrail there is, where it may stand, what it may do, and what can be configured.

Here: the static table, validation of a rule, building a guardrail from it.
Not here: the guardrails (one module each), running them (``pipeline``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, get_args

from gonogo.contracts import Classifier, Guardrail, Metric
from gonogo.domain import GuardrailAction, GuardrailRule, GuardrailStage
from gonogo.errors import BadInput
from gonogo.guardrails.faithfulness import Faithfulness
from gonogo.guardrails.injection import Injection
from gonogo.guardrails.measured import MetricGuardrail
from gonogo.guardrails.personal_data import FINDERS
from gonogo.guardrails.pii import PersonalData
from gonogo.guardrails.prompt_leak import PromptLeak
from gonogo.guardrails.relevance import Relevance
from gonogo.guardrails.toxicity import Toxicity

OptionCheck = Callable[[Any], str | None]
"""What is wrong with the value of an option, or ``None``."""
Metrics = Mapping[str, Metric]
Classifiers = Mapping[str, Classifier]
CAREFUL = "toxicity-careful"
"""Name of the classifier that asks a larger model where the small one is unsure."""
Build = Callable[[GuardrailRule, GuardrailStage, Metrics, Classifiers], Guardrail]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One kind of guardrail. ``actions`` by stage; a stage that is missing is not allowed."""

    description: str
    actions: Mapping[GuardrailStage, tuple[GuardrailAction, ...]]
    build: Build
    options: Mapping[str, OptionCheck] = field(default_factory=dict)
    metric: str | None = None


def problems(rule: GuardrailRule, stage: GuardrailStage) -> str | None:
    """What is wrong with a rule as written, with what to write instead, or ``None``."""
    check = KNOWN.get(rule.check)
    if check is None:
        return f"unknown guardrail {rule.check!r}{_nearest(rule.check, KNOWN)}"
    if stage not in check.actions:
        return f"{rule.check} cannot stand at {stage}: it works at {_listed(check.actions)}"
    if rule.action not in check.actions[stage]:
        return f"{rule.check} cannot {rule.action} at {stage}: it can {_listed(check.actions[stage])}"
    for name, value in rule.options.items():
        if name not in check.options:
            return f"{rule.check} has no option {name!r}{_nearest(name, check.options)}"
        if wrong := check.options[name](value):
            return f"{rule.check}.{name} {wrong}"
    return None


def build(
    rule: GuardrailRule,
    stage: GuardrailStage,
    *,
    metrics: Metrics | None = None,
    classifiers: Classifiers | None = None,
) -> Guardrail:
    """The rule bound to its implementation.

    Args:
        metrics: by name; needed by the checks that wrap one (``KNOWN[...].metric`` says which).
        classifiers: by name; a check that has one of its name judges with it.

    Raises:
        BadInput: the rule has a problem, or its metric was not given.
    """
    if wrong := problems(rule, stage):
        raise BadInput(f"guardrails.{stage}: {wrong}")
    check, given = KNOWN[rule.check], metrics or {}
    if check.metric is not None and check.metric not in given:
        raise BadInput(f"guardrails.{stage}: {rule.check} needs the metric {check.metric}, which this Mission lacks")
    return check.build(rule, stage, given, classifiers or {})


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return f": did you mean {near[0]!r}?" if near else f": known are {_listed(known)}" if known else ""


def _listed(names: Mapping[Any, object] | tuple[str, ...]) -> str:
    return ", ".join(names)


def _share(value: Any) -> str | None:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0
    return None if fine else f"must be a number from 0 to 1, not {value!r}"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else f"must be true or false, not {value!r}"


def _kinds(value: Any) -> str | None:
    if not isinstance(value, list) or not value:
        return f"must be a list of kinds ({_listed(FINDERS)}), not {value!r}"
    unknown = [kind for kind in value if kind not in FINDERS]
    return f"names unknown kinds {unknown}: known are {_listed(FINDERS)}" if unknown else None


def _run_length(value: Any) -> str | None:
    fine = isinstance(value, int) and not isinstance(value, bool) and 4 <= value <= 50
    return None if fine else f"must be a whole number from 4 to 50, not {value!r}"


def _strings(value: Any) -> str | None:
    fine = isinstance(value, list) and all(isinstance(one, str) and len(one) >= 8 for one in value)
    return None if fine else "must be a list of strings of at least 8 characters"


def _measuring(kind: type[MetricGuardrail], metric: str) -> Build:
    return lambda rule, stage, metrics, classifiers: kind(rule, stage, metrics[metric])


def _toxicity(rule: GuardrailRule, stage: GuardrailStage, metrics: Metrics, classifiers: Classifiers) -> Guardrail:
    careful = classifiers.get(CAREFUL) if rule.options.get("careful") else None
    if rule.options.get("careful") and careful is None:
        raise BadInput(f"guardrails.{stage}: toxicity.careful needs the classifier {CAREFUL}, which is not here")
    return Toxicity(rule, stage, metrics["toxicity"], classifiers.get("toxicity"), careful)


STAGES: tuple[GuardrailStage, ...] = get_args(GuardrailStage)
KNOWN: Mapping[str, Check] = {
    "injection": Check(
        description="Attempts to override, extract or forge the instructions of the assistant.",
        actions={"input": ("flag", "block"), "context": ("flag", "drop", "block")},
        build=lambda rule, stage, metrics, classifiers: Injection(rule, stage, classifiers.get("injection")),
        options={"threshold": _share},
    ),
    "pii": Check(
        description="E-mail, phone, payment card, IBAN, US social security number, secrets; IPv4 on request.",
        actions={
            "input": ("flag", "redact", "block"),
            "context": ("flag", "redact", "drop", "block"),
            "output": ("flag", "redact", "block"),
        },
        build=lambda rule, stage, metrics, classifiers: PersonalData(rule, stage),
        options={"kinds": _kinds},
    ),
    "toxicity": Check(
        description="Insults, threats and contempt.",
        actions={"input": ("flag", "block"), "context": ("flag", "drop", "block"), "output": ("flag", "block")},
        build=_toxicity,
        options={"threshold": _share, "careful": _flag},
        metric="toxicity",
    ),
    "faithfulness": Check(
        description="An answer that its retrieved chunks do not support.",
        actions={"output": ("flag", "block")},
        build=_measuring(Faithfulness, "faithfulness"),
        options={"threshold": _share},
        metric="faithfulness",
    ),
    "relevance": Check(
        description="An answer that does not speak to its question.",
        actions={"output": ("flag", "block")},
        build=_measuring(Relevance, "relevance"),
        options={"threshold": _share},
        metric="relevance",
    ),
    "prompt_leak": Check(
        description="An answer that repeats a run of the system prompt's words, or a canary.",
        actions={"output": ("flag", "redact", "block")},
        build=lambda rule, stage, metrics, classifiers: PromptLeak(rule, stage),
        options={"words": _run_length, "canaries": _strings},
    ),
}
"""Every guardrail by the name a Mission gives it."""
