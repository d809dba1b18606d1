"""The two state machines: which cells a conversation steps on, and walks over the machines alone."""
import contextlib

from . import compare


class Recorder:
    """Counts the cells that Python's h2 steps on, by standing in front of its process_input."""

    active = None

    @classmethod
    def install(cls, package):
        for kind, machine in (("connection", package.connection.H2ConnectionStateMachine), ("stream", package.stream.H2StreamStateMachine)):
            cls.wrap(kind, machine)

    @classmethod
    def wrap(cls, kind, machine):
        inner = machine.process_input

        def process_input(self, input_):
            tally = cls.active
            if tally is not None:
                tally.cells[kind, getattr(self.state, "name", "?"), getattr(input_, "name", "?")] += 1
            return inner(self, input_)

        machine.process_input = process_input


@contextlib.contextmanager
def recording(tally):
    Recorder.active = tally
    try:
        yield
    finally:
        Recorder.active = None


def seen(package, machine, name, kind):
    """Steps a machine; what came of it and what it has become."""
    inputs = package.connection.ConnectionInputs if kind == "connection" else package.stream.StreamInputs
    try:
        returned = machine.process_input(inputs[name])
    except Exception as error:  # noqa: BLE001
        returned = None
        came = compare.exception(error, isinstance(error, package.exceptions.H2Error))
        came.append([type(e).__name__ for e in getattr(error, "_events", ())])
    else:
        came = [type(e).__name__ for e in returned or () if not type(e).__name__.startswith("_")]
    variables = [getattr(machine, v, None) for v in ("client", "headers_sent", "trailers_sent", "headers_received", "trailers_received")]
    reason = getattr(machine, "stream_closed_by", None)
    return came, machine.state.name, machine.state.value, variables, reason and reason.name


# How a stream's machine comes to a state.
WAYS = {
    "IDLE": ((),), "RESERVED_REMOTE": (("RECV_PUSH_PROMISE",),), "RESERVED_LOCAL": (("SEND_PUSH_PROMISE",),),
    "OPEN": (("SEND_HEADERS",), ("RECV_HEADERS",), ("SEND_HEADERS", "RECV_HEADERS"), ("RECV_HEADERS", "SEND_HEADERS")),
    "HALF_CLOSED_REMOTE": (("UPGRADE_SERVER",), ("RECV_HEADERS", "RECV_END_STREAM"), ("SEND_PUSH_PROMISE", "SEND_HEADERS"),
                           ("SEND_HEADERS", "RECV_HEADERS", "RECV_END_STREAM")),
    "HALF_CLOSED_LOCAL": (("UPGRADE_CLIENT",), ("SEND_HEADERS", "SEND_END_STREAM"), ("RECV_PUSH_PROMISE", "RECV_HEADERS")),
    "CLOSED": (("SEND_HEADERS", "SEND_RST_STREAM"), ("RECV_HEADERS", "RECV_RST_STREAM"), ("SEND_DATA",), ("RECV_HEADERS", "RECV_END_STREAM", "SEND_END_STREAM"),
               ("SEND_HEADERS", "SEND_END_STREAM", "RECV_END_STREAM"), ("RECV_HEADERS", "RECV_END_STREAM", "RECV_DATA")),
}


def alone(theirs, ours, rng, tally):
    """Machines by themselves, brought to a state and given inputs until they are closed and a little further. Returns a
    difference or None."""
    for _ in range(8):
        kind = rng.choice(("connection", "stream", "stream"))
        if kind == "connection":
            pair = [p.connection.H2ConnectionStateMachine() for p in (theirs, ours)]
            names, way = [member.name for member in theirs.connection.ConnectionInputs], ()
        else:
            pair = [p.stream.H2StreamStateMachine(5) for p in (theirs, ours)]
            names, way = [member.name for member in theirs.stream.StreamInputs], rng.choice(WAYS[rng.choice(list(WAYS))])
        difference = steps(theirs, ours, rng, tally, kind, pair, names, list(way))
        if difference is not None:
            return difference
    return None


def steps(theirs, ours, rng, tally, kind, pair, names, way):
    said = []
    for place in range(40):
        name = way[place] if place < len(way) else rng.choice(names)
        said.append(name)
        tally.alone[kind, pair[0].state.name, name] += 1
        was_closed = pair[0].state.name == "CLOSED"
        a, b = (seen(p, m, name, kind) for p, m in zip((theirs, ours), pair))
        if a != b:
            return f"{kind} machine {said}\n  h2:    {a}\n  libh2: {b}"
        if was_closed and place > len(way) and rng.random() < 0.4:
            return None
    return None
