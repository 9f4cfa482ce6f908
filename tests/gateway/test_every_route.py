"""Every route of the whole server: nobody comes in without a key, and each role may do what the table of roles says.

A new route is refused here until it is entered with its action: that is the point.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gonogo.access import LEAST, ROLES, Action, Role, may, new_key
from gonogo.assembly import Settings, Workspace
from gonogo.assembly.settings import SettingsFile
from gonogo.cli.serve import routes_of
from gonogo.gateway import Application, Door

FOR_ALL = None
ROUTES: dict[str, Action | None] = {
    "POST /v1/chat/completions": "ask",
    "POST /v1/responses": "ask",
    "POST /v1/messages": "ask",
    "POST /v1/messages/count_tokens": "ask",
    "POST /v1/embeddings": "ask",
    "GET /v1/models": "ask",
    "GET /v1/models/{name}": "ask",
    "GET /health": FOR_ALL,
    "POST /v1/traces": "ask",
    "GET /metrics": "see_costs",
    "GET /api/prompts/{mission}": "ask_version",
    "GET /api/openapi.json": "look",
    "GET /api/missions": "look",
    "GET /api/missions/{mission}/parts/{part}": "look",
    "GET /api/versions": "look",
    "GET /api/versions/{name}": "look",
    "GET /api/versions/{name}/golden": "look",
    "GET /api/diff": "look",
    "POST /api/builds": "build",
    "POST /api/validations": "build",
    "POST /api/evaluations": "evaluate",
    "POST /api/plans": "evaluate",
    "POST /api/comparisons": "evaluate",
    "POST /api/folders/plan": "evaluate",
    "POST /api/folders/sensitivity": "evaluate",
    "POST /api/folders/weights": "evaluate",
    "POST /api/folders/thresholds": "evaluate",
    "POST /api/folders/searches": "evaluate",
    "POST /api/folders/tunings": "evaluate",
    "POST /api/folders/drafts": "evaluate",
    "POST /api/folders/golden": "evaluate",
    "POST /api/golden/checks": "evaluate",
    "GET /api/versions/{name}/judges": "look",
    "GET /api/versions/{name}/judges/{judge}": "look",
    "GET /api/versions/{name}/judges/{judge}/unlabelled": "annotate",
    "POST /api/versions/{name}/judges/{judge}/labels": "annotate",
    "POST /api/versions/{name}/judges/{judge}/calibrations": "evaluate",
    "POST /api/versions/{name}/judges/{judge}/comparisons": "evaluate",
    "POST /api/answers/annotations": "annotate",
    "POST /api/scores": "build",
    "GET /api/knowledge/diff": "look",
    "POST /api/knowledge/search": "build",
    "POST /api/knowledge/collections": "keep_store",
    "POST /api/forgotten": "keep_store",
    "POST /api/backtests": "evaluate",
    "POST /api/backtests/plan": "evaluate",
    "GET /api/verdicts": "look",
    "GET /api/verdicts/{name}": "look",
    "GET /api/runs/{id}": "look",
    "GET /api/operations": "build",
    "GET /api/operations/{id}": "build",
    "DELETE /api/operations/{id}": "build",
    "GET /api/environments": "look",
    "GET /api/environments/{mission}/{environment}": "look",
    "POST /api/environments/{mission}/{environment}/deployments": "deploy",
    "POST /api/environments/{mission}/{environment}/rollback": "deploy",
    "GET /api/deployments": "look",
    "GET /api/traces": "look",
    "GET /api/traces/{id}": "look",
    "GET /api/traces/{id}/annotations": "look",
    "POST /api/traces/{id}/annotations": "annotate",
    "GET /api/traces/{id}/diagnosis": "build",
    "POST /api/ask": "ask_version",
    "GET /api/monitors/{mission}": "see_costs",
    "POST /api/monitors/{mission}/rollback": "deploy",
    "GET /api/costs": "see_costs",
    "GET /api/budgets": "see_costs",
    "POST /api/keys/{id}/limits": "manage_keys",
    "GET /api/classifiers": "build",
    "POST /api/classifiers": "build",
    "GET /api/classifiers/{name}/lineage": "build",
    "GET /api/classifiers/{name}/rows": "build",
    "GET /api/classifiers/{name}/skew": "build",
    "GET /api/classifiers/{name}/drift": "build",
    "GET /api/classifiers/{name}/bias": "build",
    "POST /api/classifiers/{name}/calibrations": "build",
    "GET /api/classifiers/{name}": "build",
    "GET /api/classifiers/{name}/comparisons": "build",
    "GET /api/classifiers/{name}/promotions": "build",
    "POST /api/classifiers/{name}/promotions": "deploy",
    "POST /api/classifiers/{name}/rollback": "deploy",
    "GET /api/keys": "manage_keys",
    "POST /api/keys": "manage_keys",
    "POST /api/keys/{id}/rotate": "manage_keys",
    "DELETE /api/keys/{id}": "manage_keys",
    "GET /": "look",
    "GET /traces/{id}": "look",
    "GET /versions/{name}": "look",
    "GET /verdicts/{id}": "look",
    "GET /static/{file}": FOR_ALL,
}
NO_KEY: tuple[dict[str, str], ...] = (
    {},
    {"authorization": "Bearer nonsense"},
    {"authorization": "Bearer gng_00000000_nonsense"},
    {"authorization": "Basic x"},
    {"authorization": ""},
    {"x-api-key": "nonsense"},
)


class Server:
    """The server that ``gonogo serve`` runs, with a key of each role."""

    def __init__(self, workspace: Workspace) -> None:
        serving = workspace.serving()
        self.routes = routes_of(workspace, serving)
        door = Door(workspace.store, pepper=workspace.pepper, open_locally=False)
        self.application = Application(self.routes, door, max_body=1 << 20, max_in_flight=64)
        self.keys: dict[Role, str] = {}

    def paths(self) -> list[tuple[str, str, str]]:
        """(name in the table, method, a path that matches it)."""
        filled = [
            (route, "/".join("x" if "{" in part else part for part in route.path.split("/"))) for route in self.routes
        ]
        return [(f"{route.method} {route.path}", route.method, path) for route, path in filled]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = Settings(home=tmp_path / "home", file=SettingsFile(), author="ana", secrets={}, colour=False)
    async with await Workspace.open(settings) as workspace:
        made = Server(workspace)
        for role in ROLES:
            key = new_key(workspace.pepper, created_at=1000.0, role=role)
            await workspace.store.add_key(key.key)
            made.keys[role] = key.secret
        yield made


async def test_every_route_is_in_the_table_and_needs_the_role_that_the_table_says(server: Server) -> None:
    needed = {f"{route.method} {route.path}": route.role for route in server.routes}

    assert needed == {name: action and LEAST[action] for name, action in ROUTES.items()}


async def test_without_credentials_nothing_is_answered_but_what_is_for_all(gate: Any, server: Server) -> None:
    for name, method, path in server.paths():
        for headers in NO_KEY:
            reply = await gate.call(method, path, headers=headers, app=server.application)
            assert (reply.status == 401) is (ROUTES[name] is not FOR_ALL), f"{name} with {headers}: {reply.status}"


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_do_what_the_table_says_and_nothing_more(gate: Any, server: Server, role: Role) -> None:
    for name, method, path in server.paths():
        action = ROUTES[name]
        reply = await gate.call(method, path, key=server.keys[role], app=server.application)
        allowed = action is FOR_ALL or may(role, action)
        assert (reply.status == 403) is not allowed, f"{role} at {name}: {reply.status}"
        assert reply.status not in (401, 500), f"{role} at {name}: {reply.status}"


async def test_a_browser_may_show_a_key_as_a_password_where_pages_are_read_and_nowhere_else(
    gate: Any, server: Server
) -> None:
    coded = base64.b64encode(f"ana:{server.keys['admin']}".encode()).decode()
    for name, method, path in server.paths():
        reply = await gate.call(method, path, headers={"authorization": f"Basic {coded}"}, app=server.application)
        page = name in {"GET /", "GET /traces/{id}", "GET /versions/{name}", "GET /verdicts/{id}"}
        assert (reply.status == 401) is (not page and ROUTES[name] is not FOR_ALL), f"{name}: {reply.status}"
        if page:
            asked = await gate.call(method, path, headers={}, app=server.application)
            assert asked.headers["www-authenticate"].startswith("Basic realm=")
