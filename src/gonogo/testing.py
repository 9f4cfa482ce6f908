"""Testing: models that need no key, for tests of one's own Missions.

Here: re-exports. Not here: their code (``providers``).
"""

from gonogo.providers.scripted import Scripted, ScriptedModel
from gonogo.providers.simulated import Planted, SimulatedModel

__all__ = ["Planted", "Scripted", "ScriptedModel", "SimulatedModel"]
