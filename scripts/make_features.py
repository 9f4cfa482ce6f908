"""Writes ``features.yaml`` from the feature sets: ``python scripts/make_features.py [--check]``.

A set whose code changed while its version did not is refused: raise the version first, for weights were trained on the
old one. ``--code-only`` records a change that computes the same numbers (another name, a faster way).
"""

from __future__ import annotations

import argparse
import sys

import msgspec
import yaml

from gonogo.classifiers import BUILT_IN, feature_set
from gonogo.classifiers.catalogue import CATALOGUE, definition, problems, read_catalogue

HEAD = """\
# Every feature that built-in classifiers read: name, type, version of its set, digest of the code that computes it.
# Written by scripts/make_features.py; a test holds it against the code.
"""


def text() -> str:
    sets = {name: msgspec.to_builtins(definition(feature_set(name))) for name in BUILT_IN}
    return HEAD + yaml.safe_dump({"format": 1, "sets": sets}, sort_keys=False, width=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 where the file does not fit the code")
    parser.add_argument("--code-only", action="store_true", help="the code changed, what it computes did not")
    options = parser.parse_args()
    found = problems(read_catalogue()) if CATALOGUE.exists() else []
    if options.check:
        sys.exit("\n".join(found) or 0)
    unversioned = [one for one in found if "its version did not" in one]
    if unversioned and not options.code_only:
        sys.exit("\n".join([*unversioned, "raise `version` of the set, or pass --code-only where the numbers stay"]))
    CATALOGUE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
