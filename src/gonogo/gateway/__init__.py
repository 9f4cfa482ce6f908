"""Gateway: the OpenAI-compatible door. Parses, calls one workflow, phrases the result.

Here: the wire format, routes, keys at the door, the server. Not here: answering (``pipeline``), choosing what
is live (``assembly.serving``), pages for people (``console``).
"""

from gonogo.gateway.application import Application
from gonogo.gateway.door import Door
from gonogo.gateway.routes import gateway_routes
from gonogo.gateway.server import ServerOptions, bind, check_address, serve

__all__ = ["Application", "Door", "ServerOptions", "bind", "check_address", "gateway_routes", "serve"]
