"""Deployments: the only place where the pointer of an Environment moves.

Here: deploy (the gate is enforced here), roll back, status. Not here: proving a Version (``evaluation``), deciding
(``gate``), storing (``store``), serving (``gateway``).
"""

from gonogo.deployments.deploy import deploy
from gonogo.deployments.proof import Recompute
from gonogo.deployments.roll_back import roll_back
from gonogo.deployments.status import EnvironmentStatus, history, status

__all__ = ["EnvironmentStatus", "Recompute", "deploy", "history", "roll_back", "status"]
