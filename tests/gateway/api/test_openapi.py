"""The document says what the server does: every route, every parameter, in JSON Schema that is valid itself.

That replies are as it says is checked at each call of the tests beside this one.
"""

from __future__ import annotations

import jsonschema
import msgspec
import pytest

from gonogo.access import LEAST
from gonogo.gateway.api.openapi import document
from gonogo.gateway.api.table import DOCUMENT_PATH, ENDPOINTS

DOCUMENT = document(ENDPOINTS)
OPERATIONS = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]
ELSEWHERE = {DOCUMENT_PATH, "/api/prompts/{mission}"}
"""The document itself, and the one route that is the gateway's own."""


async def test_the_server_gives_the_document(api):
    given = await api("GET", DOCUMENT_PATH, role="viewer")
    assert given.body == msgspec.json.encode(DOCUMENT)
    assert given.json["openapi"] == "3.1.0"


async def test_every_route_under_api_is_in_it_with_its_role_and_nothing_else_is(api):
    routes = {
        (route.method.lower(), route.path): route.role
        for route in api.routes
        if route.path.startswith("/api/") and route.path not in ELSEWHERE
    }
    assert routes == {(method, path): operation["x-gonogo-role"] for method, path, operation in OPERATIONS}


def test_names_of_operations_are_unique_and_roles_are_those_of_the_table():
    names = [endpoint.name for endpoint in ENDPOINTS]
    assert len(set(names)) == len(names)
    for endpoint in ENDPOINTS:
        said = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]
        assert said["operationId"] == endpoint.name
        assert said["x-gonogo-role"] == LEAST[endpoint.action]


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_schema_is_valid_and_every_reference_leads_somewhere(name):
    schema = DOCUMENT["components"]["schemas"][name]
    jsonschema.Draft202012Validator.check_schema(schema)
    for reference in references(schema):
        assert reference.removeprefix("#/components/schemas/") in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda value: str(value)[:40])
def test_bodies_and_queries_refuse_unknown_fields_in_the_document_too(method, path, operation):
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "application/json":
            shape = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            assert shape["additionalProperties"] is False
    named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
    assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def references(schema):
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)
