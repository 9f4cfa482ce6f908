"""Console: server-rendered pages for people: what is live, what was asked, what was proven.

Here: pages, their templates and one style sheet; nothing on them needs a script.
Not here: changing anything (``cli``), the API (``gateway``), who may come in (``gateway.door``).
"""

from gonogo.console.routes import console_routes

__all__ = ["console_routes"]
