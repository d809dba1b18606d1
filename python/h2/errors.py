"""The error codes of HTTP/2 (RFC 9113 section 7)."""
from __future__ import annotations

import enum

__all__ = ["ErrorCodes"]


class ErrorCodes(enum.IntEnum):
    """Why a stream was reset or a connection ended."""

    #: Nothing went wrong.
    NO_ERROR = 0x0
    #: The peer broke a rule for which there is no code of its own.
    PROTOCOL_ERROR = 0x1
    #: Something went wrong on this side.
    INTERNAL_ERROR = 0x2
    #: A flow-control window was overdrawn or overflowed.
    FLOW_CONTROL_ERROR = 0x3
    #: SETTINGS were not acknowledged in time.
    SETTINGS_TIMEOUT = 0x4
    #: A frame came for a stream that is closed.
    STREAM_CLOSED = 0x5
    #: A frame has a length that it must not have.
    FRAME_SIZE_ERROR = 0x6
    #: The request was not begun and may be sent again.
    REFUSED_STREAM = 0x7
    #: The stream is no longer wanted.
    CANCEL = 0x8
    #: A header block cannot be decoded.
    COMPRESSION_ERROR = 0x9
    #: A connection that CONNECT asked for has failed.
    CONNECT_ERROR = 0xA
    #: The peer asks for more than is reasonable.
    ENHANCE_YOUR_CALM = 0xB
    #: The transport is not secure enough.
    INADEQUATE_SECURITY = 0xC
    #: The request needs HTTP/1.1.
    HTTP_1_1_REQUIRED = 0xD
