"""What calls raise."""
from __future__ import annotations

from typing import Any

from .errors import ErrorCodes


class H2Error(Exception):
    """What all exceptions of this package derive from."""


class ProtocolError(H2Error):
    """A rule of HTTP/2 was broken, by the peer or by the call."""

    #: The code that a GOAWAY for it carries.
    error_code = ErrorCodes.PROTOCOL_ERROR


class FrameTooLargeError(ProtocolError):
    """A frame is larger than it may be."""

    error_code = ErrorCodes.FRAME_SIZE_ERROR


class FrameDataMissingError(ProtocolError):
    """A frame is too short for its type, or its parts do not fit into it."""

    error_code = ErrorCodes.FRAME_SIZE_ERROR


class TooManyStreamsError(ProtocolError):
    """One stream more would pass SETTINGS_MAX_CONCURRENT_STREAMS."""


class FlowControlError(ProtocolError):
    """A flow-control window does not allow it."""

    error_code = ErrorCodes.FLOW_CONTROL_ERROR


class StreamIDTooLowError(ProtocolError):
    """A stream cannot be opened any more, since one with a higher identifier was."""

    def __init__(self, stream_id: int, max_stream_id: int) -> None:
        #: The identifier that was asked for.
        self.stream_id = stream_id
        #: The highest so far.
        self.max_stream_id = max_stream_id

    def __str__(self) -> str:
        return f"StreamIDTooLowError: {self.stream_id} is lower than {self.max_stream_id}"


class NoAvailableStreamIDError(ProtocolError):
    """All identifiers of this side were used: open another connection."""


class NoSuchStreamError(ProtocolError):
    """There is no stream of that identifier."""

    def __init__(self, stream_id: int) -> None:
        #: The identifier.
        self.stream_id = stream_id


class StreamClosedError(NoSuchStreamError):
    """There was a stream of that identifier, and it is closed."""

    def __init__(self, stream_id: int) -> None:
        self.stream_id = stream_id
        #: The code that a RST_STREAM for it carries.
        self.error_code = ErrorCodes.STREAM_CLOSED
        self._events: list[Any] = []


class InvalidSettingsValueError(ProtocolError, ValueError):
    """A setting cannot have that value."""

    def __init__(self, msg: str, error_code: ErrorCodes) -> None:
        super().__init__(msg)
        self.error_code = error_code


class InvalidBodyLengthError(ProtocolError):
    """A body is shorter or longer than its content-length."""

    def __init__(self, expected: int, actual: int) -> None:
        #: Octets that content-length announced.
        self.expected_length = expected
        #: Octets that came.
        self.actual_length = actual

    def __str__(self) -> str:
        return f"InvalidBodyLengthError: Expected {self.expected_length} bytes, received {self.actual_length}"


class UnsupportedFrameError(ProtocolError):
    """A frame that makes no sense here. Never raised."""


class RFC1122Error(H2Error):
    """Something that the letter of the RFC allows and that is unwise all the same."""


class DenialOfServiceError(ProtocolError):
    """The peer has crossed a bound that only an attack reaches."""

    error_code = ErrorCodes.ENHANCE_YOUR_CALM
