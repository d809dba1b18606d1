"""The conversation: octets from the peer go in and events come out, calls go in and octets for the peer come out."""
from __future__ import annotations

import enum

# h2's modules import one another, and programs count on it: they import one and use another.
from . import config, errors, events, exceptions, frame_buffer, settings, stream, utilities, windows  # noqa: F401
from ._h2 import ConnectionBase, H2ConnectionStateMachine, input_names, state_names

__all__ = ["AllowedStreamIDs", "ConnectionInputs", "ConnectionState", "H2Connection", "H2ConnectionStateMachine"]

# The engine's states and inputs, under its names and numbers. h2 does not tell a graceful GOAWAY from another one.
ConnectionState = enum.Enum(
    "ConnectionState", [(name, i) for i, name in enumerate(state_names(False))], module=__name__
)
ConnectionState.__doc__ = "The states of a connection."
ConnectionInputs = enum.Enum(
    "ConnectionInputs",
    [(name, i) for i, name in enumerate(input_names(False)) if name != "SEND_GRACEFUL_GOAWAY"],
    module=__name__,
)
ConnectionInputs.__doc__ = "What moves a connection's state machine."


class AllowedStreamIDs(enum.IntEnum):
    """The identifiers that one side opens streams with."""

    EVEN = 0
    ODD = 1


class H2Connection(ConnectionBase):
    """One side of an HTTP/2 connection.

    Give what the transport receives to ``receive_data()`` and send what ``data_to_send()`` returns; nothing here does I/O.
    A connection may be used from one thread at a time.

    :param config: an ``H2Configuration``; without one the connection is a client's.
    """

    #: Kept for programs that assign it; without effect.
    DEFAULT_MAX_OUTBOUND_FRAME_SIZE = 65535
    #: Kept for programs that assign it; without effect.
    DEFAULT_MAX_INBOUND_FRAME_SIZE = 2**24
    #: The highest identifier that a stream can have.
    HIGHEST_ALLOWED_STREAM_ID = 2**31 - 1
    #: The most that a window can be opened by.
    MAX_WINDOW_INCREMENT = 2**31 - 1
    #: Octets of a received header list at first; read when a connection is made.
    DEFAULT_MAX_HEADER_LIST_SIZE = 2**16
    #: How many closed streams are remembered; read when a connection is made.
    MAX_CLOSED_STREAMS = 2**16
