"""Settings are read once, and decide about colours."""

from __future__ import annotations

from gonogo.cli.session import Session


def test_settings_are_read_once(shell):
    session = Session()
    assert session.settings() is session.settings()


def test_colours_wait_until_somebody_said_they_are_welcome(shell, monkeypatch):
    session = Session()
    assert session.colour is False
    session.settings()
    assert session.colour is None
    monkeypatch.setenv("NO_COLOR", "1")
    declined = Session()
    declined.settings()
    assert declined.colour is False


def test_the_workspace_is_closed_after_the_work(shell):
    async def work(workspace):
        return workspace

    workspace = Session().run(work)
    assert workspace.settings.home == shell.home
    assert not list(shell.home.glob("*-wal"))


def test_settings_that_cannot_be_used_are_named_with_their_key(shell):
    shell.settings("[server]\nprot = 1\n")
    said = shell("status")
    assert said.code == 65
    assert "settings.toml" in said.err
    assert "did you mean port?" in said.err
