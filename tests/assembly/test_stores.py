"""The settings pick the database, and what they lack is said before anything is opened."""

from __future__ import annotations

import pytest

from gonogo.assembly import Workspace
from gonogo.assembly.settings import load_settings
from gonogo.errors import BadInput, MissionInvalid
from gonogo.store import SqliteStore


def settings(home, text, **environ):
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text(text)
    return load_settings(home, environ)


async def test_without_a_word_the_store_is_a_file_in_the_home_folder(tmp_path):
    async with await Workspace.open(settings(tmp_path / "home", "")) as workspace:
        assert isinstance(workspace.store, SqliteStore)
    assert (tmp_path / "home" / "gonogo.db").exists()


async def test_an_address_puts_the_store_into_that_database_and_nothing_into_the_home_folder(tmp_path, postgres):
    url = postgres.empty()
    async with await Workspace.open(settings(tmp_path / "home", f'[store]\nurl = "{url}"')) as workspace:
        await workspace.store.remember_folder("support", "/a")
    assert postgres.psql("SELECT folder FROM gonogo.folders", url).strip() == "/a"
    assert not (tmp_path / "home" / "gonogo.db").exists()


async def test_a_password_comes_from_the_variable_that_is_named(tmp_path, monkeypatch):
    told = []

    async def opened(url, password, **_):
        told.append((url, password))
        raise BadInput("enough")

    monkeypatch.setattr("gonogo.assembly.stores.open_postgres", opened)
    text = '[store]\nurl = "postgresql://me@here/db"\npassword_env = "DB"'
    with pytest.raises(BadInput, match="enough"):
        await Workspace.open(settings(tmp_path, text, DB="hunter2"))
    assert told == [("postgresql://me@here/db", "hunter2")]
    assert "hunter2" in settings(tmp_path, text, DB="hunter2").hidden


async def test_a_variable_that_is_not_set_is_named(tmp_path):
    text = '[store]\nurl = "postgresql://me@here/db"\npassword_env = "DB"'
    with pytest.raises(BadInput, match="in DB, which is not set"):
        await Workspace.open(settings(tmp_path, text))


def test_a_misspelt_key_of_the_store_names_the_nearest(tmp_path):
    with pytest.raises(MissionInvalid, match="did you mean password_env"):
        settings(tmp_path, '[store]\npasword_env = "DB"')
