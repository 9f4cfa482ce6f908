"""Management API: what the command line does, as JSON under ``/api``, through the same workflows.

Here: one table of endpoints (``table``), from which routes and the OpenAPI document are made. Not here: the workflows
(``assembly.Workspace``), the wire formats of models (``gateway.chat`` and its like).
"""

from gonogo.gateway.api.table import api_routes

__all__ = ["api_routes"]
