"""LiteLLM: ``model_list`` and fallbacks of a proxy's ``config.yaml``.

Here: models, addresses, names of variables with keys, fallbacks. Not here: what a provider is told (``providers``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried, Carrying, Plain, slug
from gonogo.importing.models import ADDRESSES, KNOWN_HERE, PINNED, key_variable, model_name, pinned, usable_address
from gonogo.importing.secrets import variable_of
from gonogo.importing.source import Source, child, items, mapping_at, text_at, usable

_PREFIXES: Final = {
    "openai": "openai", "text-completion-openai": "openai", "custom_openai": "openai", "anthropic": "anthropic",
    "ollama": "ollama", "ollama_chat": "ollama", "hosted_vllm": "vllm", "vllm": "vllm", "llamafile": "openai",
    "lm_studio": "openai", "litellm_proxy": "openai",
}  # fmt: skip
_USUAL_KEYS: Final = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_READ: Final = PINNED | {"model", "api_base", "base_url", "api_key", "weight", "timeout"}
_INSTEAD: Final = {
    "rpm": "[limits] of settings.toml (docs/limits.md)",
    "tpm": "[limits] of settings.toml (docs/limits.md)",
    "max_budget": "[budgets] of settings.toml (docs/limits.md)",
    "master_key": "`gonogo keys create` (docs/access.md)",
    "database_url": "[store] of settings.toml (docs/scaling.md)",
    "callbacks": "[telemetry] of settings.toml (docs/telemetry.md)",
    "success_callback": "[telemetry] of settings.toml (docs/telemetry.md)",
    "failure_callback": "[telemetry] of settings.toml (docs/telemetry.md)",
    "cache": "`cache` of mission.yaml (docs/cache.md)",
    "cache_params": "`cache` of mission.yaml (docs/cache.md)",
    "guardrails": "`guardrails` of mission.yaml (docs/guardrails.md)",
    "input_cost_per_token": "prices.toml (docs/settings.md)",
    "output_cost_per_token": "prices.toml (docs/settings.md)",
    "num_retries": "a call is retried before its first byte (docs/gateway.md)",
    "routing_strategy": "addresses of one model share by weight and health (docs/gateway.md)",
    "environment_variables": "set them outside of a Mission; their values are not shown",
    "model_group_alias": "a Mission names its models itself",
}
_OTHERWISE: Final = "see docs/settings.md and docs/gateway.md"


@dataclass(frozen=True, slots=True)
class _Deployment:
    node: YamlNode
    group: str
    provider: str
    model: str
    address: str
    variable: str
    weight: float
    params: Plain


def import_litellm(path: Path, assertions: Assertions, judges: frozenset[str] | None = None) -> Carried:
    """Read a proxy's configuration.

    Raises:
        BadInput: it has no model that can be carried, or the folder is a Mission already.
    """
    if judges is not None:
        raise BadInput("a configuration of models makes a Mission of its own: import it into a new folder")
    source = Source(usable(path))
    root = source.tree(source.name)
    carrying = Carrying("LiteLLM", path.name, source.root.name or "models", assertions)
    groups: dict[str, list[_Deployment]] = {}
    for item in items(child(root, "model_list") or YamlNode(value=None, file=root.file, line=1)):
        found = _deployment(item, carrying)
        if found is not None:
            groups.setdefault(found.group, []).append(found)
    if not groups:
        raise BadInput(f"{path.name} has no model under model_list that can be carried{_first_reason(carrying)}")
    models: Plain = {}
    names: dict[str, str] = {}
    for group, deployments in groups.items():
        names[group] = model_name(group, models)
        models[names[group]] = _model(group, deployments, carrying)
    carrying.carried.mission = {
        "mission": carrying.carried.name,
        "models": models,
        "prompt": {"system": "prompts/system.md"},
    }
    carrying.note("A configuration of models has no prompt: prompts/system.md is a first line. Write your own.")
    _routing(root, names, carrying)
    _others(root, carrying)
    return carrying.carried


def _first_reason(carrying: Carrying) -> str:
    return f": {carrying.carried.left[0]}" if carrying.carried.left else ""


def _deployment(item: YamlNode, carrying: Carrying) -> _Deployment | None:
    group = text_at(item, "model_name")
    params = child(item, "litellm_params")
    written = text_at(params, "model") if params is not None else ""
    if params is None or not group or not written:
        carrying.leave(item, "model_list", "names no model", "model_name and litellm_params.model")
        return None
    carrying.leave_others(item, {"model_name", "litellm_params"}, f"{group}.", _OTHERWISE)
    if "*" in group or "*" in written:
        carrying.leave(item, f"model_list.{group}", "a pattern names no model", "name each model")
        return None
    if variable_of(written) is not None:
        carrying.leave(item, f"model_list.{group}", "the model's name stands in a variable", "write the name")
        return None
    prefix, _, model = written.partition("/")
    if not model:
        prefix, model = ("anthropic" if written.startswith("claude") else "openai"), written
    provider = _PREFIXES.get(prefix, prefix)
    address = _written_address(params, prefix, carrying)
    if provider not in KNOWN_HERE | set(ADDRESSES) and not (prefix == "azure" and address):
        why = f"{prefix} speaks neither OpenAI's nor Anthropic's format at an address that is known here"
        carrying.leave(item, f"model_list.{group}", why, "an address that speaks OpenAI's format as [providers.NAME]")
        return None
    variable = key_variable(params, "api_key", "api_key", carrying) or ""
    for key in mapping_of(params):
        if key not in _READ and not (prefix == "azure" and key == "api_version"):
            place = params.keys.get(key, params)
            carrying.leave(place, f"{group}.{key}", "has no counterpart here", _INSTEAD.get(key, _OTHERWISE))
    return _Deployment(
        node=item,
        group=group,
        provider=provider,
        model=model,
        address=address,
        variable=variable,
        weight=_weight(child(params, "weight")),
        params=pinned(mapping_of(params)),
    )


def _weight(written: YamlNode | None) -> float:
    value = written.value if written is not None else None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and value > 0 else 1.0  # type: ignore[arg-type, operator]


def _written_address(params: YamlNode, prefix: str, carrying: Carrying) -> str:
    key = "api_base" if text_at(params, "api_base") else "base_url"
    address = usable_address(text_at(params, key), params.keys.get(key, params), carrying)
    if prefix == "azure" and address:
        carrying.note(
            "Azure is asked at the address that speaks OpenAI's format without a version (/openai/v1): api_version is "
            "not sent. Try one call before you rely on it."
        )
        return f"{address.partition('/openai')[0].removesuffix('/v1')}/openai/v1"
    return address


def mapping_of(node: YamlNode) -> dict[str, YamlNode]:
    """The mapping that a node is; empty where it is none."""
    return node.value if isinstance(node.value, dict) else {}


def _model(group: str, deployments: list[_Deployment], carrying: Carrying) -> Plain:
    first = deployments[0]
    same = [one for one in deployments if (one.provider, one.model) == (first.provider, first.model)]
    for one in deployments:
        if one not in same:
            why = f"{group} names several models, and only {first.model} was carried"
            carrying.leave(one.node, f"model_list.{group}", why, "give it a name of its own, and name it as fallback")
    entry: Plain = {"provider": _provider(group, same, carrying), "model": first.model}
    if first.params:
        entry["params"] = first.params
    return entry


def _provider(group: str, same: list[_Deployment], carrying: Carrying) -> str:
    first, providers = same[0], carrying.carried.providers
    usual, variable = ADDRESSES.get(first.provider, ("", ""))
    if not any(one.address or one.variable not in ("", _USUAL_KEYS.get(first.provider, variable)) for one in same):
        if usual:
            providers.setdefault(first.provider, {"base_url": usual, "api_key_env": variable})
        return first.provider
    name = slug(f"{first.provider}-{group}")
    kind = {"kind": "anthropic"} if first.provider == "anthropic" else {}
    if len(same) == 1:
        section = {**kind, "base_url": _address(first, usual)}
        if first.variable or variable:
            section["api_key_env"] = first.variable or variable
        known = next((other for other, found in providers.items() if found == section), None)
        providers[known or name] = section
        return known or name
    endpoints = [
        {"base_url": _address(one, usual), "weight": one.weight}
        | ({"api_key_env": one.variable} if one.variable else {})
        for one in same
    ]
    providers[name] = {**kind, "endpoints": endpoints}
    return name


def _address(one: _Deployment, usual: str) -> str:
    addresses = {
        "openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com",
        "ollama": "http://127.0.0.1:11434/v1", "vllm": "http://127.0.0.1:8000/v1",
    }  # fmt: skip
    address = one.address.rstrip("/") or usual or addresses.get(one.provider, "http://127.0.0.1:8000/v1")
    if one.provider == "ollama" and not address.endswith("/v1"):
        return f"{address}/v1"  # its own format stands at the root, OpenAI's under /v1
    return address


def _routing(root: YamlNode, names: dict[str, str], carrying: Carrying) -> None:
    mission = carrying.carried.mission
    first = next(iter(names))
    chain: list[str] = []
    for section in ("router_settings", "litellm_settings"):
        under = mapping_at(root, section)
        for key in ("fallbacks", "default_fallbacks"):
            for item in items(under[key]) if key in under else ():
                pairs = mapping_of(item) or {first: item}
                for group, to in pairs.items():
                    targets = [one.spelling for one in items(to)]
                    unknown = [one for one in targets if one not in names]
                    if group != first or unknown:
                        why = "a Mission has one chain of fallbacks" if not unknown else f"{unknown[0]} was not carried"
                        carrying.leave(item, f"{key}.{group}", why, "routing.fallback of another Mission")
                    if group == first:
                        chain += [names[one] for one in targets if one in names]
    if mission is None or len(names) < 2:
        return
    answering = names[first]
    mission["routing"] = {"simple": answering, "complex": answering}
    if chain:
        mission["routing"]["fallback"] = list(dict.fromkeys(chain))
    carrying.note(
        f"A proxy's client chooses the model; a Mission chooses it: {answering} answers everything. "
        "docs/routing.md says how a small model takes the easy questions."
    )


def _others(root: YamlNode, carrying: Carrying) -> None:
    for section, node in mapping_of(root).items():
        if section == "model_list":
            continue
        if section not in ("router_settings", "litellm_settings", "general_settings"):
            carrying.leave(
                root.keys.get(section, root), section, "has no counterpart here", _INSTEAD.get(section, _OTHERWISE)
            )
            continue
        for key in mapping_of(node):
            if key not in ("fallbacks", "default_fallbacks"):
                place = node.keys.get(key, node)
                instead = _INSTEAD.get(key, _OTHERWISE)
                carrying.leave(place, f"{section}.{key}", "has no counterpart under this name", instead)
