"""new, validate, schema, build."""

from __future__ import annotations

import json
import re

import pytest


@pytest.mark.parametrize("kind", ["chatbot", "agent", "content"])
def test_a_new_mission_of_every_kind_is_proven_and_deployed_without_an_edit(kind, shell):
    shell.fine("new", "first", "--kind", kind)
    assert shell.fine("evaluate", "first").out.startswith("GO  ")
    assert "first:production now serves first@1" in shell.fine("deploy", "first").out


def test_new_names_the_files_and_the_next_commands(shell):
    said = shell.fine("new", "desk", "--kind", "agent")
    assert said.out.startswith("Made an agent Mission in desk:\n")
    assert "  prompts/system.md\n" in said.out
    assert "  gonogo evaluate desk/\n" in said.out


def test_new_never_writes_over_anything(support):
    before = (support.folder / "support/mission.yaml").read_bytes()
    said = support("new", "support")
    assert said.code == 65
    assert "nothing is ever overwritten" in said.err
    assert (support.folder / "support/mission.yaml").read_bytes() == before


def test_a_folder_name_that_cannot_name_a_mission_asks_for_a_name(shell):
    said = shell("new", "My Folder")
    assert said.code == 65
    assert "lower-case" in said.err
    shell.fine("new", "My Folder", "--name", "mine")


def test_validate_of_a_good_folder_names_the_next_command(support):
    assert "gonogo evaluate support" in support.fine("validate", "support").out


def test_validate_reports_every_problem_with_a_path_an_editor_can_open(support):
    support.edit("support/mission.yaml", "retrieval:", "retreival:")
    support.edit("support/mission.yaml", "ttl: 24h", "ttl: soon")
    said = support("validate", "support")
    assert said.code == 65
    assert "problem support/mission.yaml:12: retreival: unknown key (did you mean 'retrieval'?)" in said.err
    assert "support/mission.yaml:14: cache.ttl" in said.err
    assert said.out.startswith("2 problems")


def test_validate_as_json_has_problems_and_warnings(support):
    support.edit("support/mission.yaml", "retrieval:", "retreival:")
    said = support("validate", "support", "--json")
    assert said.code == 65
    assert said.json["problems"][0]["line"] == 12
    assert said.json["warnings"] == []


def test_the_schema_is_json_schema(shell):
    schema = json.loads(shell.fine("schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_build_names_the_version_and_its_parts(support):
    said = support.fine("build", "support")
    assert said.out.startswith("support@1 built\n  models m1 + prompt p1 + ")


def test_building_an_unchanged_folder_gives_the_version_it_gave_before(support):
    support.fine("build", "support")
    assert support.fine("build", "support").out.startswith("support@1 is unchanged\n")


def test_build_as_json_holds_digests_and_parts(support):
    built = support.fine("build", "support", "--json").json
    assert built["version"] == "support@1"
    assert built["created"] is True
    assert built["parts"]["prompt"]["number"] == 1
    assert len(built["behaviour_digest"]) == 64


def test_build_warns_beside_its_output_and_not_in_it(support):
    support.edit("support/mission.yaml", "  mode: advisory\n", "")
    said = support.fine("build", "support", "--json")
    assert said.json["warnings"][0]["key"] == "golden"
    assert "warning support/mission.yaml" in support.fine("build", "support").err


def test_the_folder_of_build_and_validate_is_the_current_one_unless_named(support, monkeypatch):
    monkeypatch.chdir(support.folder / "support")
    support.fine("validate")
    assert support.fine("build").out.startswith("support@1 built")


def test_a_lock_that_differs_from_what_is_installed_is_refused_until_it_is_accepted(support):
    support.fine("build", "support")
    lock = support.folder / "support/mission.lock"
    lock.write_text(re.sub(r'"embedder": "\w+"', f'"embedder": "{"0" * 64}"', lock.read_text()))
    said = support("build", "support")
    assert said.code == 65
    assert "--update-lock" in said.err
    support.fine("build", "support", "--update-lock")
