"""Settings: values in force, and values proposed that wait for an acknowledgement (RFC 9113 section 6.5)."""
from __future__ import annotations

import enum
from collections.abc import MutableMapping

# h2's modules import one another, and programs count on it: they import one and use another.
from . import errors, exceptions  # noqa: F401
from ._h2 import SettingsBase


class SettingCodes(enum.IntEnum):
    """The settings that HTTP/2 defines."""

    #: Octets of the table that header blocks are decoded with.
    HEADER_TABLE_SIZE = 1
    #: Whether a server may push (0 or 1).
    ENABLE_PUSH = 2
    #: How many streams the peer may have open at once.
    MAX_CONCURRENT_STREAMS = 3
    #: Octets of the window that a stream begins with.
    INITIAL_WINDOW_SIZE = 4
    #: Octets of payload in a received frame, at most.
    MAX_FRAME_SIZE = 5
    #: Octets of a received header list, each field counted with 32 more; advice to the peer.
    MAX_HEADER_LIST_SIZE = 6
    #: Whether extended CONNECT may be used (RFC 8441).
    ENABLE_CONNECT_PROTOCOL = 8


class ChangedSetting:
    """A setting whose value in force has changed."""

    def __init__(self, setting: SettingCodes | int, original_value: int | None, new_value: int) -> None:
        #: Which, a SettingCodes or an int.
        self.setting = setting
        #: The value before, None where there was none.
        self.original_value = original_value
        #: The value now.
        self.new_value = new_value

    def __repr__(self) -> str:
        return (
            f"ChangedSetting(setting={self.setting!s}, original_value={self.original_value}, "
            f"new_value={self.new_value})"
        )


class Settings(SettingsBase, MutableMapping[int, int]):
    """The settings of one side, a mapping from code to the value in force.

    Assigning proposes a value, which comes into force with ``acknowledge()``. Values that the RFC forbids raise
    ``InvalidSettingsValueError``.

    :param client: whether the defaults of a client hold, or those of a server.
    :param initial_values: values to be in force at once, ``{code: value}``.
    """
