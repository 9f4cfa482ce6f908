"""The static tables: which component a Mission's words mean on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.assembly.installed import BUILTIN, CODE_VERSIONS, Installed
from gonogo.assembly.settings import EndpointSettings, ProviderSettings, Settings, SettingsFile, load_settings
from gonogo.clock import SystemClock
from gonogo.domain import (
    CachePolicy,
    Chunk,
    GuardrailPolicy,
    GuardrailRule,
    IndexSnapshot,
    Mission,
    ModelSpec,
    PromptSpec,
    RetrievalPolicy,
    RoutingPolicy,
    Version,
)
from gonogo.errors import BadInput, NotFound


def settings(home: Path, **providers: ProviderSettings) -> Settings:
    return Settings(home=home, file=SettingsFile(providers=dict(providers)), author="ana", secrets={"MINE_KEY": "sk-1"})


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(settings(tmp_path), SystemClock())


def version(**sections: object) -> Version:
    fields: dict[str, object] = {
        "name": "support",
        "models": {"small": ModelSpec(provider=BUILTIN, model="extractive-small")},
        "prompt": PromptSpec(system="Answer only from the documents. Sing."),
        **sections,
    }
    return Version(
        mission=Mission(**fields),  # type: ignore[arg-type]
        number=1,
        parts=(),
        behaviour_digest="b",  # type: ignore[arg-type]
        gate_digest="g",  # type: ignore[arg-type]
        index_digest=None,
        pins={},
        created_at=0.0,
        edited_at=0.0,
    )


def test_a_mission_gets_exactly_the_components_it_names(installed):
    bare = installed.components(version(), None)
    assert (bare.index, bare.router, bare.cache, bare.input_guardrails) == (None, None, None, ())
    full = installed.components(
        version(
            models={name: ModelSpec(provider=BUILTIN, model=f"extractive-{name}") for name in ("small", "large")},
            routing=RoutingPolicy(simple="small", complex="large"),
            cache=CachePolicy(max_error=0.02, ttl=60.0),
            guardrails=GuardrailPolicy(input=(GuardrailRule(check="injection", action="block"),)),
        ),
        None,
    )
    assert full.router is not None
    assert full.cache is not None
    assert len(full.input_guardrails) == 1


def test_knowledge_is_searched_in_an_index(installed):
    snapshot = IndexSnapshot(
        digest="d",  # type: ignore[arg-type]
        chunks=(Chunk(id="1", text="Returns take 30 days.", source="a.md"),),
        parameters={},
        embedder="static",
        embedder_digest=installed.reader.embedder.digest,
    )
    parts = installed.components(version(retrieval=RetrievalPolicy(sources=("a.md",))), snapshot)
    assert parts.index is not None


def test_every_version_is_scored_by_the_same_metrics_over_one_reader(installed):
    first, second = installed.components(version(), None), installed.components(version(), None)
    assert [metric.name for metric in first.metrics] == ["faithfulness", "relevance", "toxicity"]
    assert first.reader is second.reader


def test_one_provider_is_one_object_however_many_models_ask_it(tmp_path):
    installed = Installed(settings(tmp_path, mine=ProviderSettings(base_url="http://127.0.0.1:9/v1")), SystemClock())
    first = installed.provider(ModelSpec(provider="mine", model="a"))
    assert installed.provider(ModelSpec(provider="mine", model="b")) is first
    assert installed.provider(ModelSpec(provider=BUILTIN, model="extractive-small")) is installed.builtin


@pytest.mark.parametrize("name", ["openai", "anthropic", "ollama", "vllm", "llamacpp"])
def test_usual_providers_are_known_without_settings(name, installed):
    assert installed.provider(ModelSpec(provider=name, model="m")) is not None


def test_an_unknown_provider_names_file_section_and_the_known(installed, tmp_path):
    with pytest.raises(BadInput) as refused:
        installed.components(version(models={"small": ModelSpec(provider="mine", model="m")}), None)
    assert str(tmp_path / "settings.toml") in str(refused.value)
    assert "[providers.mine]" in str(refused.value)
    assert "builtin" in str(refused.value)


def test_an_unknown_kind_of_provider_names_the_known_kinds(tmp_path):
    installed = Installed(settings(tmp_path, mine=ProviderSettings(kind="carrier-pigeon")), SystemClock())
    with pytest.raises(BadInput, match="unknown kind 'carrier-pigeon'"):
        installed.provider(ModelSpec(provider="mine", model="m"))


def test_versions_of_one_cache_policy_share_the_cache_and_others_do_not(installed):
    policy = CachePolicy(max_error=0.02, ttl=60.0)
    first = installed.components(version(cache=policy), None)
    again = installed.components(version(cache=policy), None)
    other = installed.components(version(cache=CachePolicy(max_error=0.05, ttl=60.0)), None)
    assert first.cache is again.cache
    assert first.cache is not other.cache


def test_another_mission_has_another_cache(installed):
    policy = CachePolicy(max_error=0.02, ttl=60.0)
    ours = installed.components(version(cache=policy), None)
    theirs = installed.components(version(name="sales", cache=policy), None)
    assert ours.cache is not theirs.cache


def test_instructions_are_read_where_a_built_in_model_is_used(installed):
    understood, ignored = installed.understood(version())
    assert [name for name, _ in understood] == ["only-from-documents"]
    assert ignored == ["Sing."]
    assert installed.understood(version(models={"small": ModelSpec(provider="openai", model="m")})) == ([], [])


def test_whatever_may_shape_an_answer_is_pinned(installed, tmp_path):
    assert {"embedder", "builtin", *CODE_VERSIONS} == set(installed.pins)
    assert installed.pins == Installed(settings(tmp_path / "elsewhere"), SystemClock()).pins


def test_what_building_may_name_includes_the_providers_of_the_settings(tmp_path):
    installed = Installed(settings(tmp_path, mine=ProviderSettings()), SystemClock())
    assert {"mine", "openai", BUILTIN} <= installed.toolbox.known_providers


def test_the_built_in_models_cost_nothing_and_an_unlisted_one_an_unknown_amount(installed):
    prices = installed.components(version(), None).prices
    builtin = prices.price(BUILTIN, "extractive-small")
    assert builtin is not None
    assert (builtin.input, builtin.output) == (0.0, 0.0)
    assert prices.price("openai", "a-model-nobody-knows") is None


async def test_closing_gives_back_every_provider(installed):
    installed.provider(ModelSpec(provider="openai", model="m"))
    await installed.close()


def test_an_embedder_without_its_folder_names_the_section_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing is downloaded.*settings\.toml, section \[embedders\.model2vec\]"):
        Installed(load_settings(tmp_path, {}), SystemClock()).embedder("model2vec")


def test_an_embedder_of_ones_own_is_configured_under_the_name_a_mission_uses(tmp_path: Path) -> None:
    written = (
        '[embedders.docs]\nkind = "openai"\nmodel = "text-embedding-3-small"\nbase_url = "http://127.0.0.1:9/v1"\n'
    )
    (tmp_path / "settings.toml").write_text(written)
    found = Installed(load_settings(tmp_path, {}), SystemClock()).embedder("docs")
    assert (found.name, found.dimensions) == ("openai:text-embedding-3-small", 1536)


def test_an_unknown_embedder_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="did you mean minilm"):
        Installed(load_settings(tmp_path, {}), SystemClock()).embedder("minlm")


def test_several_addresses_are_one_provider_each_with_its_own_key_and_none_is_shown(tmp_path: Path) -> None:
    addresses = (
        EndpointSettings(base_url="http://a.example/v1"),
        EndpointSettings(base_url="http://b.example/v1", api_key_env="MINE_KEY"),
    )
    installed = Installed(settings(tmp_path, ours=ProviderSettings(endpoints=addresses)), SystemClock())
    provider = installed.provider(ModelSpec(provider="ours", model="m"))
    assert provider.name == "ours"
    assert repr(provider) == "EndpointPool('ours', ['a.example', 'b.example'])"


def test_list_prices_hold_only_where_every_address_is_the_makers(tmp_path: Path) -> None:
    mixed = (EndpointSettings(base_url="https://api.openai.com/v1"), EndpointSettings(base_url="http://b.example/v1"))
    makers = (EndpointSettings(base_url="https://api.openai.com/v1"),) * 2
    installed = Installed(
        settings(tmp_path, mixed=ProviderSettings(endpoints=mixed), makers=ProviderSettings(endpoints=makers)),
        SystemClock(),
    )
    assert installed.prices.price("makers", "gpt-4o-mini-2024-07-18") is not None
    assert installed.prices.price("mixed", "gpt-4o-mini-2024-07-18") is None
