"""What was met, how often, and what was not met often enough."""
import collections

from . import fields, known
from .compare import ATTRIBUTES

CALLS = (
    "initiate_connection", "initiate_upgrade_connection", "receive_data", "data_to_send", "clear_outbound_data_buffer", "send_headers",
    "send_data", "end_stream", "reset_stream", "push_stream", "ping", "prioritize", "update_settings", "close_connection",
    "advertise_alternative_service", "increment_flow_control_window", "acknowledge_received_data", "local_flow_control_window",
    "remote_flow_control_window", "get_next_available_stream_id", "open_inbound_streams", "open_outbound_streams")
# UnsupportedFrameError and H2Error itself are never raised; NoAvailableStreamIDError needs stream 2^31-1.
EXCEPTIONS = ("ProtocolError", "FrameTooLargeError", "FrameDataMissingError", "TooManyStreamsError", "FlowControlError", "StreamIDTooLowError",
              "NoSuchStreamError", "StreamClosedError", "InvalidSettingsValueError", "NoAvailableStreamIDError", "InvalidBodyLengthError",
              "RFC1122Error", "DenialOfServiceError", "ValueError", "TypeError")


class Tally:
    def __init__(self, package):
        self.drain = True
        self.known = known.Known()
        self.open_steps = self.closed_steps = self.conversations = 0
        self.cells, self.alone = collections.Counter(), collections.Counter()
        self.calls, self.events, self.exceptions, self.rows = (collections.Counter() for _ in range(4))
        self.states = [m.name for m in package.connection.ConnectionState], [m.name for m in package.stream.StreamState]
        self.inputs = [m.name for m in package.connection.ConnectionInputs], [m.name for m in package.stream.StreamInputs]

    def step(self, label, was_open, outcome, walk):
        if was_open:
            self.open_steps += 1
        else:
            self.closed_steps += 1
        self.calls[label] += 1
        if isinstance(outcome, Exception):
            self.exceptions[type(outcome).__name__] += 1
            if label in ("receive_data", "send_headers", "push_stream"):
                row = fields.row_of(str(outcome), walk.fields)
                if row is not None:
                    self.rows[row, "received" if label == "receive_data" else "sent"] += 1
        elif label == "receive_data":
            for event in outcome:
                self.events[type(event).__name__] += 1

    def wanted(self):
        """(table, name, count) of all that has to be met."""
        for kind, states, inputs in zip(("connection", "stream"), self.states, self.inputs):
            for name in inputs:
                for state in states:
                    yield f"{kind} cells", f"{state} x {name}", self.cells[kind, state, name] + self.alone[kind, state, name]
        for name in CALLS:
            yield "calls", name, self.calls[name]
        for name in ATTRIBUTES:
            yield "events", name, self.events[name]
        for name in EXCEPTIONS:
            yield "exceptions", name, self.exceptions[name]
        for name in fields.row_names():
            yield "rows", f"{name}, received", self.rows[name, "received"]
            if name not in fields.INBOUND_ROWS:
                yield "rows", f"{name}, sent", self.rows[name, "sent"]

    def machine_lines(self, which, kind):
        """A table of a machine: steps in conversations + steps of the machine alone."""
        states, inputs = self.states[which], self.inputs[which]
        yield f"{kind} machine, steps in conversations+steps of the machine alone"
        yield " " * 32 + "".join(f"{state:>19}" for state in states)
        for name in inputs:
            yield f"{name:<32}" + "".join(
                f"{self.cells[kind, state, name]:>12}+{self.alone[kind, state, name]:<6}" for state in states)

    def lines(self):
        yield f"{self.open_steps} steps with both connections open, {self.closed_steps} more on closed ones, {self.conversations} conversations"
        yield from self.machine_lines(0, "connection")
        yield from self.machine_lines(1, "stream")
        for title in ("calls", "events", "exceptions", "rows"):
            yield title
            for table, name, count in self.wanted():
                if table == title:
                    yield f"  {count:>9}  {name}"
        others = {name: count for name, count in self.calls.items() if name not in CALLS}
        yield "attributes set: " + ", ".join(f"{name} {count}" for name, count in sorted(others.items()))
        others = {name: count for name, count in self.exceptions.items() if name not in EXCEPTIONS}
        yield "exceptions of h2's depths: " + ", ".join(f"{name} {count}" for name, count in sorted(others.items()))
        yield "differences that PORTING.md names"
        for entry, count in self.known.met():
            yield f"  {count:>9}  {entry.name}"

    def missed(self, least):
        return [f"{table}: {name} {count}" for table, name, count in self.wanted() if count < least]
