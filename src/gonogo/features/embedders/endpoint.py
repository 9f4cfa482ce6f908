"""Endpoint: one JSON call at a time to a server, blocking, over connections that are kept.

Here: address and key checked, deadlines, no redirects and no proxies, refusals phrased as ``ProviderFailed``.
Not here: what is sent and what comes back (``openai``). Only Python's own library is used.
"""

from __future__ import annotations

import json
import ssl
import time
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from gonogo.errors import BadInput, ProviderFailed

RETRYABLE = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529))
_OUT_OF_MONEY = frozenset(("insufficient_quota", "billing_hard_limit_reached", "billing_not_active"))
LARGEST_ANSWER = 64 * 1024 * 1024
_CONNECT = 10.0
_PIECE = 1 << 16


class Endpoint:
    """A server's address with its key. Threads may share one: calls at the same time have a connection each.

    Args:
        base_url: http or https, ending before the call.
        key: sent as a bearer token; empty for servers that want none.
        timeout: seconds for one call, from connecting to the last byte.

    Raises:
        BadInput: an address or key that cannot be used. No message repeats the key.
    """

    def __init__(self, base_url: str, key: str, timeout: float) -> None:
        self.base_url = base_url.strip().rstrip("/")
        self._parts = _checked_address(self.base_url)
        self.host = self._parts.netloc
        self._key = key.strip()
        if not self._key.isprintable() or not self._key.isascii():
            raise BadInput(f"the key of the embedder at {self.host} holds a character no key has: set it anew")
        if timeout <= 0:
            raise BadInput(f"the timeout of the embedder at {self.host} is {timeout:g} s: name more than 0")
        self._timeout = timeout
        self._idle: list[HTTPConnection] = []

    def post(self, path: str, body: bytes) -> bytes:
        """Send JSON and give the body of the answer.

        Raises:
            ProviderFailed: no connection, no whole answer in time, or an answer that is an error.
        """
        deadline = time.monotonic() + self._timeout
        try:
            response, answer = self._over_a_kept_connection(path, body, deadline) or self._sent(
                self._opened(), path, body, deadline
            )
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from error
        if response.status != 200:
            raise self._refusal(response.status, response.headers, answer)
        return answer

    def close(self) -> None:
        """Close the idle connections; a later call opens one."""
        while self._idle:
            self._idle.pop().close()

    def _over_a_kept_connection(self, path: str, body: bytes, deadline: float) -> tuple[HTTPResponse, bytes] | None:
        """Nothing where there is none, or where the server closed it meanwhile."""
        try:
            connection = self._idle.pop()
        except IndexError:
            return None
        try:
            return self._sent(connection, path, body, deadline)
        except TimeoutError:
            raise
        except (OSError, HTTPException):
            return None

    def _sent(self, connection: HTTPConnection, path: str, body: bytes, deadline: float) -> tuple[HTTPResponse, bytes]:
        """Send over this connection, and keep it where the server does."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(_left(deadline))
            connection.request("POST", self._parts.path + path, body=body, headers=headers)
            response = connection.getresponse()
            answer = _whole(response, connection, deadline)
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return response, answer

    def _opened(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        timeout = min(_CONNECT, self._timeout)
        if self._parts.scheme == "http":
            return HTTPConnection(host, port, timeout=timeout)
        return HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())

    def _unreachable(self, error: Exception) -> ProviderFailed:
        if isinstance(error, ssl.SSLCertVerificationError):
            text = "shows a certificate not trusted here: SSL_CERT_FILE names a file with more authorities"
        elif isinstance(error, TimeoutError):
            text = f"sent no whole answer within {self._timeout:g} s: is it busy, or the timeout too short?"
        elif isinstance(error, ConnectionError | HTTPException):
            text = f"broke the connection off ({type(error).__name__}): is base_url right, and the server running?"
        else:
            text = f"cannot be reached ({error}): is base_url right, and the server running?"
        return ProviderFailed(f"the embedder at {self.host} {text}", provider=self.host, retryable=True)

    def _refusal(self, status: int, headers: Message, body: bytes) -> ProviderFailed:
        message, code = _said(body)
        message = message.replace(self._key, "[key]") if self._key else message
        said = f"the embedder at {self.host} answered {status}" + (f": {message[:600]}" if message else "")
        return ProviderFailed(
            f"{said.rstrip('.')}. {_next_step(status, code)}",
            provider=self.host,
            upstream_status=status,
            retryable=status in RETRYABLE and code not in _OUT_OF_MONEY,
            retry_after=seconds_to_wait(headers, time.time()),
        )


def seconds_to_wait(headers: Message, now: float) -> float | None:
    """From ``retry-after-ms`` or ``Retry-After`` (seconds or an HTTP date); ``None`` where neither can be read."""
    for name, unit in (("retry-after-ms", 1000.0), ("Retry-After", 1.0)):
        text = headers.get(name, "") or ""
        if text.replace(".", "", 1).isdecimal() and text.isascii():
            return float(text) / unit
    try:
        moment = parsedate_to_datetime(headers.get("Retry-After", "") or "")
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.fromtimestamp(now, UTC)).total_seconds())


def _whole(response: HTTPResponse, connection: HTTPConnection, deadline: float) -> bytes:
    answer = bytearray()
    while piece := response.read1(_PIECE):
        answer += piece
        if len(answer) > LARGEST_ANSWER:
            raise HTTPException(f"over {LARGEST_ANSWER} bytes")
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
    response.close()  # or the connection would not take another request
    return bytes(answer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _checked_address(base_url: str) -> SplitResult:
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise BadInput(f"base_url of the embedder is no address: {error}") from error
    if parts.username or parts.password:
        raise BadInput("base_url of the embedder holds a user name or password: give the key by itself")
    if not usable or not base_url.isprintable() or " " in base_url:
        raise BadInput(f"base_url of the embedder is {base_url!r}: write http:// or https:// and a host")
    if parts.query or parts.fragment:
        raise BadInput(f"base_url of the embedder holds a ? or #: end it with the path, as in {parts.path!r}")
    if parts.path.endswith("/embeddings"):
        raise BadInput("base_url of the embedder names the call itself: leave /embeddings out, it is added")
    return parts


def _said(body: bytes) -> tuple[str, str]:
    """The server's own message and code; of a body that is no JSON, its first line."""
    text = body.decode("utf-8", "replace").strip()
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return (text.splitlines()[0] if text and not text.startswith("<") else ""), ""
    error = parsed.get("error", parsed) if isinstance(parsed, dict) else parsed
    if not isinstance(error, dict):
        return str(error), ""
    message = error.get("message") or error.get("detail") or ""
    return (message if isinstance(message, str) else json.dumps(message)), str(error.get("code") or "")


def _next_step(status: int, code: str) -> str:
    if code in _OUT_OF_MONEY:
        return "The account there has no credit left."
    if status in (401, 403):
        return "Check its key: it is missing, wrong, or may not use this model."
    if status == 404:
        return "Check the model's name and base_url."
    if status == 429:
        return "That is the server's limit: send less at a time, or later."
    if 300 <= status < 400:
        return "Redirects are not followed, so that the key stays here: correct base_url."
    if status < 500:
        return "The request was refused as it stands: change what it names."
    return "The fault is at the server."
