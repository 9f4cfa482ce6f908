"""Assembly: settings and the static tables; joins components to workflows, one immutable set for each Version.

Here: everything that knows both sides. Not here: decisions of its own.
"""

from gonogo.assembly.reference import Reference, parse_reference
from gonogo.assembly.settings import Settings, load_settings
from gonogo.assembly.workspace import Workspace

__all__ = ["Reference", "Settings", "Workspace", "load_settings", "parse_reference"]
