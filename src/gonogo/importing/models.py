"""Models: foreign names of models to ``models`` of a Mission and ``[providers.NAME]`` of settings.

Here: providers that speak OpenAI's or Anthropic's format, parameters that can be pinned, keys as names of variables.
Not here: asking them. A key itself is never carried, only named as left behind.
"""

from __future__ import annotations

import re
from typing import Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.importing.carried import Carrying, Plain, slug
from gonogo.importing.secrets import NEVER_WRITTEN, bare_address, is_variable, variable_of
from gonogo.importing.source import child, text_at

KNOWN_HERE: Final = frozenset({"openai", "anthropic", "ollama", "vllm", "llamacpp"})
"""Providers that need no settings."""
ADDRESSES: Final = {
    "openrouter": ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": ("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "deepseek": ("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "xai": ("https://api.x.ai/v1", "XAI_API_KEY"),
    "togetherai": ("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "together_ai": ("https://api.together.xyz/v1", "TOGETHERAI_API_KEY"),
    "fireworks": ("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    "fireworks_ai": ("https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY"),
    "cerebras": ("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    "perplexity": ("https://api.perplexity.ai", "PERPLEXITY_API_KEY"),
    "gemini": ("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    "google": ("https://generativelanguage.googleapis.com/v1beta/openai", "GOOGLE_API_KEY"),
}
"""Addresses that speak OpenAI's format, with the variable their users know."""
PINNED: Final = frozenset({
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "frequency_penalty",
    "presence_penalty", "reasoning_effort", "response_format", "verbosity", "logit_bias", "n",
})  # fmt: skip
_NO_CHAT: Final = frozenset(
    {"embedding", "embeddings", "assistant", "realtime", "image", "moderation", "transcription"}
)
_NO_KEY: Final = frozenset({"", "empty", "none", "no-key", "not-needed", "dummy", "anything", "sk-no-key-required"})
"""What is written where a server wants a key and looks at none."""
STAND_IN: Final = {"provider": "builtin", "model": "extractive-small"}
_OUR_KIND: Final = "write the model under models, and its address as [providers.NAME] of settings.toml"


def foreign_model(name: str, node: YamlNode, config: YamlNode | None, carrying: Carrying) -> Plain | None:
    """``openai:chat:gpt-5`` or ``openrouter/auto`` as an entry of ``models``; ``None``, and left, where it cannot be.

    Args:
        config: the parameters that stand beside it.
    """
    provider, _, rest = name.partition(":")
    rest = re.sub(r"^(?:chat|responses|messages|completion)(?::|$)", "", rest)
    if rest.partition(":")[0] in _NO_CHAT:
        carrying.leave(node, f"providers.{name[:60]}", "answers no chat", "a model that does, under models")
        return None
    if provider not in KNOWN_HERE | set(ADDRESSES) or not rest:
        carrying.leave(node, f"providers.{name[:60]}", "is no provider whose address is known here", _OUR_KIND)
        return None
    if provider in ADDRESSES:
        address, variable = ADDRESSES[provider]
        carrying.carried.providers.setdefault(provider, {"base_url": address, "api_key_env": variable})
    entry: Plain = {"provider": provider, "model": rest}
    if config is not None and isinstance(config.value, dict):
        _configured(entry, config, carrying)
    return entry


def _configured(entry: Plain, config: YamlNode, carrying: Carrying) -> None:
    params = pinned(_mapping(config))
    address = text_at(config, "apiBaseUrl") or text_at(config, "apiHost")
    variable = text_at(config, "apiKeyEnvar")
    if variable and not is_variable(variable):
        instead = "write the variable's name as api_key_env of [providers.NAME] of settings.toml"
        carrying.leave(config.keys["apiKeyEnvar"], "config.apiKeyEnvar", "is no name of a variable", instead)
        variable = ""
    variable = variable or key_variable(config, "apiKey", "config.apiKey", carrying) or ""
    if address or variable:
        entry["provider"] = own_provider(entry["provider"], address, variable, config, carrying)
    known = PINNED | {"apiBaseUrl", "apiHost", "apiKeyEnvar", "apiKey"}
    carrying.leave_others(config, known, "config.", "see docs/gateway.md for what a provider is told")
    if params:
        entry["params"] = params


def pinned(written: dict[str, YamlNode]) -> Plain:
    """The parameters among these that a Mission pins."""
    return {key: node.plain() for key, node in written.items() if key in PINNED and node.value is not None}


def key_variable(node: YamlNode, key: str, where: str, carrying: Carrying) -> str | None:
    """The variable that a written key is read from; a key that stands there itself is left behind and never shown."""
    written = text_at(node, key)
    variable = variable_of(written) if written else None
    if child(node, key) is not None and variable is None and written.lower() not in _NO_KEY:
        instead = "put it into an environment variable and name that as api_key_env; change it if others saw this file"
        carrying.leave(node.keys[key], where, NEVER_WRITTEN, instead)
    return variable


def usable_address(written: str, node: YamlNode, carrying: Carrying) -> str:
    """An address that settings can hold; what opens it (a login, a query) is left behind, and never shown."""
    if not written:
        return ""
    variable = variable_of(written)
    if variable is not None:
        instead = f"write the value of {variable} as base_url in settings.imported.toml"
        carrying.leave(node, "address", f"stands in the variable {variable}, and settings hold addresses", instead)
        return f"http://value-of-{slug(variable)}.invalid/v1"
    if "://" not in written:
        written = f"https://{written}/v1"
    address, opened = bare_address(written)
    if opened:
        carrying.leave(node, "address", f"has a login or a query; {NEVER_WRITTEN}", "name a variable as api_key_env")
    return address


def own_provider(kind: str, address: str, variable: str, node: YamlNode, carrying: Carrying) -> str:
    """The name of a section of settings with this address and the name of its key's variable."""
    section: Plain = {"kind": "anthropic"} if kind == "anthropic" else {}
    usual = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}.get(kind, "")
    usual = usual or ADDRESSES.get(kind, ("", ""))[0]
    section["base_url"] = usable_address(address, node, carrying) or usual or "http://127.0.0.1:8000/v1"
    if variable:
        section["api_key_env"] = variable
    providers = carrying.carried.providers
    base = slug(kind) or "provider"
    name, number = f"{base}-own", 1
    while providers.get(name, section) != section:
        number += 1
        name = f"{base}-own-{number}"
    providers[name] = section
    return name


def model_name(label: str, taken: Plain) -> str:
    """A free name for a model of a Mission."""
    base = slug(label.replace(":", "-").replace("/", "-"))[:50] or "model"
    base = base if base[0].isalpha() else f"m-{base}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def routing(models: Plain, carrying: Carrying) -> Plain | None:
    """The first model answers everything; a Mission with several must say so."""
    if len(models) < 2:
        return None
    first, *rest = models
    beside = f"{', '.join(rest)} {'stands' if len(rest) == 1 else 'stand'} beside it"
    carrying.note(
        f"A Mission answers by its routing: {first} answers everything, {beside}. "
        f"`gonogo compare FOLDER FOLDER --models {','.join(models)}` puts them side by side on the same tasks."
    )
    return {"simple": first, "complex": first}


def _mapping(node: YamlNode) -> dict[str, YamlNode]:
    return node.value if isinstance(node.value, dict) else {}


def judge_of(
    kind: str,
    model: Plain | None,
    node: YamlNode,
    key: str,
    carrying: Carrying,
    *,
    name: str = "",
    more: Plain | None = None,
) -> str | None:
    """The name of a judge of this kind, made where there is none; ``None``, and left, where it has no model.

    Args:
        model: who is asked, as an entry of ``models``; ``None`` for the first model of the Mission.
        name: what it is called; its kind where that is empty.
        more: further keys of it.
    """
    if carrying.judges is not None:
        if kind in carrying.judges:
            return kind
        instead = f"add a judge of kind {kind} under judges of mission.yaml, and import again (docs/judges.md)"
        carrying.leave(node, key, "the Mission that the tasks go to has no judge of this kind", instead)
        return None
    mission = carrying.carried.mission
    models = mission["models"] if mission is not None else {}
    first = next(iter(models.values()), STAND_IN)
    if model is None:
        able = "" if first["provider"] != "builtin" else ", which cannot judge"
        carrying.note(
            f"Judges for which the source names no model ask {first['provider']}/{first['model']}{able}: name another "
            "under judges, then `gonogo judge calibrate` says how far it can be believed."
        )
    asked = model or first
    entry = {"kind": kind, **asked, **(more or {})}
    if mission is None:
        return None
    judges = mission.setdefault("judges", {})
    base = name or kind
    name, number = base, 1
    while judges.get(name, entry) != entry:
        number += 1
        name = f"{base}-{number}"
    judges[name] = entry
    return name
