"""Table: every endpoint of the management API, and the document that describes them.

Here: the rows in one place. Not here: what they do.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from gonogo.access import LEAST
from gonogo.assembly import Workspace
from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.gateway.api.asking import ASKING
from gonogo.gateway.api.backtests import BACKTESTS
from gonogo.gateway.api.builds import BUILDS
from gonogo.gateway.api.classifiers import CLASSIFIERS
from gonogo.gateway.api.comparisons import COMPARISONS
from gonogo.gateway.api.deployments import DEPLOYMENTS
from gonogo.gateway.api.endpoint import Endpoint
from gonogo.gateway.api.faults import api_error
from gonogo.gateway.api.folders import FOLDERS
from gonogo.gateway.api.golden import GOLDEN
from gonogo.gateway.api.judges import JUDGES
from gonogo.gateway.api.keeping import KEEPING
from gonogo.gateway.api.keys import KEYS
from gonogo.gateway.api.knowledge import KNOWLEDGE
from gonogo.gateway.api.monitors import MONITORS
from gonogo.gateway.api.openapi import document
from gonogo.gateway.api.operations import OPERATIONS
from gonogo.gateway.api.proofs import PROOFS
from gonogo.gateway.api.scores import SCORES
from gonogo.gateway.api.traces import TRACES
from gonogo.gateway.api.traffic import TRAFFIC
from gonogo.gateway.api.versions import VERSIONS

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (
    *VERSIONS, *BUILDS, *PROOFS, *BACKTESTS, *COMPARISONS, *FOLDERS, *GOLDEN, *JUDGES, *SCORES, *KNOWLEDGE, *OPERATIONS,
    *DEPLOYMENTS, *TRACES, *ASKING, *MONITORS, *CLASSIFIERS, *TRAFFIC, *KEYS, *KEEPING,
)  # fmt: skip
DOCUMENT_PATH = "/api/openapi.json"


def api_routes(workspace: Workspace, serving: Serving) -> tuple[Route, ...]:
    """The API's routes."""
    described = Route(method="GET", path=DOCUMENT_PATH, handler=_openapi, role=LEAST["look"], error=api_error)
    return (described, *(endpoint.route(workspace, serving) for endpoint in ENDPOINTS))


async def _openapi(http: HttpRequest) -> HttpReply:
    return HttpReply(body=_encoded(), headers={"cache-control": "private, max-age=300"})


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(document(ENDPOINTS))
