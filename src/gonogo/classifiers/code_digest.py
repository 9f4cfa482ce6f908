"""Code digest: which code computes a feature, so that weights and features cannot drift apart unseen.

Here: a digest over source files, blind to comments, docstrings and layout. Not here: what the code does.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from gonogo.digest import Digest, digest_of


def code_digest(*files: Path) -> Digest:
    """Over the syntax trees of Python files, docstrings left out: wording may change, what is computed may not."""
    return digest_of([_tree(file) for file in files])


@cache
def _tree(file: Path) -> object:
    return _plain(ast.parse(file.read_text(encoding="utf-8")))


def _plain(node: object) -> object:
    """A tree as plain lists. Empty fields are left out, for releases of Python differ in which of them they have."""
    if isinstance(node, list):
        return [_plain(one) for one in node if not _is_bare_text(one)]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
    return [type(node).__name__, *([name, _plain(value)] for name, value in fields)]


def _is_bare_text(node: object) -> bool:
    """Docstrings of modules, classes, functions and constants."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
