"""Streams and their state machine (RFC 9113 section 5.1)."""
from __future__ import annotations

import enum
from collections.abc import Mapping

# h2's modules import one another, and programs count on it: they import one and use another.
from . import errors, events, exceptions, settings, utilities, windows  # noqa: F401
from ._h2 import H2Stream, H2StreamStateMachine, StreamsBase, input_names, state_names

__all__ = ["H2Stream", "H2StreamStateMachine", "StreamClosedBy", "StreamInputs", "StreamState", "Streams"]

# The engine's states and inputs, under its names and numbers.
StreamState = enum.IntEnum("StreamState", [(name, i) for i, name in enumerate(state_names(True))], module=__name__)
StreamState.__doc__ = "The states of a stream."
StreamInputs = enum.Enum("StreamInputs", [(name, i) for i, name in enumerate(input_names(True))], module=__name__)
StreamInputs.__doc__ = "What moves a stream's state machine."


class StreamClosedBy(enum.Enum):
    """What closed a stream."""

    SEND_END_STREAM = 0
    RECV_END_STREAM = 1
    SEND_RST_STREAM = 2
    RECV_RST_STREAM = 3


class Streams(StreamsBase, Mapping[int, H2Stream]):
    """The streams that a connection holds, by identifier, in the order in which they were opened."""
