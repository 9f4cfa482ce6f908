"""What the pages show is executed."""

from __future__ import annotations

import tomllib

import yaml

from gonogo.assembly.settings import load_settings
from gonogo.building import new_mission

RUN = ("sh", "python", "yaml", "toml")
SHOWN = ("text",)


def test_every_block_has_a_language_that_is_run_or_only_shown(page, blocks):
    for block in blocks(page):
        assert block.language in (*RUN, *SHOWN), block


def test_the_commands_and_scripts_of_a_page_run_in_order(page, blocks, commands, page_shell):
    for block in blocks(page):
        if block.not_run is not None:
            continue
        if block.language == "sh":
            for line in commands(block):
                page_shell.run(line)
        elif block.language == "python":
            exec(compile(block.text, str(block), "exec"), {"__name__": "page"})


def test_a_piece_of_mission_yaml_fits_a_new_mission(yaml_block, page_shell, tmp_path):
    new_mission(tmp_path / "support", "support")
    path = tmp_path / "support" / "mission.yaml"
    written = yaml.safe_load(yaml_block.text)
    if isinstance(written, list):  # golden tasks
        (tmp_path / "support" / "golden.page.yaml").write_text(yaml_block.text)
        written = {"golden": ["golden.page.yaml"]}
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **written}))
    page_shell.run("gonogo validate support")


def test_a_settings_file_can_be_read(toml_block, tmp_path):
    (tmp_path / "settings.toml").write_text(toml_block.text)
    settings = load_settings(tmp_path, {})
    assert settings.file.providers.keys() == tomllib.loads(toml_block.text).get("providers", {}).keys()
