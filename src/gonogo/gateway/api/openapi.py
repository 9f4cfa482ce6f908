"""OpenAPI 3.1 of the management API, made from the table of endpoints and the types they read and give.

Here: the document, spec.openapis.org/oas/v3.1. Not here: the endpoints (``table``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gonogo.access import LEAST
from gonogo.gateway.api.endpoint import UPLOAD_TYPE, Endpoint, NoQuery
from gonogo.gateway.api.faults import ErrorBody
from gonogo.release import VERSION

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"
REFUSALS: Mapping[str, str] = {
    "400": "The request cannot be used.",
    "401": "No key, or one that is unknown, revoked or expired.",
    "403": "The key's role, tenant or Missions do not allow it.",
    "404": "What the path names does not exist, or is not for this key.",
    "409": "The gate is closed, or somebody else was first.",
    "429": "Too much at once: `Retry-After` says when to ask again.",
    "503": "The store cannot answer now.",
}
EXAMPLES = {"mission": "support", "environment": "production", "part": "prompt", "name": "support@7"}


def document(endpoints: Sequence[Endpoint[Any, Any]]) -> Schema:
    """The whole document."""
    types = [ErrorBody, *_types(endpoints)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    by_type = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Schema] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gonogo management API",
            "version": VERSION,
            "description": "What the command line does, over HTTP. Unknown fields are refused. Times are seconds since "
            "1970, money is dollars. Errors have OpenAI's shape.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "`gng_...`"}},
        },
    }


def _types(endpoints: Iterable[Endpoint[Any, Any]]) -> list[Any]:
    found = []
    for endpoint in endpoints:
        found += [kind for kind in (endpoint.body, endpoint.reply, endpoint.result) if kind not in (None, bytes)]
        found.append(endpoint.query)
    return found


def _operation(endpoint: Endpoint[Any, Any], by_type: Mapping[int, Schema], components: Mapping[str, Schema]) -> Schema:
    operation: Schema = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"Needs the role {LEAST[endpoint.action]} or a higher one.",
        "tags": [endpoint.path.split("/")[2]],
        "x-gonogo-role": LEAST[endpoint.action],
        "parameters": [*_path_parameters(endpoint.path), *_query_parameters(endpoint, by_type, components)],
        "responses": _responses(endpoint, by_type),
    }
    if endpoint.body is bytes:
        shape = {"type": "string", "format": "binary", "description": "An uncompressed tar of plain files."}
        operation["requestBody"] = {"required": True, "content": {UPLOAD_TYPE: {"schema": shape}}}
    elif endpoint.body is not None:
        shape = by_type[id(endpoint.body)]
        operation["requestBody"] = {
            "required": bool(_resolved(shape, components).get("required")),
            "content": {"application/json": {"schema": shape}},
        }
    if endpoint.etag is not None and endpoint.method != "GET":
        operation["parameters"].append(
            {
                "name": "If-Match", "in": "header", "required": False,
                "description": "The revision the caller saw, as ETag; 412 where it is another by now.",
                "schema": {"type": "string", "pattern": '^"?[0-9]{1,15}"?$'},
            }
        )  # fmt: skip
        operation["responses"]["412"] = _refusal("The Environment is at another revision by now.")
    return operation


def _responses(endpoint: Endpoint[Any, Any], by_type: Mapping[int, Schema]) -> Schema:
    reply: Schema = {"description": endpoint.summary}
    if endpoint.reply is not None:
        reply["content"] = {"application/json": {"schema": by_type[id(endpoint.reply)]}}
    if endpoint.result is not None:
        made = {"properties": {"result": {"anyOf": [by_type[id(endpoint.result)], {"type": "null"}]}}}
        reply["content"]["application/json"]["schema"] = {"allOf": [by_type[id(endpoint.reply)], made]}
    if endpoint.streams:
        shape = {
            "type": "string",
            "description": "Server-sent events: `progress`, then `done`, `failed` or `cancelled`.",
        }
        reply["content"]["text/event-stream"] = {"schema": shape}
    found: Schema = {str(endpoint.status): reply, **{code: _refusal(said) for code, said in REFUSALS.items()}}
    if endpoint.method == "GET":
        found["304"] = {"description": "The caller has it already (If-None-Match)."}
    if endpoint.body is not None:
        found["413"] = _refusal("The body is too large.")
        found["415"] = _refusal("The body is of another type.")
    if endpoint.action in ("ask_version", "evaluate"):
        found["402"] = _refusal("A budget is spent, or a price is unknown under one.")
    if endpoint.action == "ask_version":
        found["422"] = _refusal("The model refused the request as it is.")
        found["502"] = _refusal("The model failed.")
    if endpoint.streams and endpoint.status != 200:
        found["200"] = {"description": "The stream.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    return found


def _refusal(said: str) -> Schema:
    return {
        "description": said,
        "content": {"application/json": {"schema": {"$ref": REFERENCE.format(name="ErrorBody")}}},
    }


def _path_parameters(path: str) -> list[Schema]:
    return [
        {
            "name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1},
            **({"example": EXAMPLES[name]} if name in EXAMPLES else {}),
        }
        for name in re.findall(r"{(\w+)}", path)
    ]  # fmt: skip


def _query_parameters(
    endpoint: Endpoint[Any, Any], by_type: Mapping[int, Schema], components: Mapping[str, Schema]
) -> list[Schema]:
    if endpoint.query is NoQuery:
        return []
    shape = _resolved(by_type[id(endpoint.query)], components)
    required = set(shape.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(schema)}
        for name, schema in shape["properties"].items()
    ]


def _resolved(shape: Schema, components: Mapping[str, Schema]) -> Schema:
    found: Schema = components[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
    return found


def _without_null(schema: Schema) -> Schema:
    """A value that may be left out is never sent as null in a query."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema
