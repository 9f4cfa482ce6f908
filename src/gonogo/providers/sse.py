"""SSE: bytes of an event stream to events, wherever the network cut them.

Here: a pure parser after the HTML Standard, 9.2.6 "Interpreting an event stream".
Not here: reading bytes (``http``), what the data mean (``chat_chunks``).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

MAX_EVENT_BYTES = 8 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventTooLarge(ValueError):
    """An event grew over ``MAX_EVENT_BYTES`` without ending."""


class ServerEvent(Struct, frozen=True):
    """One event. ``data`` lines are joined by line feeds; ``event`` is its type, ``message`` where none is given."""

    data: str
    event: str = "message"


class SseParser:
    """Feed it bytes, get the events they complete. Comments, ``id`` and ``retry`` are read and left out.

    An event that is not closed by an empty line when the stream ends is dropped, as the standard says.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._event = b""
        self._size = 0
        self._started = False
        self._after_return = False

    def feed(self, received: bytes) -> Iterator[ServerEvent]:
        """Yield the events completed by these bytes.

        Raises:
            EventTooLarge: an event is larger than anything a model sends.
        """
        if self._between_events and b"\r" not in received and received.endswith(b"\n\n"):
            for block in received[:-2].split(b"\n\n"):
                if block.startswith(b"data: ") and b"\n" not in block:
                    yield ServerEvent(block[6:].decode("utf-8", "replace"))
                else:
                    yield from self._feed(block + b"\n\n")
            return
        yield from self._feed(received)

    def plain(self, received: bytes) -> list[bytes] | None:
        """The data of every event, where these bytes are whole events of one line of data each, as nearly always;
        ``None``, and nothing read, where not. Not decoded: JSON is decoded from bytes at once."""
        if received[:6] != b"data: " or received[-2:] != b"\n\n" or b"\r" in received:
            return None
        if not self._started or self._rest or self._data or self._event or self._after_return:
            return None
        blocks = received[6:-2].split(b"\n\ndata: ")
        return blocks if received.count(b"\n") == 2 * len(blocks) else None

    @property
    def _between_events(self) -> bool:
        """Nothing of an event is here yet: what comes may be whole events, as nearly always, and is read as such."""
        return self._started and not (self._rest or self._data or self._event or self._after_return)

    def _feed(self, received: bytes) -> Iterator[ServerEvent]:
        for line in self._lines(received):
            if not line:
                if self._data:
                    yield self._close()
                self._event = b""
                continue
            self._field(line)
        if self._size + len(self._rest) > MAX_EVENT_BYTES:
            raise EventTooLarge(f"an event of the stream is larger than {MAX_EVENT_BYTES} bytes")

    def _lines(self, received: bytes) -> Iterator[bytes]:
        """Whole lines without their ends; a line feed after a carriage return belongs to it, even in the next feed."""
        if self._after_return and received:
            received = received.removeprefix(b"\n")
            self._after_return = False
        whole = self._rest + received
        if not self._started:
            if len(whole) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(whole):
                self._rest = whole
                return
            self._started, whole = True, whole.removeprefix(_BYTE_ORDER_MARK)
        self._after_return = whole.endswith(b"\r")
        *lines, self._rest = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        yield from lines

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value)
        elif name == b"event":
            self._event = value

    def _close(self) -> ServerEvent:
        data = b"\n".join(self._data).decode("utf-8", "replace")
        kind = self._event.decode("utf-8", "replace") or "message"
        self._data, self._event, self._size = [], b"", 0
        return ServerEvent(data, kind)
