"""HTTP: one pooled client per provider, with four timeouts and no redirects.

Here: connections, deadlines, and network errors phrased as ``ProviderFailed``.
Not here: what is sent and what comes back (``openai_compatible``, ``chat_chunks``).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import aiohttp

from gonogo.errors import BadInput, ProviderFailed
from gonogo.providers.timeouts import Timeouts

_CALL = "/chat/completions"
MAX_CONNECTIONS = 512
DRAIN_SECONDS = 0.1
MAX_ERROR_BYTES = 64 * 1024
MAX_REPLY_BYTES = 64 * 1024 * 1024


def checked_base_url(provider: str, base_url: str) -> str:
    """The address without a trailing slash.

    Raises:
        BadInput: not http or https, no host, no such port, or something inside that does not belong there.
    """
    try:
        parts = urlsplit(base_url.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as error:  # an unfinished IPv6 address, or a port that is none
        raise BadInput(f"base_url of provider {provider} is no address: {error}") from error
    if parts.username or parts.password:
        raise BadInput(f"base_url of provider {provider} holds a user name or password: put the key in api_key_env")
    if not usable:
        raise BadInput(f"base_url of provider {provider} is {base_url!r}: write http:// or https:// and a host")
    if parts.query or parts.fragment:
        raise BadInput(f"base_url of provider {provider} holds a ? or #: end it with the path, as in {parts.path!r}")
    path = parts.path.rstrip("/")
    if path.endswith(_CALL):
        raise BadInput(f"base_url of provider {provider} names the call itself: leave {_CALL} out, it is added")
    return base_url.strip().rstrip("/")


def checked_key(provider: str, key: str) -> str:
    """The key without blanks and line breaks around it, as files and shells leave them.

    Raises:
        BadInput: a control character inside; the message does not repeat the key.
    """
    stripped = key.strip()
    if not stripped.isprintable():
        raise BadInput(f"the key of provider {provider} holds a line break or control character: set the variable anew")
    return stripped


class Upstream:
    """The connection pool of one provider. It opens with the first call and lives on one event loop.

    Args:
        provider: its name, for messages.
        timeouts: see ``Timeouts``.
    """

    def __init__(self, provider: str, timeouts: Timeouts) -> None:
        self._provider, self.timeouts = provider, timeouts
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, stream: bool = True
    ) -> AsyncIterator[Reply]:
        """Send and give the Reply once its headers are here; leaving the block closes the connection if unread.
        Without ``stream`` only the total time counts: a reply that comes whole comes when it is whole.

        Raises:
            ProviderFailed: no connection, no answer in time.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        first = started + (min(self.timeouts.first_token, self.timeouts.total) if stream else self.timeouts.total)
        reply: Reply | None = None
        try:
            async with asyncio.timeout_at(first):
                response = await self._opened().post(url, headers=headers, data=body, allow_redirects=False)
            reply = Reply(response, self._provider, self.timeouts, started)
            yield reply
        except (TimeoutError, OSError, aiohttp.ClientError, ssl.SSLError) as error:
            raise self._failure(error, url, answered=reply is not None, stream=stream) from error
        finally:
            if reply is not None:
                reply.close()

    async def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=30),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.timeouts.connect),
                trust_env=False,
            )
        return self._session

    def _failure(self, error: Exception, url: str, *, answered: bool, stream: bool) -> ProviderFailed:
        host = urlsplit(url).netloc
        name = self._provider
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            text = (
                f"{name} at {host} shows a certificate that this machine does not trust: is base_url in settings "
                "right? SSL_CERT_FILE names a file with more authorities"
            )
        elif isinstance(error, aiohttp.ClientConnectorSSLError):
            text = f"{name} at {host} does not speak TLS: is base_url in settings right, or is it http:// there?"
        elif isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
            seconds = f" within {self.timeouts.connect:g} s" if isinstance(error, TimeoutError) else ""
            text = f"{name} cannot be reached at {host}{seconds}: is it running, and is base_url in settings right?"
        elif isinstance(error, TimeoutError) and not answered and not stream:
            text = f"{name} did not answer within {self.timeouts.total:g} s (timeout in settings)"
        elif isinstance(error, TimeoutError) and not answered:
            text = f"{name} sent nothing within {self.timeouts.first_token:g} s (first_token_timeout in settings)"
        elif isinstance(error, TimeoutError):
            text = f"{name} stopped sending for longer than its timeouts allow; what came before is not a whole answer"
        else:
            text = f"{name} broke the connection off ({type(error).__name__}); what came before is not a whole answer"
        return ProviderFailed(text, provider=name, retryable=True)


class Reply:
    """One reply while it is read."""

    def __init__(self, response: aiohttp.ClientResponse, provider: str, timeouts: Timeouts, started: float) -> None:
        self._response, self._provider, self._timeouts, self._started = response, provider, timeouts, started
        self._deadline = started + timeouts.first_token

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def content_type(self) -> str:
        """Lower case, without parameters; empty where none was sent."""
        return self._response.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def token_came(self) -> None:
        """Move the deadline: content arrived."""
        self._deadline = asyncio.get_running_loop().time() + self._timeouts.between_tokens

    async def pieces(self) -> AsyncIterator[bytes]:
        """Bytes as they arrive, each awaited until the deadline of the next token or the total one."""
        while True:
            total = self._started + self._timeouts.total
            async with asyncio.timeout_at(min(self._deadline, total)):
                piece = await self._response.content.readany()
            if not piece:
                return
            yield piece

    async def drain(self) -> None:
        """Wait a moment for the end, which stands behind the last event, so that the connection can be used again."""
        with suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while await self._response.content.readany():
                    pass

    async def body(self, limit: int) -> bytes:
        """The rest of the body.

        Raises:
            ProviderFailed: larger than ``limit`` bytes, for a reply that is no error (an error's body is cut instead).
        """
        received = bytearray()
        async with asyncio.timeout_at(self._started + self._timeouts.total):
            while piece := await self._response.content.readany():
                received += piece
                if len(received) > limit:
                    if self.status >= 300:
                        break
                    raise ProviderFailed(f"{self._provider} sent over {limit} bytes", provider=self._provider)
        return bytes(received[:limit])

    def close(self) -> None:
        """Give a connection that was read to its end back to the pool, and close any other: that stops the upstream."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()
