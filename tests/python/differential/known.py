"""The differences from Python's h2 that are on purpose. Each name is the first cell of a row of PORTING.md, in its table
of the Python module's differences."""
import collections

Entry = collections.namedtuple("Entry", "name ends test")


def is_error(outcome, *names):
    return type(outcome).__name__ in names


def said(outcome, *beginnings):
    return isinstance(outcome, Exception) and str(outcome).startswith(beginnings)


def both_refuse(theirs, ours):
    return isinstance(theirs, Exception) and isinstance(ours, Exception)


def missing_stream(walk, label, theirs, ours):
    return label in ("increment_flow_control_window", "send_data") and is_error(theirs, "KeyError") and is_error(
        ours, "NoSuchStreamError", "StreamClosedError")


def wrong_type(walk, label, theirs, ours):
    return label in ("send_headers", "send_data") and isinstance(theirs, Exception) and is_error(ours, "TypeError", "AttributeError")


def refused_settings(walk, label, theirs, ours):
    return label == "update_settings" and is_error(theirs, "InvalidSettingsValueError") and is_error(ours, "InvalidSettingsValueError")


def refused_upgrade(walk, label, theirs, ours):
    return label == "initiate_upgrade_connection" and both_refuse(theirs, ours)


def upgrade_octets(walk, label, theirs, ours):
    return label == "initiate_upgrade_connection" and is_error(ours, "Error")


def long_frame(walk, label, theirs, ours):
    return label == "receive_data" and theirs == [] and is_error(ours, "FrameTooLargeError")


def negative_stream(walk, label, theirs, ours):
    return label == "increment_flow_control_window" and -1 in walk.history[-1][1] and is_error(ours, "StreamClosedError")


def refused_priority(walk, label, theirs, ours):
    return label == "send_headers" and both_refuse(theirs, ours) and str(theirs) == str(ours) and (
        "may not depend on itself" in str(theirs) or "Weight must be" in str(theirs) or is_error(theirs, "RFC1122Error"))


def window_overflow(walk, label, theirs, ours):
    return label == "increment_flow_control_window" and is_error(theirs, "FlowControlError") and is_error(ours, "FlowControlError")


def inside_block(walk, label, theirs, ours):
    return said(theirs, "Received frame with", "Frame data missing", "Received overlong") and said(ours, "Invalid frame during header block")


def empty_list(walk, label, theirs, ours):
    return label in ("send_headers", "push_stream") and is_error(theirs, "IndexError")


def undecodable(walk, label, theirs, ours):
    pushed = any(walk.conn.streams.keys() ^ walk.ours.conn.streams.keys())
    return is_error(theirs, "UnicodeDecodeError") and (is_error(ours, "ProtocolError") or pushed)


def priority_zero(walk, label, theirs, ours):
    return label == "prioritize" and is_error(theirs, "InvalidDataError") and is_error(ours, "ProtocolError")


def acknowledged_nothing(walk, label, theirs, ours):
    return label == "acknowledge_received_data" and is_error(theirs, "NoSuchStreamError") and is_error(ours, "NoSuchStreamError")


def oversize_priority(walk, label, theirs, ours):
    return label in ("send_headers", "push_stream") and is_error(theirs, "AssertionError")


def lost_update(walk, label, theirs, ours):
    return label in ("send_headers", "push_stream") and walk.update_lost and theirs is None and ours is None


def promise_on_idle(walk, label, theirs, ours):
    return label == "receive_data" and is_error(theirs, "IndexError")


# The name, whether nothing can be compared after it, and how it is known.
ENTRIES = (
    Entry('unknown stream in `send_data(b"")`, `increment_flow_control_window`', False, missing_stream),
    Entry("a stream below 0 on a closed connection", False, negative_stream),
    Entry("a field or body of the wrong type", True, wrong_type),
    Entry("`update_settings` with a value that is refused", True, refused_settings),
    Entry("octets in HTTP2-Settings that are not of base64url", True, upgrade_octets),
    Entry("a refused upgrade", True, refused_upgrade),
    Entry("a priority that `send_headers` refuses", True, refused_priority),
    Entry("an empty outbound field name, an empty block", True, empty_list),
    Entry("HEADERS, PUSH_PROMISE whose block fills a frame", True, oversize_priority),
    Entry("`increment_flow_control_window` past 2^31-1", True, window_overflow),
    Entry("`acknowledge_received_data` on a stream that never was", True, acknowledged_nothing),
    Entry("`prioritize` of stream 0", False, priority_zero),
    Entry("a table size that the peer sets twice before a header block", True, lost_update),
    Entry("frame above the limit", True, long_frame),
    Entry("a frame that interrupts a header block and is malformed itself", True, inside_block),
    Entry("PUSH_PROMISE on a stream that a refused `send_headers` left idle", True, promise_on_idle),
    Entry("a field that `header_encoding` cannot decode", True, undecodable),
)
# What the comparison does not look at.
UNSEEN = (
    "a refused `send_headers`, `push_stream`",
    "a setting that is only proposed",
    "keys of settings that a program gave as numbers",
    "a bad frame",
    "texts of HPACK errors and of illegal characters",
    "long names and values in texts",
    "a frame that `data_to_send` has given in part",
    "SETTINGS that close the connection",
)


class Known:
    def __init__(self):
        self.counts = collections.Counter()

    def find(self, walk, label, theirs, ours):
        for entry in ENTRIES:
            if entry.test(walk, label, theirs, ours):
                return entry
        return None

    def count(self, entry):
        self.counts[entry] += 1

    @staticmethod
    def unnamed(text):
        """Those that a text (PORTING.md) has no row for."""
        rows = {line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")}
        return [name for name in (*(entry.name for entry in ENTRIES), *UNSEEN) if name not in rows]

    def met(self):
        return [(entry, self.counts[entry]) for entry in ENTRIES]
