"""Catalogue: every feature that classifiers read, defined once in ``features.yaml``: name, type, version, code.

Here: reading the file, and what it must say for the code that is installed. Not here: the features (``feature_sets``).

The file is the promise and the code keeps it: a change of what a feature set computes changes the digest of its code,
and the catalogue no longer fits until somebody raises the version and writes it anew (``scripts/make_features.py``).
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from gonogo.classifiers.table import BUILT_IN, feature_set
from gonogo.contracts.classifying import FeatureSet

CATALOGUE = Path(__file__).parent / "features.yaml"


class FeatureDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One named feature. ``type`` is ``number`` (any finite one) or ``flag`` (0 or 1)."""

    name: str
    type: str = "number"


class FeatureSetDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set: what card and Trace call ``name/version``. ``ngrams`` and ``embedding`` say which blocks it feeds."""

    version: int
    code: str
    features: tuple[FeatureDefinition, ...]
    ngrams: bool = False
    embedding: bool = False


class FeatureCatalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``features.yaml``."""

    format: int
    sets: dict[str, FeatureSetDefinition]


def read_catalogue(path: Path = CATALOGUE) -> FeatureCatalogue:
    """The catalogue as written."""
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), FeatureCatalogue)


def problems(catalogue: FeatureCatalogue) -> list[str]:
    """Where the installed code and the catalogue differ; empty when they fit."""
    found = [f"{name} is in the catalogue and nowhere else" for name in catalogue.sets if name not in BUILT_IN]
    for name in BUILT_IN:
        written, code = catalogue.sets.get(name), feature_set(name)
        if written is None:
            found.append(f"{name} is not in the catalogue")
        elif written.version == code.version and written.code != code.digest:
            found.append(f"{name}/{code.version}: its code changed and its version did not")
        elif (written.version, tuple(one.name for one in written.features)) != (code.version, code.names):
            found.append(
                f"{name}: the catalogue has version {written.version}, the code {code.version}, or other names"
            )
    return found


def definition(code: FeatureSet, flags: frozenset[str] = frozenset()) -> FeatureSetDefinition:
    """What the catalogue must say of a feature set.

    Args:
        flags: names of features that are 0 or 1.
    """
    return FeatureSetDefinition(
        version=code.version,
        code=code.digest,
        features=tuple(FeatureDefinition(name=name, type="flag" if name in flags else "number") for name in code.names),
        ngrams=bool(getattr(code, "has_buckets", False)),
        embedding=bool(getattr(code, "has_vector", False)),
    )
