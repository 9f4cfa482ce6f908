"""Where telemetry goes, from settings and the usual variables."""

from __future__ import annotations

import pytest

from gonogo.assembly.telemetry_target import TelemetrySettings, telemetry_target
from gonogo.errors import BadInput

NOTHING = TelemetrySettings()


def test_without_an_address_nothing_is_sent():
    assert telemetry_target(NOTHING, {"OTEL_EXPORTER_OTLP_HEADERS": "a=b"}) is None


def test_the_usual_variables_are_enough():
    target = telemetry_target(
        NOTHING,
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "https://other/m",
            "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Basic%20abc, x-team = a%2Cb",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=shop,zone=eu",
            "OTEL_SEMCONV_STABILITY_OPT_IN": "http, gen_ai_latest_experimental",
        },
    )

    assert target is not None
    assert (target.traces, target.metrics) == ("http://collector:4318/v1/traces", "https://other/m")
    assert target.headers == {"authorization": "Basic abc", "x-team": "a,b"}
    assert (target.protocol, target.timeout, target.compress, target.service) == ("http/json", 2.5, True, "shop")
    assert (target.convention.latest, target.convention.content) == (True, False)


def test_what_settings_say_wins_and_headers_are_not_shown():
    settings = TelemetrySettings(endpoint="http://mine:1", headers_env="MINE", service="s", content=True)
    environ = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x", "MINE": "k=s3cret", "OTEL_SERVICE_NAME": "other"}

    target = telemetry_target(settings, environ)

    assert target is not None
    assert (target.traces, target.service, target.headers) == ("http://mine:1/v1/traces", "s", {"k": "s3cret"})
    assert target.convention.content
    assert "s3cret" not in repr(target)


@pytest.mark.parametrize("disabled", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_it_can_be_switched_off(disabled):
    target = telemetry_target(NOTHING, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", **disabled})

    assert target is None or target.traces == ""


def test_what_is_not_spoken_says_what_is():
    with pytest.raises(BadInput, match="set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json"):
        telemetry_target(NOTHING, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    with pytest.raises(BadInput, match="give an address such as"):
        telemetry_target(TelemetrySettings(endpoint="collector:4318"), {})
