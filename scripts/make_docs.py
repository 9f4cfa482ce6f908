"""Writes the generated pages of docs/: keys of mission.yaml, commands, and where each runs. `--check` only compares.

usage: python scripts/make_docs.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gonogo.building import docs_table
from gonogo.cli.app import COMMANDS, SECTIONS, cli
from gonogo.cli.remote.places import LOCAL, NO_STORE, PARTLY, SERVED
from gonogo.metrics import KINDS, Kind

DOCS = Path(__file__).resolve().parent.parent / "docs"


def mission_page() -> str:
    """docs/mission.md."""
    head = (DOCS / "mission.head.md").read_text(encoding="utf-8")
    tail = (DOCS / "assertions.head.md").read_text(encoding="utf-8")
    table = "\n".join(f"| {_names(kind)} | `{_cell(kind.argument)}` | {kind.summary} |" for kind in KINDS)
    heading = "| kind | written behind it | holds when |\n|---|---|---|\n"
    return f"{head}\n{docs_table().strip()}\n\n{tail}\n{heading}{table}\n"


def _names(kind: Kind) -> str:
    also = f" (also {', '.join(f'`{alias}`' for alias in kind.aliases)})" if kind.aliases else ""
    return f"`{kind.name}`{also}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands_page() -> str:
    """docs/commands.md."""
    parts = [(DOCS / "commands.head.md").read_text(encoding="utf-8"), _help(cli, "gonogo")]
    for section in SECTIONS:
        parts.append(f"## {section}\n")
        for name, entry in COMMANDS.items():
            if entry.section != section:
                continue
            context = click.Context(cli, info_name="gonogo")
            command = cli.get_command(context, name)
            assert command is not None
            parts.append(f"### gonogo {name}\n")
            parts.append(_help(command, f"gonogo {name}"))
            subcommands = getattr(command, "commands", {}).values()
            parts.extend(_help(sub, f"gonogo {name} {sub.name}") for sub in subcommands)
    return "\n".join(parts)


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, terminal_width=110, max_content_width=110)
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


def api_page() -> str:
    """docs/api.md: ends with what becomes of each command where a server is named."""
    head = (DOCS / "api.head.md").read_text(encoding="utf-8")
    served = "".join(
        f"| `gonogo {command}` | {', '.join(f'`{route}`' for route in routes)} |\n"
        for command, routes in SERVED.items()
    )
    local = "".join(f"| `gonogo {command}` | {why.removeprefix('as ')} |\n" for command, why in LOCAL.items())
    partly = "".join(f"| `{what}` | {why.removeprefix('as ')} |\n" for what, why in PARTLY.items())
    same = ", ".join(f"`gonogo {command}`" for command in sorted(NO_STORE))
    return (
        f"{head}\n## Every command with `--server`\n\n| command | is made of |\n|---|---|\n{served}\n"
        f"These are refused with exit code 65, since no server can do them:\n\n| command | why |\n|---|---|\n"
        f"{local}{partly}\n{same} ask no store: they do the same whether a server is named or not.\n"
    )


PAGES = {"mission.md": mission_page, "commands.md": commands_page, "api.md": api_page}


def main() -> int:
    """Write, or with ``--check`` say which pages are stale."""
    stale = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        print(f"stale: {', '.join(stale)}; run python scripts/make_docs.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
