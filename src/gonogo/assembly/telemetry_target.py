"""Telemetry target: ``[telemetry]`` and OpenTelemetry's own variables become one Target.

Here: which of them holds. Not here: reading files and the environment (``settings``), sending (``telemetry``).

What ``settings.toml`` says wins over a variable. opentelemetry.io/docs/specs/otel/protocol/exporter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from msgspec import Meta, Struct

from gonogo.errors import BadInput
from gonogo.telemetry import Convention, Target

Protocol = Literal["", "http/protobuf", "http/json"]
BASE = "OTEL_EXPORTER_OTLP_"


class TelemetrySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where spans and metrics go, if anywhere. ``headers_env`` names a variable with ``name=value,name=value``;
    ``timeout`` and ``metrics_every`` in seconds; ``queue`` in Traces. ``content``: questions, answers and documents are
    sent too, and kept of spans that others send."""

    endpoint: str = ""
    headers_env: str = ""
    protocol: Protocol = ""
    service: str = ""
    content: bool = False
    timeout: Annotated[float, Meta(ge=0)] = 0.0
    metrics_every: Annotated[float, Meta(ge=0)] = 0.0
    queue: Annotated[int, Meta(ge=1)] = 2048


def telemetry_target(settings: TelemetrySettings, environ: Mapping[str, str]) -> Target | None:
    """The Target, or ``None`` where nothing names an address.

    Raises:
        BadInput: an address that is none, or a protocol that is not spoken.
    """
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    traces = _address(settings, environ, "traces")
    metrics = _address(settings, environ, "metrics")
    if not traces and not metrics:
        return None
    opted = environ.get("OTEL_SEMCONV_STABILITY_OPT_IN", "").split(",")
    headers = environ.get(settings.headers_env) if settings.headers_env else environ.get(f"{BASE}HEADERS")
    resource = _pairs(environ.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    return Target(
        traces=traces,
        metrics=metrics,
        headers={name.lower(): value for name, value in _pairs(headers or "").items()},
        protocol=_protocol(settings, environ),
        compress=environ.get(f"{BASE}COMPRESSION", "") == "gzip",
        timeout=settings.timeout or _milliseconds(environ, f"{BASE}TIMEOUT", 10.0),
        interval=settings.metrics_every or _milliseconds(environ, "OTEL_METRIC_EXPORT_INTERVAL", 60.0),
        queue=settings.queue,
        service=settings.service or environ.get("OTEL_SERVICE_NAME") or resource.get("service.name") or "gonogo",
        resource=resource,
        convention=Convention(
            latest="gen_ai_latest_experimental" in (one.strip() for one in opted),
            content=settings.content,
        ),
    )


def _address(settings: TelemetrySettings, environ: Mapping[str, str], signal: str) -> str:
    if environ.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp") == "none":
        return ""
    base = settings.endpoint or environ.get(f"{BASE}ENDPOINT", "")
    own = environ.get(f"{BASE}{signal.upper()}_ENDPOINT", "")
    address = own if own and not settings.endpoint else base and f"{base.rstrip('/')}/v1/{signal}"
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"telemetry cannot be sent to '{address}': give an address such as http://127.0.0.1:4318")
    return address


def _protocol(settings: TelemetrySettings, environ: Mapping[str, str]) -> Literal["http/protobuf", "http/json"]:
    wanted = settings.protocol or environ.get(f"{BASE}PROTOCOL") or "http/protobuf"
    if wanted == "http/json":
        return "http/json"
    if wanted == "http/protobuf":
        return "http/protobuf"
    raise BadInput(f"telemetry does not speak '{wanted}': set {BASE}PROTOCOL to http/protobuf or http/json")


def _milliseconds(environ: Mapping[str, str], name: str, otherwise: float) -> float:
    value = environ.get(name, "")
    return max(1, int(value)) / 1000 if value.isdecimal() else otherwise


def _pairs(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return {unquote(name.strip()): unquote(value.strip()) for name, _, value in pairs}
