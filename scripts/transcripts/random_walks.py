"""Random conversations from fixed seeds between two connections of h2, of which one is recorded."""
import random

import h2.config
import h2.connection
import h2.events

from . import wire
from .recorder import INFORMATIONAL, REQUEST, RESPONSE, TRAILERS, Conversation

NAMES = [b"accept", b"user-agent", b"x-request-id", b"content-type", b"etag", b"via", b"x-a", b"x-b", b"date", b"vary"]
VALUES = [b"", b"a", b"text/html", b"*/*", b"gzip, deflate", b"0123456789" * 4, b"\xc3\xa9", b"W/\"x\"", b"1", b"v" * 200]


class Side:
    """Calls on either end by the same name: recorded on one, made on the other."""

    def __init__(self, walk, recorded):
        self.walk, self.recorded = walk, recorded
        self.conn = walk.c.conn if recorded else walk.peer
        self.client = self.conn.config.client_side

    def call(self, name, *numbers, **named):
        if self.recorded:
            self.walk.c.call(name, *numbers, **named)
        else:
            Conversation.act(self, name, numbers, named)

    def room(self, stream, most):
        return min(self.conn.local_flow_control_window(stream), self.conn.max_outbound_frame_size, most)


class Stream:
    def __init__(self, number, ended, promised=False):
        self.number, self.request_ended, self.promised = number, ended, promised
        self.answered = self.response_ended = self.gone = False


class Walk:
    def __init__(self, book, name, seed, role, **more):
        self.rng = random.Random(seed)
        self.c = Conversation(book, name, role, about=f"seed {seed}", **more)
        self.peer = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=role == "server", header_encoding=None))
        self.peer.initiate_connection()
        self.peer.receive_data(self.c.sent)
        self.peer.data_to_send()
        self.c.sent = b""
        sides = [Side(self, True), Side(self, False)]
        self.client = next(s for s in sides if s.client)
        self.server = next(s for s in sides if not s.client)
        self.streams = []

    def fields(self, base):
        more = [(self.rng.choice(NAMES), self.rng.choice(VALUES)) for _ in range(self.rng.randrange(6))]
        return base + more

    def live(self, test):
        found = [s for s in self.streams if not s.gone and test(s)]
        return self.rng.choice(found) if found else None

    def pump(self):
        """Carries octets both ways until nothing moves."""
        while not self.c.failed and not self.c.unfit:
            self.peer.receive_data(self.c.sent)
            self.c.sent = b""
            frames = list(wire.split(self.peer.data_to_send()))
            if not frames:
                return
            self.c.recv(*frames)

    # Legal steps.

    def request(self):
        number = self.client.conn.get_next_available_stream_id()
        ended = self.rng.random() < 0.5
        priority = (0, self.rng.randrange(1, 257), self.rng.random() < 0.5) if self.rng.random() < 0.2 else None
        self.client.call("send_headers", number, headers=self.fields(REQUEST), end_stream=ended, priority=priority)
        self.streams.append(Stream(number, ended))

    def respond(self):
        s = self.live(lambda s: not s.answered)
        if s:
            informational = self.rng.random() < 0.2 and not s.promised
            s.answered = not informational
            ended = s.answered and self.rng.random() < 0.3
            self.server.call("send_headers", s.number, headers=self.fields(INFORMATIONAL if informational else RESPONSE), end_stream=ended)
            s.response_ended = ended

    def body(self, side, stream, may_end):
        size = side.room(stream.number, self.rng.choice((300, 1000, 5000, 16384)))
        if size < 256 or self.rng.random() < 0.1:
            return False
        pad = self.rng.randrange(100) if self.rng.random() < 0.2 else None
        ended = may_end and self.rng.random() < 0.3
        side.call("send_data", stream.number, data=bytes([97 + stream.number % 26]) * (size - (pad or 0) - 1), end_stream=ended, pad=pad)
        return ended

    def upload(self):
        s = self.live(lambda s: not s.request_ended and not s.promised)
        if s:
            s.request_ended = self.body(self.client, s, True)

    def download(self):
        s = self.live(lambda s: s.answered and not s.response_ended)
        if s:
            s.response_ended = self.body(self.server, s, True)

    def finish(self):
        s = self.live(lambda s: not s.request_ended and not s.promised)
        if s and self.rng.random() < 0.5:
            s.request_ended = True
            self.finish_by(self.client, s)
        s = self.live(lambda s: s.answered and not s.response_ended)
        if s:
            s.response_ended = True
            self.finish_by(self.server, s)

    def finish_by(self, side, stream):
        if self.rng.random() < 0.5:
            side.call("end_stream", stream.number)
        else:
            side.call("send_headers", stream.number, headers=TRAILERS, end_stream=True)

    def reset(self):
        s = self.live(lambda s: not (s.request_ended and s.response_ended))
        if s:
            s.gone = True
            self.either().call("reset_stream", s.number, self.rng.choice((0, 2, 5, 8)))

    def push(self):
        s = self.live(lambda s: not s.promised and not s.response_ended)
        if s:
            number = self.server.conn.get_next_available_stream_id()
            self.server.call("push_stream", s.number, number, headers=self.fields(REQUEST))
            self.streams.append(Stream(number, True, True))

    def ping(self):
        self.either().call("ping", data=bytes(self.rng.randrange(256) for _ in range(8)))

    def settings(self):
        pair = self.rng.choice(((4, self.rng.randrange(20000, 90000)), (5, self.rng.randrange(16384, 40000)), (1, self.rng.choice((0, 100, 2000, 4096))), (3, 50), (0x77, 1)))
        self.either().call("update_settings", settings=[pair])

    def window(self):
        side = self.either()
        s = self.live(lambda s: not s.response_ended)
        number = s.number if s and s.answered and side.client else 0
        side.call("increment_flow_control_window", self.rng.randrange(1, 5000), number)

    def acknowledge(self):
        side = self.either()
        s = self.live(lambda s: True)
        if s and s.number in side.conn.streams:
            side.call("acknowledge_received_data", self.rng.randrange(1, 30000), s.number)

    def prioritize(self):
        self.client.call("prioritize", self.rng.randrange(1, 9), priority=(self.rng.randrange(10, 20), self.rng.randrange(1, 257), False))

    def alternative(self):
        s = self.live(lambda s: not s.answered and not s.promised)
        if s:
            self.server.call("advertise_alternative_service", data=b"h2=\":1\"", stream=s.number)
        else:
            self.server.call("advertise_alternative_service", data=b"h2=\":1\"", origin=b"https://example.com")

    def either(self):
        return self.rng.choice((self.client, self.server))

    def step(self):
        act = self.rng.choices(
            (self.request, self.respond, self.upload, self.download, self.finish, self.reset, self.push, self.ping, self.settings,
             self.window, self.acknowledge, self.prioritize, self.alternative), (8, 8, 6, 8, 4, 1, 1, 1, 1, 1, 3, 1, 1))[0]
        act()
        self.pump()


def legal(book):
    for seed in range(120):
        role = ("server", "client")[seed % 2]
        w = Walk(book, f"{role}: a legal walk, seed {seed}", seed, role, profile="both")
        w.c.final = True
        w.request()
        w.pump()
        for _ in range(12 + seed % 15):
            w.step()
        w.c.end()


# Illegal ones.

def odd_call(w):
    """Any call with any arguments, on the recorded side."""
    c, rng = w.c, w.rng
    stream = rng.randrange(1, 10)
    block = rng.choice((REQUEST, RESPONSE, TRAILERS, INFORMATIONAL, REQUEST[1:], RESPONSE + [(b"te", b"x")]))
    lower = max(c.conn.highest_inbound_stream_id, c.conn.highest_outbound_stream_id)
    missing = "StreamClosedError" if stream <= (c.conn.highest_outbound_stream_id if (stream % 2 == 1) == (c.role == "client")
                                                else c.conn.highest_inbound_stream_id) else "NoSuchStreamError"
    assert lower >= 0
    rng.choice((
        lambda: c.call("send_headers", stream, headers=block, end_stream=rng.random() < 0.5),
        lambda: c.call("send_data", stream, data=b"x" * rng.randrange(1, 20), end_stream=rng.random() < 0.3),
        lambda: c.call("send_data", stream, data=b"", instead=missing), lambda: c.call("end_stream", stream),
        lambda: c.call("reset_stream", stream, 8), lambda: c.call("push_stream", stream, rng.randrange(2, 12), headers=REQUEST),
        lambda: c.call("increment_flow_control_window", 100, stream, instead=missing),
        lambda: c.call("acknowledge_received_data", 100, stream),
        lambda: c.call("advertise_alternative_service", data=b"f", stream=stream),
        lambda: c.query("open_inbound_streams").query("open_outbound_streams"),
        lambda: c.query("local_window", stream).query("remote_window", stream)))()


def odd_frame(w):
    """Any frame on any stream, from the peer that is not recorded."""
    c, rng = w.c, w.rng
    stream = rng.choice((0, 1, 1, 2, 3, 4, 5, 7, 9))
    block = rng.choice((REQUEST, RESPONSE, TRAILERS, INFORMATIONAL))
    encoded = b"".join(wire.literal(*f) for f in block)
    end = rng.random() < 0.5
    c.recv(rng.choice((
        lambda: wire.data(stream or 1, b"abc", end=end), lambda: wire.headers(stream or 1, encoded, end=end),
        lambda: wire.rst_stream(stream or 1), lambda: wire.window_update(stream, rng.choice((1, 1, 5, 0x7fffffff))),
        lambda: wire.priority(stream or 1, rng.randrange(9)), lambda: wire.push_promise(stream or 1, rng.randrange(1, 6) * 2, encoded),
        lambda: wire.continuation(stream or 1, encoded), lambda: wire.altsvc(stream, b"", b"f"), lambda: wire.settings((4, rng.randrange(99999))),
        lambda: wire.frame(rng.randrange(11, 256), rng.randrange(256), stream, b"?"), lambda: wire.goaway(0, 0) if rng.random() < 0.3 else wire.ping(),
        lambda: wire.rst_stream(stream or 1)))())


def wild(book):
    for seed in range(1000, 1250):
        role = ("server", "client")[seed % 2]
        w = Walk(book, f"{role}: a wild walk, seed {seed}", seed, role)
        w.request()
        w.pump()
        for _ in range(w.rng.randrange(3, 8)):
            w.step()
        for _ in range(25):
            if w.c.failed or w.c.unfit:
                break
            w.rng.choice((odd_call, odd_frame))(w)
        w.c.end()
