"""YAML text: plain values written so that the reader of Mission folders gives back the same ones.

Here: quoting of text that looks like a number or a word of JSON, blocks for text of several lines.
Not here: reading (``building.yaml_nodes``).
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

_TYPED: Final = re.compile(r"-?[0-9.][0-9.eE+-]*|~|null|true|false|<<|", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]*")


class _Dumper(yaml.SafeDumper):
    """No aliases: a file that people edit names nothing twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None
    if _TYPED.fullmatch(value) or not _PLAIN.fullmatch(value):
        style = '"'
    elif "\n" in value and not value[0].isspace() and "\t" not in value:
        clean = all(line == line.rstrip() for line in value.split("\n"))
        style = "|" if clean else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(value: Any) -> str:
    """A mapping or list as YAML in block style, keys in their order."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))
