"""The window manager of h2 on its own: when to give a window back to the peer."""
from __future__ import annotations

from .exceptions import FlowControlError

#: The largest window that HTTP/2 knows (RFC 9113 section 6.9.1).
LARGEST_FLOW_CONTROL_WINDOW = 2**31 - 1


class WindowManager:
    """A flow-control window that the peer sends into, and what of it has been used up.

    :param max_window_size: octets.
    """

    def __init__(self, max_window_size: int) -> None:
        if max_window_size > LARGEST_FLOW_CONTROL_WINDOW:
            raise ValueError(f"max_window_size must not exceed {LARGEST_FLOW_CONTROL_WINDOW}")
        self.max_window_size = max_window_size
        self.current_window_size = max_window_size
        self._processed = 0

    def window_consumed(self, size: int) -> None:
        """The peer has sent `size` octets."""
        self.current_window_size -= size
        if self.current_window_size < 0:
            raise FlowControlError("Flow control window shrunk below 0")

    def window_opened(self, size: int) -> None:
        """The window was opened by `size` octets, by hand or by SETTINGS."""
        self.current_window_size += size
        if self.current_window_size > LARGEST_FLOW_CONTROL_WINDOW:
            raise FlowControlError(f"Flow control window mustn't exceed {LARGEST_FLOW_CONTROL_WINDOW}")
        self.max_window_size = max(self.max_window_size, self.current_window_size)

    def process_bytes(self, size: int) -> int | None:
        """`size` octets were used up. Returns by how much to open the window now: None or 0 is not yet."""
        self._processed += size
        if not self._processed:
            return None
        exhausted = self.current_window_size == 0 and self._processed > min(1024, self.max_window_size // 4)
        if not exhausted and self._processed < self.max_window_size // 2:
            return 0
        increment = min(self._processed, self.max_window_size - self.current_window_size)
        self._processed = 0
        self.current_window_size += increment
        return increment
