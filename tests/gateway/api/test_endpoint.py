"""One row of the API: what a query and a body may leave out, and what they may not say."""

from __future__ import annotations

import re

import pytest

from gonogo.gateway.api.openapi import document
from gonogo.gateway.api.table import ENDPOINTS


@pytest.mark.parametrize(
    ("path", "said", "param"),
    [
        ("/api/traces?version=null", "'version' is 'null'; leave it out", "version"),
        ("/api/traces?limit=1&limit=2", "names 'limit' twice", "limit"),
        ("/api/costs?by=", "the query cannot be used", "by"),
        ("/api/versions?limit=", "the query cannot be used", "limit"),
    ],
)
async def test_a_query_that_says_nothing_usable_is_refused_by_name(api, path, said, param):
    refused = await api("GET", path)
    assert (refused.status, refused.error["param"]) == (400, param)
    assert said in refused.error["message"]


async def test_a_mission_may_be_called_null(api):
    assert (await api("GET", "/api/verdicts?mission=null")).status == 404


async def test_a_body_is_required_in_the_document_exactly_where_leaving_it_out_is_refused(api):
    paths = document(ENDPOINTS)["paths"]
    for endpoint in ENDPOINTS:
        described = paths[endpoint.path][endpoint.method.lower()].get("requestBody")
        if described is None or endpoint.body is bytes:
            continue
        refused = await api(endpoint.method, re.sub(r"{\w+}", "nobody", endpoint.path))
        wants_body = refused.status == 400 and "the body cannot be used" in refused.error["message"]
        assert wants_body is described["required"], endpoint.name
