"""Classifier pins: which weights a build may pin for a Mission.

Here: promotions of the store and weights of the library, joined for ``building``. Not here: choosing among them with
``mission.lock`` (``building.pins``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.building import ClassifierChoice, Toolbox
from gonogo.classifiers import BUILT_IN
from gonogo.contracts.stores import ClassifierStore
from gonogo.domain import ClassifierPromotion, Mission, classifiers_of
from gonogo.training.promote import WHOLE_HISTORY, promoted

OF_PAIRS = frozenset({"faithfulness", "relevance", "equivalence"})
"""Built-in classifiers that judge one text against another: a routing rule has only the question."""


async def with_classifiers(toolbox: Toolbox, library: HomeLibrary, store: ClassifierStore) -> Toolbox:
    """What building needs, with the classifiers as they are promoted now."""
    promotions = await store.promotions(limit=WHOLE_HISTORY)
    names = frozenset(await asyncio.to_thread(library.names))
    return replace(toolbox, classifiers=partial(choices, library, promotions), known_classifiers=names - OF_PAIRS)


def choices(
    library: HomeLibrary, promotions: Sequence[ClassifierPromotion], mission: Mission
) -> dict[str, ClassifierChoice]:
    """Every classifier the Mission can use: all built-in ones that are here, and those it calls by name.

    Built-in ones are pinned whether the Mission asks for them or not, as other code is: metrics judge every answer.

    Args:
        promotions: of all names, newest first.
    """
    built_in = {name for name in BUILT_IN if promoted(promotions, name, mission.name)}
    names = sorted({*library.shipped_names(), *built_in, *classifiers_of(mission)})
    return {name: _choice(library, promotions, name, mission.name) for name in names}


def _choice(
    library: HomeLibrary, promotions: Sequence[ClassifierPromotion], name: str, mission: str
) -> ClassifierChoice:
    shipped = library.shipped(name)
    chosen = promoted(promotions, name, mission) or (shipped.digest if shipped else None)
    return ClassifierChoice(chosen=chosen, here=library.here(name))
