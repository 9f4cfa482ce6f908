"""The catalogue of features: what it promises is what the code computes."""

from __future__ import annotations

from msgspec import structs

from gonogo.classifiers import BUILT_IN, SHIPPED, feature_set, read_card
from gonogo.classifiers.catalogue import problems, read_catalogue


def test_the_catalogue_fits_the_code() -> None:
    assert problems(read_catalogue()) == [], "raise the version of the set, then run scripts/make_features.py"


def test_a_changed_code_under_an_old_version_is_a_problem() -> None:
    catalogue = read_catalogue()
    altered = structs.replace(catalogue.sets["toxicity"], code="0" * 64)
    found = problems(structs.replace(catalogue, sets={**catalogue.sets, "toxicity": altered}))
    assert found == [f"toxicity/{altered.version}: its code changed and its version did not"]


def test_an_unknown_set_and_a_missing_one_are_problems() -> None:
    catalogue = read_catalogue()
    sets = dict(catalogue.sets)
    sets["nonsense"] = sets.pop("injection")
    found = problems(structs.replace(catalogue, sets=sets))
    assert found == ["nonsense is in the catalogue and nowhere else", "injection is not in the catalogue"]


def test_every_shipped_classifier_was_trained_for_the_features_of_the_catalogue() -> None:
    catalogue = read_catalogue()
    for name in BUILT_IN:
        features = feature_set(name)
        assert read_card(SHIPPED / name).features == f"{features.name}/{catalogue.sets[name].version}"
