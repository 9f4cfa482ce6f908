"""Dockerfile and compose file: parsed and held against the product, for nothing is built here."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from gonogo.assembly.settings import SettingsFile, load_settings
from gonogo.cli.app import cli
from gonogo.gateway.server import ServerOptions
from gonogo.store.postgres_open import check_url

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """(instruction, rest) of the Dockerfile, lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    pairs = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in pairs]


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def last(steps, word):
    return [rest for instruction, rest in steps if instruction == word][-1]


def test_every_instruction_is_one_that_docker_knows(steps):
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"}
    assert {word for word, _ in steps} <= known | {"ENTRYPOINT", "CMD"}


def test_it_runs_as_a_number_that_is_not_root(steps):
    user = last(steps, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"--uid {user.partition(':')[0]} " in " ".join(rest for word, rest in steps if word == "RUN")
    words = [word for word, _ in steps]
    assert "RUN" not in words[words.index("USER") :]


def test_images_are_named_with_a_version_and_nothing_cached_stays(steps):
    images = [rest.split()[0] for word, rest in steps if word == "FROM"]
    assert all(re.search(r":\d", image) for image in images)
    assert all("--no-cache-dir" in rest for word, rest in steps if word == "RUN" and "pip install" in rest)


def test_everything_that_is_copied_is_there_and_not_ignored(steps):
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for word, rest in steps:
        if word == "COPY" and not rest.startswith("--from"):
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists()
                assert name in kept


def test_the_extra_that_is_installed_exists(steps):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    [named] = re.findall(r'"\.\[(\w+)\]"', " ".join(rest for _, rest in steps))
    assert named in extras


def test_the_command_is_one_that_gonogo_understands_and_the_health_check_asks_where_it_listens(steps):
    assert json.loads(last(steps, "ENTRYPOINT")) == ["gonogo"]
    said = CliRunner().invoke(cli, [*json.loads(last(steps, "CMD")), "--help"])
    assert said.exit_code == 0, said.output
    assert f"127.0.0.1:{ServerOptions().port}/health" in last(steps, "HEALTHCHECK")
    assert last(steps, "EXPOSE") == str(ServerOptions().port)
    check = json.loads(last(steps, "HEALTHCHECK").partition("CMD")[2])
    compile(check[-1], "HEALTHCHECK", "exec")


def test_its_home_is_the_folder_that_is_kept(steps, compose):
    assert f"GONOGO_HOME={json.loads(last(steps, 'VOLUME'))[0]}" in last(steps, "ENV")
    assert compose["services"]["gonogo"]["volumes"] == [f"home:{json.loads(last(steps, 'VOLUME'))[0]}"]


def test_the_settings_of_the_compose_file_are_good_and_name_its_own_services(compose, tmp_path):
    content = compose["configs"]["settings"]["content"]
    settings = msgspec.convert(tomllib.loads(content), SettingsFile)
    check_url(settings.store.url)
    assert "@store:5432/" in settings.store.url
    assert "store" in compose["services"]
    environment = compose["services"]["gonogo"]["environment"]
    assert {settings.store.password_env, settings.keys.pepper_env} == set(environment)
    (tmp_path / "settings.toml").write_text(content)
    assert len(load_settings(tmp_path, dict.fromkeys(environment, "x" * 20)).secrets) == 2


def test_no_secret_stands_in_the_compose_file(compose):
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "PEPPER" in name:
                assert value.startswith("${")
                assert ":?" in value


def test_the_server_may_drain_before_it_is_killed_and_may_do_nothing_it_need_not(compose):
    gonogo = compose["services"]["gonogo"]
    assert int(gonogo["stop_grace_period"].rstrip("s")) > ServerOptions().drain
    assert gonogo["cap_drop"] == ["ALL"]
    assert gonogo["read_only"]
    assert set(compose["volumes"]) == {"home", "store"}
    assert gonogo["depends_on"]["store"]["condition"] == "service_healthy"
