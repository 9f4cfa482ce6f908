"""Installed: the components of this installation, and the set of them that one Version needs.

Here: the static tables joined; ``Toolbox`` for building, ``Components`` for the pipeline.
Not here: the components, the workflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from gonogo import caching, guardrails, metrics, providers, routing
from gonogo.assembly.settings import Settings
from gonogo.building import Toolbox
from gonogo.clock import Clock
from gonogo.contracts import Components, Guardrail, Index, Metric, Provider
from gonogo.domain import GuardrailRule, GuardrailStage, IndexSnapshot, ModelSpec, Version
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import BACKENDS, Snapshots, StructureChunker
