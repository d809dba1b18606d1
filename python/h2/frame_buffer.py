"""A buffer that octets go into and hyperframe's frames come out of. Connections do not use it; it is there for tests and
tools that look at frames."""
from __future__ import annotations

from typing import Any

from hyperframe.exceptions import InvalidDataError, InvalidFrameError
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame, PushPromiseFrame

from .exceptions import FrameDataMissingError, FrameTooLargeError, ProtocolError

#: How many frames a header block may take.
CONTINUATION_BACKLOG = 64

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADER = 9


class FrameBuffer:
    """Frames out of octets; header blocks come as one frame.

    :param server: whether the client's preface comes first.
    """

    def __init__(self, server: bool = False) -> None:
        self.max_frame_size = 0
        self._octets = bytearray()
        self._preface = _PREFACE if server else b""
        self._block: list[Any] = []

    def add_data(self, data: Any) -> None:
        """Add octets, any buffer."""
        octets = bytes(memoryview(data))
        expected = self._preface[: len(octets)]
        if not octets.startswith(expected):
            raise ProtocolError("Invalid HTTP/2 preamble.")
        self._preface = self._preface[len(expected) :]
        self._octets += octets[len(expected) :]

    def __iter__(self) -> FrameBuffer:
        return self

    def __next__(self) -> Frame:
        while True:
            frame = self._gather(self._parse())
            if frame is not None:
                return frame

    def _parse(self) -> Frame:
        """The next frame as it is on the wire; StopIteration when it is not whole yet."""
        if len(self._octets) < _HEADER:
            raise StopIteration
        try:
            frame, length = Frame.parse_frame_header(memoryview(bytes(self._octets[:_HEADER])))
        except (InvalidDataError, InvalidFrameError) as error:
            raise ProtocolError(f"Received frame with invalid header: {error!s}") from error
        end = _HEADER + length
        if len(self._octets) < end:
            raise StopIteration
        if length > self.max_frame_size:
            raise FrameTooLargeError(f"Received overlong frame: length {length}, max {self.max_frame_size}")
        try:
            frame.parse_body(memoryview(bytes(self._octets[_HEADER:end])))
        except InvalidDataError as error:
            raise ProtocolError("Received frame with non-compliant data") from error
        except InvalidFrameError as error:
            raise FrameDataMissingError("Frame data missing or invalid") from error
        del self._octets[:end]
        return frame

    def _gather(self, frame: Frame) -> Frame | None:
        """The frame, or the whole header block that it ends; None while a block is open."""
        if not self._block:
            begins = isinstance(frame, (HeadersFrame, PushPromiseFrame)) and "END_HEADERS" not in frame.flags
            if not begins:
                return frame
            self._block.append(frame)
            return None
        if not isinstance(frame, ContinuationFrame) or frame.stream_id != self._block[0].stream_id:
            raise ProtocolError("Invalid frame during header block.")
        self._block.append(frame)
        if len(self._block) > CONTINUATION_BACKLOG:
            raise ProtocolError("Too many continuation frames received.")
        if "END_HEADERS" not in frame.flags:
            return None
        block, self._block = self._block, []
        whole: HeadersFrame | PushPromiseFrame = block[0]
        whole.flags.add("END_HEADERS")
        whole.data = b"".join(part.data for part in block)
        return whole
