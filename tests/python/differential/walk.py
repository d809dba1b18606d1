"""One random conversation: what is done next is chosen by looking at the oracle, and done to both."""
import hpack

from . import compare, inbound, outbound
from .machines import recording

CONNECTION_CLOSED = 3
UNREADABLE = ("Received frame with", "Frame data missing", "Received overlong frame")


class Difference(Exception):
    """The two did not do the same."""


class Ended(Exception):
    """A named difference was met: nothing can be compared after it."""


class Side:
    """One of the two packages and its connection."""

    def __init__(self, package, options, client):
        self.h2 = package
        self.conn = package.connection.H2Connection(package.config.H2Configuration(client_side=client, **options))


def act(side, action):
    """Does a step; its outcome as plain values."""
    name, args, kwargs = action
    try:
        if callable(name):
            returned = name(side, *args)
        else:
            args = [arg() if callable(arg) else arg for arg in args]
            returned = getattr(side.conn, name)(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 whatever comes is compared
        return error
    return returned


class Walk:
    """State of a conversation: two sides, the peer's encoder, and how wild it is."""

    def __init__(self, theirs, ours, rng, tally, verbose=False):
        self.rng, self.tally, self.verbose = rng, tally, verbose
        self.client = rng.random() < 0.5
        options = {}
        if rng.random() < 0.3:
            for name in ("validate_inbound_headers", "normalize_inbound_headers", "validate_outbound_headers",
                         "normalize_outbound_headers"):
                options[name] = rng.random() < 0.6
            options["header_encoding"] = rng.choice((None, False, "utf-8", "latin-1"))
        if theirs.version >= "4.2" and rng.random() < 0.2:
            options["split_outbound_cookies"] = True
        self.theirs, self.ours = Side(theirs, options, self.client), Side(ours, options, self.client)
        self.wildness = rng.choice((0.01, 0.05, 0.05, 0.1, 0.3))
        self.about_fields = rng.random() < 0.35
        if self.about_fields:
            self.wildness = 0.15
        self.calm = theirs.version < "4.4"
        self.encoder = hpack.Encoder()
        self.fields = ()
        self.steps = 0
        self.unread = False  # a frame that cannot be read: h2 reads it again, and nothing behind it
        self.history = []
        if verbose:
            print(f"client={self.client} {options} wildness {self.wildness}")

    @property
    def conn(self):
        return self.theirs.conn

    def is_open(self):
        return (self.theirs.conn.state_machine.state.value != CONNECTION_CLOSED
                and self.ours.conn.state_machine.state.value != CONNECTION_CLOSED)

    # A step.

    def do(self, name, *args, streams=(), label=None, **kwargs):
        """Does something to both and compares all that can be seen of it."""
        was_open = self.is_open()
        action = (name, args, kwargs)
        if self.unread and name == "receive_data":
            return None
        label = label or (name if isinstance(name, str) else name.__name__)
        self.history.append((label, args, kwargs))
        self.update_lost = self.conn.encoder.table_size_changes and not self.conn.encoder.header_table.resized
        encoder = snapshot(self.conn.encoder) if name in ("send_headers", "push_stream") else None
        with recording(self.tally):
            theirs = act(self.theirs, action)
        if encoder is not None and isinstance(theirs, Exception):
            restore(self.conn.encoder, encoder)
        ours = act(self.ours, action)
        self.compare(label, theirs, ours, streams)
        self.steps += was_open
        self.unread |= name == "receive_data" and isinstance(theirs, Exception) and str(theirs).startswith(UNREADABLE)
        self.tally.step(label, was_open, theirs, self)
        return theirs

    def compare(self, label, theirs, ours, streams):
        known = self.tally.known.find(self, label, theirs, ours)
        seen = []
        for side, outcome in ((self.theirs, theirs), (self.ours, ours)):
            octets = side.conn.data_to_send() if self.tally.drain else b""
            seen.append([self.outcome(side, label, outcome), octets, compare.connection(side.conn),
                         [self.stream(side, number) for number in streams]])
        if self.verbose:
            print(f"  {label} {self.history[-1][1:]}\n    {seen[0]}")
            if seen[0] != seen[1]:
                print(f"    {seen[1]}")
        if known is not None:
            self.tally.known.count(known)
            if known.ends:
                raise Ended(known.name)
            seen[0][0] = seen[1][0] = None
        if seen[0] != seen[1]:
            raise Difference(f"{label} {self.history[-1][1:]!r:.600}\n  h2:    {pick(seen[0], seen[1])}\n"
                             f"  libh2: {pick(seen[1], seen[0])}")

    def outcome(self, side, label, outcome):
        if self.calm and isinstance(outcome, side.h2.exceptions.TooManyStreamsError):
            return type(outcome).__name__  # h2 4.1 counts the wrong side in its text
        if isinstance(outcome, Exception):
            return compare.exception(outcome, isinstance(outcome, side.h2.exceptions.H2Error))
        if label == "receive_data":
            return compare.events(outcome)
        return compare.plain(outcome, ())

    def stream(self, side, number):
        view = side.conn.streams.get(number)
        return None if view is None else compare.stream(view, self.is_open())

    def compare_everything(self):
        theirs, ours = compare.everything(self.theirs.conn), compare.everything(self.ours.conn)
        if theirs != ours:
            raise Difference(f"after {self.history[-1][0]}: attributes\n  h2:    {pick(theirs, ours)}\n  libh2: {pick(ours, theirs)}")

    # The whole.

    def run(self):
        """Walks until the connection closes, and a little further."""
        self.begin()
        rng = self.rng
        length = rng.choice((20, 60, 150, 400))
        while self.is_open() and self.steps < length:
            wild = rng.random() < self.wildness
            inbound.step(self, wild) if rng.random() < 0.5 else outbound.step(self, wild)
            if rng.random() < 0.05:
                self.compare_everything()
        for _ in range(rng.choice((0, 0, 0, 2, 5))):
            inbound.step(self, True) if rng.random() < 0.5 else outbound.step(self, True)
        self.compare_everything()

    def begin(self):
        rng = self.rng
        choice = rng.random()
        if choice < 0.04:
            return
        if choice < 0.12:
            outbound.upgrade(self)
        elif choice < 0.98:
            if rng.random() < 0.1:
                outbound.replace_settings(self)
            self.do("initiate_connection")
        if choice < 0.94:
            inbound.begin(self)


def pick(mine, other):
    """What differs, not all of it."""
    if type(mine) is type(other) and isinstance(mine, (list, tuple)) and len(mine) == len(other):
        return [pick(a, b) for a, b in zip(mine, other) if a != b]
    return mine


def snapshot(encoder):
    """What a refused list has entered into the encoder of Python's h2 is taken back: PORTING.md."""
    table = encoder.header_table
    return table.dynamic_entries.copy(), table._current_size, table.resized, list(encoder.table_size_changes)


def restore(encoder, saved):
    table = encoder.header_table
    table.dynamic_entries, table._current_size, table.resized, encoder.table_size_changes = saved
