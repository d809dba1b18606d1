"""The differences from Python's h2 that are on purpose. Each name is the first cell of a row of PORTING.md."""
import collections

Entry = collections.namedtuple("Entry", "name ends test")


def is_error(outcome, *names):
    return type(outcome).__name__ in names


def raised(label, theirs, ours, *pairs):
    return any(is_error(theirs, a) and is_error(ours, b) for a, b in pairs)


def missing_stream(walk, label, theirs, ours):
    return label in ("increment_flow_control_window", "send_data") and raised(
        label, theirs, ours, ("KeyError", "NoSuchStreamError"), ("KeyError", "StreamClosedError"))


def wrong_type(walk, label, theirs, ours):
    return isinstance(theirs, Exception) and is_error(ours, "TypeError", "AttributeError") and label in ("send_headers", "send_data")


def argument_first(walk, label, theirs, ours):
    return (is_error(theirs, "ProtocolError") and str(theirs).startswith("Invalid input ConnectionInputs.")
            and is_error(ours, "ValueError", "TypeError", "InvalidSettingsValueError"))


def refused_settings(walk, label, theirs, ours):
    return label == "update_settings" and raised(label, theirs, ours, ("InvalidSettingsValueError", "InvalidSettingsValueError"))


def refused_upgrade(walk, label, theirs, ours):
    return label == "initiate_upgrade_connection" and isinstance(theirs, Exception) and type(theirs) is not type(None) and isinstance(ours, Exception)


ENTRIES = (
    Entry("a stream that is not there, in `increment_flow_control_window` and in `send_data` of nothing", False, missing_stream),
    Entry("an argument of the wrong type in `send_headers`, `push_stream`, `send_data`", True, wrong_type),
    Entry("a wrong argument on a closed connection", False, argument_first),
    Entry("`update_settings` with a value that is refused", True, refused_settings),
    Entry("a refused upgrade", True, refused_upgrade),
)
# What the comparison never looks at.
UNSEEN = (
    "octets that cannot be printed, in the text of an exception",
    "the keys of settings that were proposed by number",
    "settings that are proposed and were never in force",
    "frames that cannot be read",
    "closed streams of a closed connection",
    "the text of what the HPACK decoder refuses",
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

    def met(self):
        return [(entry, self.counts[entry]) for entry in ENTRIES]
