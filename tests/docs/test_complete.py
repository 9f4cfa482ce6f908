"""Nothing is missing from the pages, and nothing on them is stale."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import gonogo
from gonogo.assembly.settings import (
    KNOWN_PROVIDERS,
    BudgetSettings,
    EmbedderSettings,
    EndpointSettings,
    IndexSettings,
    KeySettings,
    LimitSettings,
    ProviderSettings,
    ServerSettings,
    SettingsFile,
    StoreSettings,
)
from gonogo.assembly.telemetry_target import TelemetrySettings
from gonogo.cli.app import COMMANDS, cli
from gonogo.domain import NO_LIMITS
from gonogo.errors import GonogoError
from gonogo.gateway.routes import gateway_routes
from gonogo.guardrails import KNOWN
from gonogo.providers.extractive.instructions import INSTRUCTION_NAMES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_made_pages_are_those_the_code_makes_now():
    made = subprocess.run([sys.executable, "scripts/make_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout


def test_every_relative_link_leads_to_a_file(page):
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_page_is_in_the_index_and_the_readme_leads_there():
    index = read("index.md")
    for path in DOCS.glob("*.md"):
        if not path.name.endswith(".head.md") and path.name != "index.md":
            assert f"]({path.name})" in index, path.name
    assert "](docs/index.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_and_subcommand_is_documented():
    page = read("commands.md")
    for name in COMMANDS:
        assert f"### gonogo {name}\n" in page
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        for sub in getattr(command, "commands", {}):
            assert f"Usage: gonogo {name} {sub}" in page


def test_every_command_is_named_outside_the_made_page():
    others = " ".join(path.read_text(encoding="utf-8") for path in (*DOCS.glob("*.md"), ROOT / "README.md"))
    others = others.replace(read("commands.md"), "")
    for name in COMMANDS:
        assert f"gonogo {name}" in others or f"`{name}`" in others, name


def test_every_exit_code_of_an_error_is_in_the_table():
    page = read("commands.md")

    def tree(kind: type[GonogoError]) -> set[int]:
        return {kind.exit_code}.union(*(tree(child) for child in kind.__subclasses__()))

    for code in tree(GonogoError) | {0, 1, 2, 3, 4, 130, 141}:
        assert f"\n| {code} | " in page


def test_every_settings_key_and_its_default_is_documented():
    page = read("settings.md")
    named = (
        ("providers.NAME.", ProviderSettings),
        ("embedders.NAME.", EmbedderSettings),
        ("indexes.NAME.", IndexSettings),
    )
    for prefix, kind in (
        ("", SettingsFile),
        ("server.", ServerSettings),
        ("store.", StoreSettings),
        ("keys.", KeySettings),
        ("limits.", LimitSettings),
        ("budgets.", BudgetSettings),
        ("telemetry.", TelemetrySettings),
        *named,
    ):
        for name, default in zip(kind.__struct_fields__, kind.__struct_defaults__, strict=True):
            if name in (
                "server",
                "store",
                "keys",
                "limits",
                "budgets",
                "providers",
                "embedders",
                "indexes",
                "telemetry",
            ):
                continue
            default = getattr(default, "factory", lambda given=default: given)()  # msgspec makes an empty table anew
            shown = (
                ""
                if default in ((), {}, None, NO_LIMITS)
                else f"{default:g}"
                if isinstance(default, float)
                else str(default)
            )
            assert f"\n| `{prefix}{name}` | {f'`{shown}`' if shown else 'none'} | " in page, name


def test_every_key_of_an_endpoint_is_documented():
    for name in EndpointSettings.__struct_fields__:
        assert f"\n| `providers.NAME.endpoints.{name}` | " in read("settings.md"), name


def test_every_provider_known_without_settings_is_documented():
    for name in KNOWN_PROVIDERS:
        assert f"`{name}`" in read("settings.md")


def test_every_variable_the_settings_read_is_documented():
    source = (ROOT / "src/gonogo/assembly/settings.py").read_text(encoding="utf-8")
    for name in set(re.findall(r'"((?:GONOGO_|NO_)[A-Z_]+)"', source)):
        assert f"`{name}`" in read("settings.md")


def test_every_guardrail_with_its_stages_actions_and_options_is_documented():
    page = read("guardrails.md")
    for name, check in KNOWN.items():
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        words = {*check.actions, *(action for actions in check.actions.values() for action in actions)}
        assert all(word in row for word in words), name
        assert all(f"`{option}`" in row for option in check.options), name


def test_every_instruction_the_built_in_models_know_is_documented():
    for name in INSTRUCTION_NAMES:
        assert f"\n| `{name}` | " in read("builtin-models.md")


def test_every_example_of_an_instruction_is_understood_as_that_one():
    from gonogo.features import Reader, StaticEmbedder
    from gonogo.providers import understand

    reader = Reader(StaticEmbedder())
    rows = re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| ([^|]+) \|$", read("builtin-models.md"), re.MULTILINE)
    assert len(rows) == len(INSTRUCTION_NAMES)
    for name, example in rows:
        assert [found.name for found in understand(example, reader).understood] == [name], example


def test_every_route_of_the_gateway_is_documented():
    page = read("gateway.md")
    for route in gateway_routes(None, max_messages=1):  # type: ignore[arg-type]
        assert f"`{route.method} {route.path.replace('{name}', 'NAME')}`" in page


def test_every_header_the_gateway_sets_is_documented():
    page = read("gateway.md")
    for path in (ROOT / "src/gonogo/gateway").glob("*.py"):
        for name in re.findall(r'"(x-gonogo-[a-z]+|x-session-id|x-should-retry)"', path.read_text(encoding="utf-8")):
            assert f"`{name}" in page, name


def test_the_reference_names_every_method_of_a_home():
    page = read("reference.md")
    for name in vars(gonogo.Home):
        if not name.startswith("_"):
            assert f"`{name}`" in page, name


def test_every_folder_of_tests_the_readme_names_is_there():
    for name in re.findall(r"`(tests/[a-z]+)`", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert (ROOT / name).is_dir(), name
