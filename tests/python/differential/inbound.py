"""What the peer sends: frames that are right where they stand, and frames that are not."""
import struct

from transcripts import wire

from . import fields

IDLE, RESERVED_REMOTE, RESERVED_LOCAL, OPEN, HALF_REMOTE, HALF_LOCAL, CLOSED = range(7)


def begin(walk):
    """The peer's first octets."""
    rng = walk.rng
    octets = b"" if walk.client else wire.PREFACE
    if rng.random() < 0.9:
        octets += wire.settings(*(settings_pairs(walk, False) if rng.random() < 0.3 else ()))
    if rng.random() < 0.9:
        octets += wire.settings_ack()
    if walk.client or rng.random() < 0.98:
        receive(walk, octets)
    else:
        walk.do("receive_data", b"PRI * HTTP/1.1" if rng.random() < 0.5 else b"GET / HTTP/1.1\r\n")
        walk.do("receive_data", wire.PREFACE)


def receive(walk, octets, streams=()):
    """Feeds octets, now and then in pieces or as another kind of buffer."""
    rng = walk.rng
    if not walk.calm and rng.random() < 0.05:
        cut = rng.randrange(len(octets) + 1)
        walk.do("receive_data", bytearray(octets[:cut]), streams=streams)
        octets = memoryview(octets[cut:])
    return walk.do("receive_data", octets, streams=streams)


def block(walk, listed):
    """An encoded list: by an encoder with a table, or plain."""
    walk.fields = listed
    if walk.rng.random() < 0.35:
        try:
            return walk.encoder.encode(listed)
        except IndexError:  # an empty name
            pass
    return b"".join(wire.literal(*field) for field in listed)


def find(walk, *states, test=None):
    """A stream in one of the states, or None."""
    found = [number for number, view in walk.conn.streams.items()
             if view.state_machine.state.value in states and (test is None or test(view.state_machine))]
    return walk.rng.choice(found) if found else None


def any_id(walk):
    """Any identifier: of a stream that is there, that was, that never was, or that is yet to come."""
    rng, conn = walk.rng, walk.conn
    choice = rng.random()
    if choice < 0.5 and conn.streams:
        return rng.choice(list(conn.streams))
    highest = max(conn.highest_inbound_stream_id, conn.highest_outbound_stream_id)
    if choice < 0.8:
        return rng.randrange(1, highest + 2)
    return min(highest + rng.randrange(1, 6), 2**31 - 1) if choice < 0.97 or walk.calm else rng.choice((0, 1, 2**31 - 1))


def next_inbound(walk):
    highest = walk.conn.highest_inbound_stream_id
    step = 2 if walk.rng.random() < 0.9 else 4
    return min(highest + step, 2**31 - 1) if highest else (2 if walk.client else 1)


def step(walk, wild):
    if walk.calm and wild:
        return walk.rng.choice(CALM)(walk)
    if wild and walk.about_fields and walk.rng.random() < 0.8:
        return bad_fields(walk)
    chosen = walk.rng.choices(WILD, WILD_WEIGHTS)[0] if wild else walk.rng.choices(LEGAL, LEGAL_WEIGHTS)[0]
    chosen(walk)


def some_fields(walk, kind, bad=False, outbound=False):
    """A list of fields."""
    return fields.settled(walk.rng, kind) if walk.calm else fields.make(walk.rng, kind, bad, outbound)


# Frames in their place.

def headers(walk, number, listed, end, odd=0.15):
    """A HEADERS frame, perhaps with priority, padding, or in pieces."""
    rng = walk.rng
    payload = block(walk, listed)
    priority = pad = None
    if rng.random() < odd:
        depends_on = rng.randrange(20) * 2 + 1 if rng.random() < 0.9 else number
        priority = (depends_on, rng.randrange(1, 257), rng.random() < 0.5)
    if rng.random() < odd:
        pad = rng.randrange(min(256, max(1, len(payload))))
    if rng.random() < odd * 0.7:
        cut = rng.randrange(len(payload) + 1)
        octets = wire.headers(number, payload[:cut], end, priority, end_headers=False, pad=pad if pad is None or pad < cut else None)
        more = rng.randrange(len(payload) - cut + 1)
        if rng.random() < 0.3:
            octets += wire.continuation(number, payload[cut:cut + more], end_headers=False)
            cut += more
        octets += wire.continuation(number, payload[cut:])
    else:
        octets = wire.headers(number, payload, end, priority, pad=pad)
    receive(walk, octets, streams=(number,))


def request(walk):
    number = next_inbound(walk)
    if walk.client and not find_promised(walk):
        return legal_control(walk)
    if walk.client:
        return response(walk)
    headers(walk, number, some_fields(walk, "request"), walk.rng.random() < 0.4)


def find_promised(walk):
    return find(walk, RESERVED_REMOTE)


def response(walk):
    if not walk.client:
        return trailers(walk) if walk.rng.random() < 0.3 else request(walk)
    number = find(walk, OPEN, HALF_LOCAL, RESERVED_REMOTE, test=lambda m: m.client and not m.headers_received)
    if number is None:
        return legal_control(walk)
    if walk.rng.random() < 0.2 and walk.conn.streams[number].state_machine.state.value != RESERVED_REMOTE:
        return headers(walk, number, some_fields(walk, "informational"), False)
    headers(walk, number, some_fields(walk, "response"), walk.rng.random() < 0.2)


def trailers(walk):
    number = find(walk, OPEN, HALF_LOCAL, test=lambda m: m.headers_received and not m.trailers_received)
    if number is None:
        return legal_control(walk)
    headers(walk, number, some_fields(walk, "trailers"), True)


def data(walk):
    rng = walk.rng
    number = find(walk, OPEN, HALF_LOCAL, test=lambda m: m.headers_received and not m.trailers_received)
    if number is None:
        return legal_control(walk)
    room = min(walk.conn.remote_flow_control_window(number), walk.conn.max_inbound_frame_size)
    size = rng.choice((0, 1, 3, 5, 10, 100, 1000, 16000))
    pad = rng.randrange(60) if rng.random() < 0.15 and room > 100 else None
    size = max(0, min(size, room - (0 if pad is None else pad + 1)))
    if size == 0 and pad:
        pad = 0
    frames = wire.data(number, b"%c" % (97 + number % 26) * size, rng.random() < 0.15, pad)
    receive(walk, frames, streams=(number,))


def rst_stream(walk):
    number = find(walk, OPEN, HALF_LOCAL, HALF_REMOTE, RESERVED_LOCAL, RESERVED_REMOTE)
    if number is None:
        return legal_control(walk)
    receive(walk, wire.rst_stream(number, walk.rng.choice((0, 1, 5, 8, 13, 14, 2**32 - 1))), streams=(number,))


def window_update(walk):
    number = find(walk, OPEN, HALF_LOCAL, HALF_REMOTE, RESERVED_LOCAL)
    if number is None or walk.rng.random() < 0.4:
        number = 0
    receive(walk, wire.window_update(number, walk.rng.choice((1, 100, 5000, 40000, 40000 if walk.calm else 0x80000001))), streams=(number,))


def push_promise(walk):
    if not walk.client or not walk.conn.local_settings.enable_push:
        return legal_control(walk)
    number = find(walk, OPEN, HALF_LOCAL, test=lambda m: m.client and m.state.value in (OPEN, HALF_LOCAL))
    if number is None or number % 2 == 0:
        return legal_control(walk)
    promise(walk, number, next_inbound(walk), some_fields(walk, "request"))


def promise(walk, number, promised, listed):
    octets = block(walk, listed)
    cut = walk.rng.randrange(len(octets) + 1) if walk.rng.random() < 0.1 else len(octets)
    frames = wire.push_promise(number, promised, octets[:cut], end_headers=cut == len(octets))
    if cut < len(octets):
        frames += wire.continuation(number, octets[cut:])
    receive(walk, frames, streams=(number, promised))


def settings_pairs(walk, wild):
    rng = walk.rng
    pairs = []
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        pairs.append(rng.choice((
            (1, rng.choice((0, 100, 4096, 4096, 8192))), (2, 0 if walk.client else rng.choice((0, 1))),
            (3, rng.choice((0, 1, 5, 100, 2**32 - 1)) if rng.random() < 0.3 else 100), (4, rng.choice((0, 10, 65535, 100000))),
            (5, rng.choice((16384, 16385, 20000, 2**24 - 1))), (6, rng.choice((0, 100, 65536))), (8, rng.choice((0, 1))),
            (rng.choice((7, 9, 0x1234 if not walk.calm else 0x12)), rng.randrange(1000)))))
        if wild and not walk.calm and rng.random() < 0.7:
            pairs.append(rng.choice(((2, 1), (2, 2), (4, 2**31), (4, 2**32 - 1), (4, 2**31 - 1), (5, 16383), (5, 2**24), (5, 0),
                                     (8, 2), (0xFFFF, 2**32 - 1), (0, 0), (1, 65536))))
    return pairs


def settings(walk, wild=False):
    if walk.rng.random() < 0.3:
        return receive(walk, wire.settings_ack(), streams=list(walk.conn.streams)[:3])
    pairs = settings_pairs(walk, wild)
    walk.do("receive_data", wire.settings(*pairs), streams=list(walk.conn.streams)[:3])


def ping(walk):
    receive(walk, wire.ping(bytes([walk.rng.randrange(256)]) * 8, walk.rng.random() < 0.4))


def priority(walk):
    rng = walk.rng
    receive(walk, wire.priority(rng.randrange(1, 50), rng.randrange(50, 99), rng.randrange(1, 257), rng.random() < 0.5))


def altsvc(walk):
    rng = walk.rng
    number = 0 if walk.calm or rng.random() < 0.5 else find(walk, OPEN, HALF_LOCAL, HALF_REMOTE, RESERVED_REMOTE, RESERVED_LOCAL, CLOSED) or 0
    origin = b"" if number and rng.random() < 0.8 else rng.choice((b"", b"example.com", b"\xff\xc3\xa9"))
    receive(walk, wire.altsvc(number, origin, rng.choice((b"", b'h2=":1"', b"\xff"))), streams=(number,))


def unknown(walk):
    rng = walk.rng
    receive(walk, wire.frame(rng.choice((11, 12, 16, 200, 255)), rng.randrange(256), rng.choice((0, 1, 2, 99)), bytes(rng.randrange(20))))


def legal_control(walk):
    walk.rng.choice((window_update, settings, ping, priority, unknown, window_update, altsvc))(walk)


def several(walk):
    """Frames of several kinds in one call."""
    rng = walk.rng
    frames = [wire.ping(), wire.window_update(0, 9), wire.settings((6, 5)), wire.priority(3, 5), wire.frame(99, 0, 0, b"?")]
    number = find(walk, OPEN, HALF_LOCAL, test=lambda m: m.headers_received and not m.trailers_received)
    if number is not None and walk.conn.remote_flow_control_window(number) > 300:
        frames += [wire.data(number, b"x" * 50, pad=3), wire.data(number, b"y" * 40), wire.window_update(number, 2)]
    rng.shuffle(frames)
    octets = b"".join(frames[:rng.randrange(2, 8)])
    if rng.random() < 0.2:
        octets += rng.choice((wire.ping()[:9], wire.frame("PING", 0, 1, bytes(8)), wire.frame("DATA", 0, 0, b"")))
        walk.do("receive_data", octets)
        if walk.is_open():
            walk.do("receive_data", bytes(8))
        return
    receive(walk, octets)


# Frames out of their place.

def wild_headers(walk):
    rng = walk.rng
    kind = rng.choice(("request", "response", "trailers", "informational"))
    number = next_inbound(walk) if rng.random() < 0.2 else any_id(walk)
    headers(walk, number, some_fields(walk, kind, rng.random() < 0.2), rng.random() < 0.4, odd=0.2)


def bad_fields(walk):
    """A list that a rule refuses, where a good one would have done."""
    rng = walk.rng
    answering = lambda m: m.client and not m.headers_received  # noqa: E731
    number = find(walk, OPEN, HALF_LOCAL, test=lambda m: m.headers_received and not m.trailers_received)
    if number is not None and rng.random() < 0.5:
        return headers(walk, number, some_fields(walk, "trailers", True), rng.random() < 0.9)
    if not walk.client:
        return headers(walk, next_inbound(walk), some_fields(walk, "request", True), rng.random() < 0.4)
    number = find(walk, OPEN, HALF_LOCAL, RESERVED_REMOTE, test=answering)
    parent = find(walk, OPEN, HALF_LOCAL, test=lambda m: m.client)
    if parent and (number is None or rng.random() < 0.3):
        return promise(walk, parent, next_inbound(walk), some_fields(walk, "request", True))
    if number is None:
        return wild_headers(walk)
    headers(walk, number, some_fields(walk, rng.choice(("response", "response", "informational")), True), rng.random() < 0.3)


def wild_data(walk):
    rng = walk.rng
    number = any_id(walk)
    size = rng.choice((0, 1, 100, 16384, 16385, 20000))
    receive(walk, wire.data(number, b"z" * size, rng.random() < 0.3, rng.choice((None, None, 0, 9))), streams=(number,))


def wild_reset(walk):
    number = any_id(walk)
    receive(walk, wire.rst_stream(number), streams=(number,))


def wild_window(walk):
    number = any_id(walk) if walk.rng.random() < 0.8 else 0
    receive(walk, wire.window_update(number, walk.rng.choice((0, 1, 2**31 - 1, 2**31 - 1, 70000))), streams=(number,))


def wild_push(walk):
    rng = walk.rng
    promised = next_inbound(walk) if rng.random() < 0.5 else rng.choice((0, any_id(walk), 2, 4))
    promise(walk, any_id(walk), promised, some_fields(walk, "request", rng.random() < 0.1))


def wild_continuation(walk):
    number = any_id(walk)
    receive(walk, wire.continuation(number, block(walk, [(b"a", b"b")]), walk.rng.random() < 0.8), streams=(number,))


def wild_altsvc(walk):
    number = any_id(walk)
    receive(walk, wire.altsvc(number, walk.rng.choice((b"", b"o")), b"f"), streams=(number,))


def wild_priority(walk):
    number = any_id(walk)
    receive(walk, wire.priority(number, walk.rng.choice((number, any_id(walk))) & 0x7FFFFFFF))


def goaway(walk):
    rng = walk.rng
    receive(walk, wire.goaway(rng.choice((0, 1, 5, 2**31 - 1, 2**32 - 1)), rng.choice((0, 1, 11, 77)), rng.choice((b"", b"why", b"x" * 30))))


def broken_syntax(walk):
    """A row of the table of payload syntax."""
    rng = walk.rng
    n = any_id(walk) or 1
    frame = wire.frame
    octets = rng.choice((
        lambda: frame("DATA", 8, n, b""), lambda: frame("DATA", 8, n, b"\x05abcd"), lambda: frame("DATA", 8, n, b"\x04abcd"),
        lambda: frame("HEADERS", 8 | 4, n, b""), lambda: frame("HEADERS", 0x20 | 4, n, b"abcd"), lambda: frame("HEADERS", 0x28 | 4, n, b"\x00abcd"),
        lambda: frame("HEADERS", 8 | 4, n, b"\x03\x82\x84"), lambda: frame("HEADERS", 0x28 | 4, n, b"\x05\0\0\0\0\0"),
        lambda: frame("PRIORITY", 0, n, b"abcd"), lambda: frame("PRIORITY", 0, n, b"abcdef"), lambda: frame("RST_STREAM", 0, n, b"abc"),
        lambda: frame("SETTINGS", 1, 0, bytes(6)), lambda: frame("SETTINGS", 0, 0, bytes(5)),
        lambda: frame("PUSH_PROMISE", 8 | 4, n, b""), lambda: frame("PUSH_PROMISE", 4, n, b"abc"), lambda: frame("PUSH_PROMISE", 4, n, wire.u32(0)),
        lambda: frame("PUSH_PROMISE", 4, n, wire.u32(7)), lambda: frame("PUSH_PROMISE", 12, n, b"\x09" + wire.u32(2) + b"abc"),
        lambda: frame("PING", 0, 0, bytes(7)), lambda: frame("PING", 0, 0, bytes(9)), lambda: frame("GOAWAY", 0, 0, bytes(7)),
        lambda: frame("WINDOW_UPDATE", 0, n, bytes(3)), lambda: frame("WINDOW_UPDATE", 0, n, bytes(4)), lambda: frame("WINDOW_UPDATE", 0, 0, bytes(4)),
        lambda: frame("ALTSVC", 0, 0, b"\x01"), lambda: frame("ALTSVC", 0, 0, b"\x00\x05abc"),
        lambda: frame(rng.choice((0, 1, 2, 3, 5, 9)), 4, 0, bytes(8)), lambda: frame(rng.choice((4, 6, 7)), 0, n, bytes(8)),
        lambda: frame("PING", 0, 0x80000000, bytes(8)), lambda: frame("DATA", 0, 0x80000000 | n, b"r"),
        lambda: frame(rng.choice((0, 99)), 0, n, bytes(walk.conn.max_inbound_frame_size + 1))))()
    receive(walk, octets, streams=(n,))


def broken_block(walk):
    """HPACK that cannot be decoded, blocks that are interrupted or too long."""
    rng = walk.rng
    n = next_inbound(walk) if not walk.client else find(walk, OPEN, HALF_LOCAL) or 2
    good = block(walk, fields.REQUESTS[0] if not walk.client else fields.RESPONSES[0])
    choice = rng.randrange(12)
    if choice < 7:
        bad = rng.choice((b"\x80", b"\xff\xff\xff\xff\xff\xff\x01", b"\xfe", b"\x00\x05ab", b"\x00\x81\xff\x01a", b"\x00\x82\xff\xff\x00",
                          b"\x82\x20", b"\x3f\xff\xff\x7f", b"\x40\x01", b"\x00\x84\xff\xff\xff\xff\x01a"))
        octets = wire.headers(n, bad if rng.random() < 0.5 else good + bad)
    elif choice < 9:
        octets = wire.headers(n, good, end_headers=False) + rng.choice((
            wire.ping(), wire.continuation(n + 2, b""), wire.frame(99, 0, n), wire.data(n, b"x"), wire.headers(n, good)))
    elif choice == 9:
        count = rng.choice((62, 63, 64))
        octets = wire.headers(n, good, end_headers=False) + wire.continuation(n, b"", False) * (count - 1) + wire.continuation(n, b"")
    elif choice == 10:
        octets = wire.headers(n, good + b"".join(wire.literal(b"x-%d" % i, b"v" * 8000) for i in range(9))[:16000], end_headers=False)
        octets += b"".join(wire.continuation(n, wire.literal(b"y", b"w" * 16000), i == 4) for i in range(5))
    else:
        octets = wire.headers(n, rng.choice((b"\x20", b"\x3f\x45", b"\x20\x3f\xe1\x1f")) + good)
        if octets[9] == 0x20 or octets[10] == 0x45:
            walk.encoder.header_table_size = 0
            walk.encoder.header_table_size = 4096
    receive(walk, octets, streams=(n,))


def rubbish(walk):
    rng = walk.rng
    octets = struct.pack(">IBI", rng.randrange(30) << 8 | rng.randrange(11), rng.randrange(256), any_id(walk))
    walk.do("receive_data", octets + rng.randbytes(rng.randrange(30)))


# What is refused in the same way by all versions of h2.
CALM = (wild_data, wild_reset, wild_continuation, wild_priority)
LEGAL = (request, response, trailers, data, rst_stream, window_update, push_promise, settings, ping, priority, altsvc, unknown, several)
LEGAL_WEIGHTS = (10, 12, 3, 14, 2, 5, 4, 3, 2, 2, 2, 1, 2)
WILD = (wild_headers, bad_fields, wild_data, wild_reset, wild_window, wild_push, wild_continuation, wild_altsvc, wild_priority, goaway,
        broken_syntax, broken_block, rubbish, lambda walk: settings(walk, True))
WILD_WEIGHTS = (14, 14, 8, 8, 6, 6, 5, 3, 2, 1, 5, 3, 1, 3)
