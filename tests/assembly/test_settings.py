"""Where things stand on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.assembly.settings import KNOWN_PROVIDERS, find_home, load_settings
from gonogo.errors import MissionInvalid


def write(home: Path, text: str | bytes) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return home


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})

    assert settings.file.durability == "process"
    assert (settings.file.server.host, settings.file.server.port) == ("127.0.0.1", 8420)
    assert settings.secrets == {}
    assert settings.colour


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        durability = "power"
        [server]
        port = 9000
        max_in_flight = 8
        [providers.gpu]
        base_url = "http://gpu:8000/v1"
        api_key_env = "GPU_KEY"
        between_tokens_timeout = 5.5
        """,
    )

    settings = load_settings(tmp_path, {"GPU_KEY": "k1", "OPENAI_API_KEY": "k2", "OTHER": "k3"})

    gpu = settings.provider("gpu")
    assert gpu is not None
    assert (settings.file.durability, settings.file.server.port) == ("power", 9000)
    assert (gpu.base_url, gpu.between_tokens_timeout, settings.api_key(gpu)) == ("http://gpu:8000/v1", 5.5, "k1")
    assert settings.secrets == {"GPU_KEY": "k1", "OPENAI_API_KEY": "k2"}


def test_providers_that_every_installation_knows_need_no_section(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})

    assert settings.provider("openai") == KNOWN_PROVIDERS["openai"]
    assert settings.api_key(KNOWN_PROVIDERS["openai"]) == ""
    assert settings.api_key(KNOWN_PROVIDERS["ollama"]) == ""
    assert settings.provider("nowhere") is None


def test_a_written_section_wins_over_a_known_provider(tmp_path: Path) -> None:
    write(tmp_path, '[providers.openai]\nbase_url = "http://proxy/v1"\n')

    provider = load_settings(tmp_path, {}).provider("openai")

    assert provider is not None
    assert provider.base_url == "http://proxy/v1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "unknown field `prot`"),
        ("[server]\nprot = 1", "did you mean port?"),
        ("[providers.a]\nbase_ulr = 'x'", "did you mean base_url?"),
        ("[server]\nport = '9000'", "Expected `int`"),
        ("[server]\nport = 65536", "<= 65535"),
        ("[server]\nport = -1", ">= 0"),
        ("[server]\nmax_body = 0", ">= 1"),
        ("[server]\nmax_in_flight = 0", ">= 1"),
        ("[providers.a]\ntimeout = 0", "> 0"),
        ("[limits.each_key]\nrequests_per_minuet = 5", "did you mean requests_per_minute?"),
        ("[limits.each_key]\nconcurrency = 0", ">= 1"),
        ("[limits]\nrequests_per_minute = 5", "unknown field"),
        ("[budgets]\ntotl = 5", "did you mean total?"),
        ("[budgets]\ntotal = -1", ">= 0"),
        ("[budgets.missions]\nsupport = 'much'", "Expected `float`"),
        ("[budgets]\nunpriced = 'maybe'", "Invalid enum value"),
        ("durability = 'maybe'", "Invalid enum value"),
        ("= 1", "cannot be read as TOML"),
        (b"\xff", "cannot be read as TOML"),
    ],
)
def test_a_mistake_names_the_file_and_what_was_meant(tmp_path: Path, text: str | bytes, said: str) -> None:
    write(tmp_path, text)

    with pytest.raises(MissionInvalid) as error:
        load_settings(tmp_path, {})

    assert said in str(error.value)
    assert "settings.toml" in str(error.value)


def test_a_settings_file_that_is_a_folder_is_said_to_be_unreadable(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()

    with pytest.raises(MissionInvalid, match="cannot be read"):
        load_settings(tmp_path, {})


def test_a_key_never_shows_in_settings_that_are_printed_by_name_only(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"OPENAI_API_KEY": "sk-secret"})

    assert "sk-secret" not in repr(settings.file)


def test_the_home_is_named_or_found_upwards_or_here(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)

    assert find_home(deep, {}) == deep / ".gonogo"
    (tmp_path / ".gonogo").mkdir()
    assert find_home(deep, {}) == tmp_path / ".gonogo"
    assert find_home(deep, {"GONOGO_HOME": str(tmp_path / "named")}) == tmp_path / "named"
    assert find_home(deep, {"GONOGO_HOME": ""}) == tmp_path / ".gonogo"


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert find_home(tmp_path, {"GONOGO_HOME": "here"}) == tmp_path / "here"


def test_the_author_is_named_or_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ana")
    assert load_settings(tmp_path, {"GONOGO_AUTHOR": "bob"}).author == "bob"
    assert load_settings(tmp_path, {}).author == "ana"


@pytest.mark.parametrize("error", [OSError, KeyError])
def test_a_user_without_a_name_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nameless)

    assert load_settings(tmp_path, {}).author == "unknown"


def test_no_colour_is_obeyed(tmp_path: Path) -> None:
    assert not load_settings(tmp_path, {"NO_COLOR": ""}).colour


def test_a_provider_may_have_several_addresses_each_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        '[providers.ours]\napi_key_env = "OURS"\nendpoints = [{base_url = "http://a/v1", weight = 3.0}, '
        '{base_url = "http://b/v1", api_key_env = "SPARE"}]\n'
    )
    settings = load_settings(tmp_path, {"OURS": "k1", "SPARE": "k2", "OTHER": "k3"})

    addresses = settings.file.providers["ours"].addresses
    assert [(one.base_url, one.weight, settings.api_key(one)) for one in addresses] == [
        ("http://a/v1", 3.0, "k1"),
        ("http://b/v1", 1.0, "k2"),
    ]
    assert settings.secrets == {"OURS": "k1", "SPARE": "k2"}


@pytest.mark.parametrize(
    "section",
    [
        'base_url = "http://a/v1"\nendpoints = [{base_url = "http://b/v1"}]',
        "endpoints = [{weight = 2.0}]",
        'endpoints = [{base_url = "http://b/v1", weight = 0.0}]',
        'endpoints = [{base_url = "http://b/v1", wieght = 1.0}]',
    ],
)
def test_addresses_that_cannot_be_used_are_refused(tmp_path: Path, section: str) -> None:
    (tmp_path / "settings.toml").write_text(f"[providers.ours]\n{section}\n")
    with pytest.raises(MissionInvalid, match=r"settings\.toml"):
        load_settings(tmp_path, {})
