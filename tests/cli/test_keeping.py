"""Backups, restores and forgetting from the command line."""

from __future__ import annotations

import asyncio
import json

from gonogo.assembly import Workspace
from gonogo.assembly.settings import load_settings
from gonogo.domain import Trace


def keep_traces(home, *users):
    async def work():
        async with await Workspace.open(load_settings(home, {})) as workspace:
            await workspace.store.add_traces(
                [
                    Trace(
                        id=f"trace-{number}", created_at=1.0, mission="support", version=1, behaviour_digest="b",
                        environment="production", question="Why?", answer="Because.", outcome="answered", user=user,
                    )
                    for number, user in enumerate(users)
                ]
            )  # fmt: skip

    asyncio.run(work())


def test_a_store_is_backed_up_and_restored_into_another_home(shell):
    keep_traces(shell.home, "ana", "ben")
    said = shell.fine("backup", "copy.db")
    assert "the whole of" in said.out
    assert shell.fine("--home", "other", "restore", "copy.db", "--json").json["file"] == "copy.db"
    assert len(shell.fine("--home", "other", "traces", "--json").json) == 2


def test_a_backup_never_overwrites_and_a_restore_neither(shell):
    keep_traces(shell.home, "ana")
    shell.fine("backup", "copy.db", "--json")
    again = shell("backup", "copy.db")
    assert (again.code, "never overwrites" in again.err) == (65, True)
    into = shell("restore", "copy.db")
    assert (into.code, "move it away" in into.err) == (65, True)


def test_a_user_is_forgotten_once_somebody_is_sure(shell):
    keep_traces(shell.home, "ana", "ben", "ana")
    asked = shell("forget", "--user", "ana")
    assert asked.code != 0
    assert len(shell.fine("traces", "--json").json) == 3
    assert shell.fine("forget", "--user", "ana", "--yes").out == "2 Traces and 0 annotations deleted.\n"
    assert len(shell.fine("traces", "--json").json) == 1
    assert shell.fine("forget", "--user", "ana", "--yes", "--json").json["traces"] == 0
    lines = (shell.home / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["traces"] for line in lines] == [2, 0]
