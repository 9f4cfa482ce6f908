"""Upstream errors: what an upstream's refusal means, whose fault it is, and whether to try again.

Here: HTTP status, error body and Retry-After to ``ProviderFailed``, pure. Not here: trying again (``pipeline``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from gonogo.errors import ProviderFailed

RETRYABLE = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529))
_OUT_OF_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
LONGEST_MESSAGE = 600


def failure(
    provider: str, status: int, headers: Mapping[str, str], body: bytes, *, now: float, secret: str = ""
) -> ProviderFailed:
    """What to raise for a reply with an error status.

    Args:
        provider: its name in settings.
        status: HTTP status, 300 or more.
        headers: names compared without case by the mapping itself.
        body: as received, possibly cut.
        now: seconds since 1970, for a Retry-After given as a date.
        secret: the key, empty where none was sent; it is blotted out wherever the upstream repeats it.
    """
    message, code = _said(body)
    message = message.replace(secret, "[key]") if secret else message
    said = f"{provider} answered {status}" + (f": {message[:LONGEST_MESSAGE]}" if message else " without a message")
    return ProviderFailed(
        f"{said.rstrip('.')}. {_whose(provider, status, code, keyed=bool(secret))}",
        provider=provider,
        upstream_status=status,
        retryable=status in RETRYABLE and code not in _OUT_OF_MONEY,
        retry_after=retry_after(headers, now),
    )


def failure_in_stream(provider: str, error: Any, *, secret: str = "") -> ProviderFailed:
    """What to raise for an error object sent as an event inside a stream."""
    message, _ = _said(json.dumps({"error": error}).encode())
    message = message.replace(secret, "[key]") if secret else message
    said = f"{provider} broke its answer off with an error: {message[:LONGEST_MESSAGE].rstrip('.') or 'no message'}."
    return ProviderFailed(f"{said} What was received before is not a whole answer.", provider=provider, retryable=True)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``Retry-After`` (seconds or HTTP date); ``None`` where unreadable."""
    milliseconds, value = headers.get("retry-after-ms", ""), headers.get("Retry-After", headers.get("retry-after", ""))
    for text, unit in ((milliseconds, 1000.0), (value, 1.0)):
        seconds = _seconds(text, unit)
        if seconds is not None:
            return seconds
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.fromtimestamp(now, UTC)).total_seconds())


def _seconds(text: str, unit: float) -> float | None:
    stripped = text.strip()
    whole, _, part = stripped.partition(".")
    if not (whole.isascii() and whole.isdigit()) or not (part == "" or (part.isascii() and part.isdigit())):
        return None
    return float(stripped) / unit


def _said(body: bytes) -> tuple[str, str]:
    """The upstream's own message and code; of a body that is no JSON, its first line."""
    text = body.decode("utf-8", "replace").strip()
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return (text.splitlines()[0] if text and not text.startswith("<") else ""), ""
    if isinstance(parsed, list) and len(parsed) == 1 and isinstance(parsed[0], dict):  # as Google wraps its errors
        parsed = parsed[0]
    error = parsed.get("error", parsed) if isinstance(parsed, dict) else parsed
    if not isinstance(error, dict):
        return str(error), ""
    message = error.get("message") or error.get("detail") or error.get("error") or ""
    return (message if isinstance(message, str) else json.dumps(message)), str(
        error.get("code") or error.get("type") or ""
    )


def _whose(provider: str, status: int, code: str, *, keyed: bool) -> str:
    if code in _OUT_OF_MONEY:
        return f"The account at {provider} has no credit left; gonogo's own budgets are not involved."
    if status in (401, 403) and not keyed:
        return f"No key was sent: set the environment variable that api_key_env of {provider} names in settings."
    if status in (401, 403):
        return f"Check the key of {provider} in settings: it is missing, wrong, or may not use this model."
    if status == 404:
        return f"Check the model name in mission.yaml and base_url of {provider} in settings."
    if status == 429:
        return f"That is the limit of {provider}, not one of gonogo."
    if 300 <= status < 400:
        return f"Redirects are not followed, so that the key stays here: correct base_url of {provider} in settings."
    if status < 500:
        return "The request was refused as it stands: change the parameter or the message it names."
    return f"The fault is at {provider}."
