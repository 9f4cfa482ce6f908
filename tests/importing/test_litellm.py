"""A proxy's configuration becomes models, addresses and names of variables; no key is carried."""

from __future__ import annotations

import tomllib

import pytest
import yaml

from gonogo.errors import BadInput

SECRET = "sk-" + "live" * 8
CONFIG = f"""
model_list:
  - model_name: gpt
    litellm_params: {{model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, temperature: 0}}
  - model_name: claude
    litellm_params: {{model: anthropic/claude-3-5-haiku-20241022, api_key: {SECRET}, rpm: 60}}
  - model_name: local
    litellm_params: {{model: ollama/llama3, api_base: "http://localhost:11434", weight: 2}}
  - model_name: local
    litellm_params: {{model: ollama/llama3, api_base: "http://other:11434"}}
  - model_name: cloud
    litellm_params: {{model: bedrock/titan}}
router_settings: {{routing_strategy: least-busy, fallbacks: [{{gpt: [claude, cloud]}}, {{claude: [gpt]}}]}}
general_settings: {{master_key: {SECRET}, database_url: "postgresql://u:{SECRET}@db/x"}}
environment_variables: {{THEIR_KEY: {SECRET}}}
"""


def reasons(carried):
    return {left.key: left.why for left in carried.left}


def models(bring, put, *entries: str, **more):
    config = {"model_list": [yaml.safe_load(entry) for entry in entries], **more}
    return bring("litellm", put("config.yaml", yaml.safe_dump(config)))


def test_models_fallbacks_and_addresses_are_carried(bring, put):
    carried = bring("litellm", put("config.yaml", CONFIG))
    assert carried.mission["models"] == {
        "gpt": {"provider": "openai", "model": "gpt-4o", "params": {"temperature": 0}},
        "claude": {"provider": "anthropic", "model": "claude-3-5-haiku-20241022"},
        "local": {"provider": "ollama-local", "model": "llama3"},
    }
    assert carried.mission["routing"] == {"simple": "gpt", "complex": "gpt", "fallback": ["claude"]}
    assert carried.providers["ollama-local"]["endpoints"] == [
        {"base_url": "http://localhost:11434/v1", "weight": 2.0},
        {"base_url": "http://other:11434/v1", "weight": 1.0},
    ]


def test_what_is_left_behind_has_a_line_and_says_what_to_do_instead(bring, put):
    carried = bring("litellm", put("config.yaml", CONFIG))
    assert "bedrock" in reasons(carried)["model_list.cloud"]
    assert "one chain" in reasons(carried)["fallbacks.claude"]
    assert "cloud was not carried" in reasons(carried)["fallbacks.gpt"]
    for key in (
        "claude.rpm",
        "general_settings.master_key",
        "environment_variables",
        "router_settings.routing_strategy",
    ):
        assert key in reasons(carried)
    assert all(left.lines and left.instead for left in carried.left)


def test_no_key_is_carried_or_shown(bring, put, tmp_path):
    carried = bring("litellm", put("config.yaml", CONFIG), tmp_path / "out")
    assert SECRET not in str(carried)
    assert "api_key" in reasons(carried)
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or SECRET not in path.read_text()


def test_the_settings_that_come_out_are_settings(bring, put, tmp_path):
    bring("litellm", put("config.yaml", CONFIG), tmp_path / "out")
    written = tomllib.loads((tmp_path / "out/settings.imported.toml").read_text())
    assert written["providers"]["ollama-local"]["endpoints"][0]["weight"] == 2.0


def test_an_address_that_stands_in_a_variable_is_named(bring, put):
    carried = models(bring, put, "{model_name: a, litellm_params: {model: openai/x, api_base: os.environ/PROXY_BASE}}")
    assert "PROXY_BASE" in reasons(carried)["address"]
    assert carried.providers["openai-a"]["base_url"] == "http://value-of-proxy-base.invalid/v1"


def test_azure_is_asked_at_its_address_without_a_version(bring, put):
    carried = models(
        bring,
        put,
        "{model_name: a, litellm_params: {model: azure/dep, api_base: 'https://x.openai.azure.com/', "
        "api_key: os.environ/AZURE_API_KEY, api_version: '2024-02-01'}}",
    )
    assert carried.providers["azure-a"] == {
        "base_url": "https://x.openai.azure.com/openai/v1",
        "api_key_env": "AZURE_API_KEY",
    }
    assert any("api_version is not sent" in note for note in carried.notes)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{model_name: '*', litellm_params: {model: 'openai/*'}}", "a pattern names no model"),
        ("{model_name: a}", "names no model"),
        ("{model_name: a, litellm_params: {model: os.environ/MODEL}}", "stands in a variable"),
        ("{model_name: a, litellm_params: {model: sagemaker/x}}", "sagemaker speaks neither"),
    ],
)
def test_a_configuration_without_a_model_that_can_be_carried_is_refused(bring, put, entry, said):
    with pytest.raises(BadInput, match=said):
        models(bring, put, entry)


def test_a_word_where_no_key_is_needed_is_no_key(bring, put):
    carried = models(
        bring, put, "{model_name: a, litellm_params: {model: hosted_vllm/q, api_base: 'http://h:1/v1', api_key: EMPTY}}"
    )
    assert not carried.left
    assert carried.providers["vllm-a"] == {"base_url": "http://h:1/v1"}


def test_several_models_under_one_name_are_named(bring, put):
    carried = models(
        bring,
        put,
        "{model_name: a, litellm_params: {model: openai/x}}",
        "{model_name: a, litellm_params: {model: groq/y, api_key: os.environ/GROQ_API_KEY}}",
    )
    assert "names several models" in reasons(carried)["model_list.a"]
    assert list(carried.mission["models"]) == ["a"]
