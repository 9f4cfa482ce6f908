"""Cross-checks: what sections of a Mission mean together, and what is installed to serve them.

Here: names that must be models, checks and metrics that must exist, selectors that must select.
Not here: single values (``schema``), files (``folder_files``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from gonogo.building.findings import Findings, nearest, nearest_or_all
from gonogo.building.toolbox import Toolbox
from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import (
    DEFAULT_TENANT,
    GatePolicy,
    GoldenTask,
    GuardrailPolicy,
    GuardrailRule,
    ModelSpec,
    MonitorPolicy,
    RequestPolicy,
    RetrievalPolicy,
    RoutingPolicy,
)
from gonogo.domain.mission import GuardrailStage

ALWAYS_KNOWN_METRICS = frozenset({"pass_rate"})


def check_models(models: dict[str, ModelSpec], root: YamlNode, toolbox: Toolbox, findings: Findings) -> None:
    """Warn of providers the settings do not know and of model names that move under one's feet."""
    for name, spec in models.items():
        provider, place = spec.provider, root.at("models", name, "provider")
        if toolbox.known_providers and provider not in toolbox.known_providers:
            hint = nearest_or_all(provider, toolbox.known_providers)
            findings.warning(f"no provider {provider!r} in the settings here", place, f"models.{name}.provider", hint)
        if warning := toolbox.alias_warning(provider, spec.model):
            findings.warning(warning, root.at("models", name, "model"), f"models.{name}.model")


def check_output_limit(
    requests: RequestPolicy, models: dict[str, ModelSpec], root: YamlNode, findings: Findings
) -> None:
    """What a model pins must fit under ``requests.max_output_tokens``; ``beyond`` says nothing without it."""
    most = requests.max_output_tokens
    if most is None:
        if "beyond" in _keys(root.at("requests")):
            findings.problem(
                "says what happens beyond a limit, and there is none", root.at("requests", "beyond"), "requests.beyond",
                "add max_output_tokens, or leave it out",
            )  # fmt: skip
        return
    for name, spec in models.items():
        for key in ("max_tokens", "max_completion_tokens"):
            pinned, answers = spec.params.get(key), spec.params.get("n", 1)
            if isinstance(pinned, int) and isinstance(answers, int) and pinned * answers > most:
                findings.problem(
                    f"pins {pinned * answers} tokens of output, and requests.max_output_tokens is {most}",
                    root.at("models", name, "params", key), f"models.{name}.params.{key}",
                )  # fmt: skip


def check_routing(
    routing: RoutingPolicy | None, models: Iterable[str], root: YamlNode, toolbox: Toolbox, findings: Findings
) -> None:
    """Every name in ``routing`` is a model, every classifier of a rule is known; several models need a routing."""
    known = sorted(models)
    if routing is None:
        if len(known) > 1 and "routing" not in _keys(root):
            hint = f"routing: {{simple: {known[0]}, complex: {known[1]}}}"
            findings.problem("several models, and no routing says which answers", root.at("models"), "models", hint)
        return
    section = root.at("routing")
    named = [("simple", routing.simple), ("complex", routing.complex)]
    named += [("fallback", name) for name in routing.fallback]
    for key, name in named:
        if name not in known:
            findings.problem(
                f"no model {name!r} under models", section.at(key), f"routing.{key}", nearest_or_all(name, known)
            )
    if len(set(routing.fallback)) < len(routing.fallback):
        findings.problem("names a model twice", section.at("fallback"), "routing.fallback")
    _check_rules(routing, known, section.at("rules"), toolbox, findings)
    for name in sorted(set(known) - {name for _, name in named} - {rule.to for rule in routing.rules}):
        findings.warning("routing never takes this model", root.at("models", name), f"models.{name}")


def _check_rules(
    routing: RoutingPolicy, models: list[str], place: YamlNode, toolbox: Toolbox, findings: Findings
) -> None:
    # A rule that cannot be read makes the whole list unusable: what is here are all of them, in the file's order.
    items = place.value if isinstance(place.value, tuple) else (place,)
    seen: set[tuple[str, float | None]] = set()
    for number, (rule, item) in enumerate(zip(routing.rules, items, strict=False)):
        at, name = f"routing.rules[{number}]", rule.when.classifier
        if rule.to not in models:
            findings.problem(
                f"no model {rule.to!r} under models", item.at("to"), f"{at}.to", nearest_or_all(rule.to, models)
            )
        if toolbox.known_classifiers and name not in toolbox.known_classifiers:
            hint = nearest_or_all(name, toolbox.known_classifiers)
            where = item.at("when", "classifier")
            findings.problem(f"no classifier {name!r} that a rule can call", where, f"{at}.when.classifier", hint)
        if any(name == other and _covers(above, rule.when.above) for other, above in seen):
            findings.warning(f"never decides: an earlier rule on {name} holds whenever this one does", item, at)
        seen.add((name, rule.when.above))


def _covers(earlier: float | None, later: float | None) -> bool:
    """Whether the earlier bound holds whenever the later one does; ``None`` is a bound not known here."""
    return earlier == later or (earlier is not None and later is not None and earlier <= later)


def check_guardrails(policy: GuardrailPolicy, root: YamlNode, toolbox: Toolbox, findings: Findings) -> None:
    """Every check is installed and takes its action and options at its stage."""
    stages: tuple[GuardrailStage, ...] = get_args(GuardrailStage)
    for stage in stages:
        rules: tuple[GuardrailRule, ...] = getattr(policy, stage)
        places = _rule_places(root.at("guardrails", stage), rules)
        for rule, place in zip(rules, places, strict=True):
            at = f"guardrails.{stage}.{rule.check}"
            if rule.check not in toolbox.known_checks:
                hint = nearest_or_all(rule.check, toolbox.known_checks)
                findings.problem(f"no guardrail {rule.check!r} is installed", place, at, hint)
            elif problem := toolbox.guardrail_problems(rule, stage):
                findings.problem(problem, place, at)
        for check in sorted({rule.check for rule in rules if sum(other.check == rule.check for other in rules) > 1}):
            findings.warning("is listed more than once", root.at("guardrails", stage), f"guardrails.{stage}.{check}")


def _rule_places(stage: YamlNode, rules: tuple[GuardrailRule, ...]) -> list[YamlNode]:
    # Rules that could not be read are missing from ``rules``; the order of the others is that of the file.
    items = iter(stage.value if isinstance(stage.value, tuple) else (stage,))
    places: list[YamlNode] = []
    for rule in rules:
        found = next((item for item in items if rule.check in _keys(item)), stage)
        places.append(found)
    return places


def check_retrieval(policy: RetrievalPolicy, root: YamlNode, toolbox: Toolbox, findings: Findings) -> None:
    """The index backend and the embedder are installed; filters do not touch the tenant's field."""
    if policy.tenant_field and policy.tenant_field in {*policy.filter, *policy.filter_by}:
        findings.problem(
            "the tenant's field is filtered by the caller's tenant and by nothing else",
            root.at("retrieval", "tenant_field"),
            "retrieval.tenant_field",
            f"take {policy.tenant_field} out of filter and filter_by",
        )
    pairs = (
        ("index", policy.index, toolbox.known_indexes()),
        ("embedder", policy.embedder, toolbox.known_embedders()),
    )
    for key, name, known in pairs:
        if known and name not in known:
            place = root.at("retrieval", key)
            hint = nearest_or_all(name, known) or ""
            if key == "index":
                hint = f"{hint}{'; ' if hint else ''}or add [indexes.{name}] to settings.toml, with its kind and uri"
            findings.problem(f"no {key} {name!r} is installed", place, f"retrieval.{key}", hint or None)


def check_tenants(retrieval: RetrievalPolicy | None, tasks: tuple[GoldenTask, ...], findings: Findings) -> None:
    """A golden task names a tenant only where tenants are kept apart: elsewhere it would say nothing."""
    if retrieval is not None and retrieval.tenant_field:
        return
    for task in tasks:
        if task.tenant != DEFAULT_TENANT:
            file, _, line = task.source.rpartition(":")
            message = f"{task.id} names the tenant {task.tenant!r}, and this Mission keeps no tenants apart"
            findings.file_problem(message, file, "add retrieval.tenant_field, or take tenant out", int(line))


def check_gate(
    gate: GatePolicy,
    tasks: tuple[GoldenTask, ...],
    root: YamlNode,
    toolbox: Toolbox,
    findings: Findings,
    *,
    judges: Iterable[str] = (),
) -> None:
    """Required metrics exist, as metrics or as judges; every selector selects a task."""
    everywhere = toolbox.known_metrics | ALWAYS_KNOWN_METRICS | frozenset(judges)
    known = everywhere | toolbox.known_shares
    expected = {check.name for task in tasks if task.gates for check in task.expect}
    for name in gate.require:
        place = root.at("gate", "require", name)
        if name not in known:
            findings.problem("no such metric", place, f"gate.require.{name}", nearest_or_all(name, known))
        elif name not in everywhere and name not in expected:
            message, hint = f"no golden task expects {name}, so nothing measures it", f"add `{name}:` to tasks"
            findings.problem(message, place, f"gate.require.{name}", hint)
    names = {f"tag:{tag}" for task in tasks for tag in task.tags} | {f"id:{task.id}" for task in tasks}
    place = root.at("gate", "critical")
    items = place.value if isinstance(place.value, tuple) else (place,)
    for selector, item in zip(gate.critical, items, strict=False):
        if not any(task.matches(selector) for task in tasks):
            kind = selector.partition(":")[0]
            same = [name for name in names if name.startswith(f"{kind}:")]
            findings.warning(
                f"{selector} selects no golden task", item, "gate.critical", nearest(selector, same or names)
            )


def check_monitors(monitors: MonitorPolicy, root: YamlNode, toolbox: Toolbox, findings: Findings) -> None:
    """Rates that roll back are rates that are watched."""
    place = root.at("monitors", "roll_back_on")
    for name in monitors.roll_back_on:
        if toolbox.known_rates and name not in toolbox.known_rates:
            hint = nearest_or_all(name, toolbox.known_rates)
            findings.problem(f"no rate {name!r} is watched", place, "monitors.roll_back_on", hint)
    if monitors.roll_back_on and monitors.sample == 0.0:
        findings.warning("no Trace gets scores, so no score can roll back", root.at("monitors", "sample"))


def _keys(node: YamlNode) -> frozenset[str]:
    return frozenset(node.value) if isinstance(node.value, dict) else frozenset()
