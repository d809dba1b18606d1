"""What the program calls: in its place, and not."""
import base64

from hpack import NeverIndexedHeaderTuple

from transcripts import wire

from . import fields, inbound
from .inbound import CLOSED, HALF_LOCAL, HALF_REMOTE, OPEN, RESERVED_LOCAL, RESERVED_REMOTE, any_id, find, some_fields


def step(walk, wild):
    if walk.calm and wild:
        return walk.rng.choice(CALM)(walk)
    if wild and walk.about_fields and walk.rng.random() < 0.8:
        return bad_fields(walk)
    chosen = walk.rng.choices(WILD, WILD_WEIGHTS)[0] if wild else walk.rng.choices(LEGAL, LEGAL_WEIGHTS)[0]
    chosen(walk)


def upgrade(walk):
    rng = walk.rng
    header = None
    if not walk.client and rng.random() < 0.9:
        pairs = inbound.settings_pairs(walk, rng.random() < 0.1)
        header = base64.urlsafe_b64encode(wire.settings_payload(pairs))
        if rng.random() < 0.1:
            header = rng.choice((header[:-1], b"!", b"AAAA", ""))
        elif rng.random() < 0.3:
            header = header.decode()
    walk.do("initiate_upgrade_connection", header, streams=(1,))


def next_outbound(walk):
    conn = walk.conn
    return min(conn.highest_outbound_stream_id + 2, 2**31 - 1) if conn.highest_outbound_stream_id else (1 if walk.client else 2)


# Fields.

def shaped(walk, listed):
    """A list of fields in one of the shapes that a program may give."""
    rng = walk.rng
    walk.fields = listed
    choice = 1.0 if walk.calm else rng.random()
    if choice < 0.1:
        return lambda: iter(listed)
    if choice < 0.15:
        return tuple(listed)
    if choice < 0.2 and len({f[0] for f in listed}) == len(listed):
        return lambda: dict((f[0], f[1]) for f in listed).items()
    if choice < 0.3:
        return [as_text(field) for field in listed]
    return listed


def as_text(field):
    """A plain pair of octets as text, if it is text."""
    if type(field) is not tuple:
        return field
    try:
        return tuple(part if isinstance(part, str) else part.decode() for part in field)
    except UnicodeDecodeError:
        return field


def send_headers(walk, number, listed, end, odd=0.0):
    rng = walk.rng
    more = {}
    if (walk.client and rng.random() < 0.08) or rng.random() < odd:
        more = {"priority_weight": rng.choice((None, 1, 16, 256)), "priority_depends_on": rng.choice((None, 0, 1, (number + 2) % 2**31)),
                "priority_exclusive": rng.choice((None, True, False))}
        if rng.random() < 0.2 + odd:
            more["priority_weight"] = rng.choice((0, 257, -1, 256))
            more["priority_depends_on"] = rng.choice((number, 0))
    walk.do("send_headers", number, shaped(walk, listed), end, streams=(number,), **more)


def open_stream(walk):
    rng = walk.rng
    if not walk.client:
        return respond(walk)
    number = next_outbound(walk)
    send_headers(walk, number, some_fields(walk, "request", outbound=True), rng.random() < 0.4)


def respond(walk):
    rng = walk.rng
    number = find(walk, OPEN, HALF_REMOTE, RESERVED_LOCAL, test=lambda m: m.client is False and not m.headers_sent)
    if number is None:
        return open_stream(walk) if walk.client else calls(walk)
    if rng.random() < 0.2 and walk.conn.streams[number].state_machine.state.value != RESERVED_LOCAL:
        return send_headers(walk, number, some_fields(walk, "informational", outbound=True), False)
    send_headers(walk, number, some_fields(walk, "response", outbound=True), rng.random() < 0.2)


def trailers(walk):
    number = find(walk, OPEN, HALF_REMOTE, test=lambda m: m.headers_sent and not m.trailers_sent)
    if number is None:
        return calls(walk)
    send_headers(walk, number, some_fields(walk, "trailers", outbound=True), True)


def data(walk):
    rng = walk.rng
    number = find(walk, OPEN, HALF_REMOTE, test=lambda m: m.headers_sent and not m.trailers_sent)
    if number is None:
        return calls(walk)
    room = min(walk.conn.local_flow_control_window(number), walk.conn.max_outbound_frame_size)
    if walk.calm and room < 0:
        return calls(walk)
    pad = rng.randrange(256) if rng.random() < 0.15 and room > 300 else None
    size = max(0, min(rng.choice((0, 1, 10, 500, 1023, 1024, 5000, 16384)), room - (0 if pad is None else pad + 1)))
    octets = b"d" * size
    if rng.random() < 0.2:
        octets = rng.choice((bytearray, memoryview))(octets)
    walk.do("send_data", number, octets, rng.random() < 0.15, pad, streams=(number,))


def end_stream(walk):
    number = find(walk, OPEN, HALF_REMOTE, test=lambda m: m.headers_sent)
    if number is None:
        return calls(walk)
    walk.do("end_stream", number, streams=(number,))


def reset_stream(walk):
    number = find(walk, OPEN, HALF_REMOTE, HALF_LOCAL, RESERVED_LOCAL, RESERVED_REMOTE)
    if number is None:
        return calls(walk)
    walk.do("reset_stream", number, walk.rng.choice((0, 2, 8, 2**32 - 1)), streams=(number,))


def push_stream(walk):
    if walk.client or not walk.conn.remote_settings.enable_push:
        return calls(walk)
    number = find(walk, OPEN, HALF_REMOTE, test=lambda m: m.client is False)
    if number is None or number % 2 == 0:
        return calls(walk)
    promised = next_outbound(walk)
    walk.do("push_stream", number, promised, shaped(walk, some_fields(walk, "request", outbound=True)), streams=(number, promised))


def ping(walk):
    walk.do("ping", bytes([walk.rng.randrange(256)]) * 8)


def update_settings(walk, wild=False):
    pairs = dict(inbound.settings_pairs(walk, wild))
    walk.do("update_settings", pairs)


def window(walk):
    rng = walk.rng
    number = find(walk, OPEN, HALF_LOCAL, HALF_REMOTE, RESERVED_REMOTE)
    number = None if rng.random() < 0.4 else number
    if number is None and rng.random() < 0.5:
        return walk.do("increment_flow_control_window", rng.choice((1, 1000, 70000)))
    walk.do("increment_flow_control_window", rng.choice((1, 1000, 70000)), number, streams=(number,))


def acknowledge(walk):
    rng = walk.rng
    number = find(walk, OPEN, HALF_LOCAL, HALF_REMOTE, CLOSED)
    if number is None:
        return calls(walk)
    walk.do("acknowledge_received_data", rng.choice((0, 1, 500, 1100, 16000, 32767, 40000, 70000)), number, streams=(number,))


def prioritize(walk):
    rng = walk.rng
    if not walk.client:
        return acknowledge(walk)
    more = {"weight": rng.choice((None, 1, 200, 256)), "depends_on": rng.choice((None, 0, 100)), "exclusive": rng.choice((None, True, False))}
    walk.do("prioritize", rng.randrange(1, 50), **more)


def altsvc(walk):
    rng = walk.rng
    if walk.client:
        return ping(walk)
    number = find(walk, OPEN, HALF_REMOTE, RESERVED_LOCAL, test=lambda m: not m.headers_sent)
    if number is None or rng.random() < 0.3:
        return walk.do("advertise_alternative_service", b'h2=":1"', b"example.com")
    walk.do("advertise_alternative_service", b"f" * rng.randrange(30), stream_id=number, streams=(number,))


def queries(walk):
    rng = walk.rng
    number = any_id(walk)
    walk.do(rng.choice(("local_flow_control_window", "remote_flow_control_window")), number)
    walk.do(rng.choice((open_outbound_streams, open_inbound_streams)))
    walk.do("get_next_available_stream_id")


def open_outbound_streams(side):
    return side.conn.open_outbound_streams


def open_inbound_streams(side):
    return side.conn.open_inbound_streams


def large_list(walk):
    """A list whose block takes several frames, or fills them to the last octet."""
    rng = walk.rng
    most = walk.conn.max_outbound_frame_size
    if not walk.client or most > 20000:
        return calls(walk)
    value = b"&" * (most - rng.randrange(80)) if rng.random() < 0.5 else b"~" * rng.randrange(most)
    listed = [*fields.REQUESTS[0], NeverIndexedHeaderTuple(b"x", value)]
    send_headers(walk, next_outbound(walk), listed, rng.random() < 0.5, odd=0.4)


def last_stream(walk):
    """The highest identifier; none is available after it."""
    if walk.client:
        send_headers(walk, 2**31 - 1, some_fields(walk, "request", outbound=True), True)
        walk.do("get_next_available_stream_id")


def calls(walk):
    walk.rng.choice((ping, window, acknowledge, queries, update_settings, prioritize, altsvc))(walk)


def hold_output(walk):
    """Output stays for some steps, then is taken in pieces."""
    rng = walk.rng
    if not walk.tally.drain:
        return calls(walk)
    walk.tally.drain = False
    try:
        for _ in range(rng.randrange(2, 6)):
            if walk.is_open():
                inbound.step(walk, False) if rng.random() < 0.5 else step(walk, rng.random() < walk.wildness)
        if rng.random() < 0.1:
            walk.do("clear_outbound_data_buffer")
        for _ in range(rng.randrange(4)):
            walk.do("data_to_send", rng.choice((0, 1, 9, 20, 1000, -1, -10, None)))
        walk.do("data_to_send")  # of a frame that was taken in part libh2 never drops the rest
    finally:
        walk.tally.drain = True


# Not in its place.

def wild_headers(walk):
    rng = walk.rng
    kind = rng.choice(("request", "response", "trailers", "informational"))
    number = any_id(walk)
    send_headers(walk, number, some_fields(walk, kind, rng.random() < 0.2, True), rng.random() < 0.5, odd=0.1)


def bad_fields(walk):
    rng = walk.rng
    number = find(walk, OPEN, HALF_REMOTE, test=lambda m: m.headers_sent and not m.trailers_sent)
    if number is not None and rng.random() < 0.3:
        return send_headers(walk, number, some_fields(walk, "trailers", rng.random() < 0.8, True), rng.random() < 0.8)
    if walk.client:
        return send_headers(walk, next_outbound(walk), some_fields(walk, "request", True, True), rng.random() < 0.5)
    number = find(walk, OPEN, HALF_REMOTE, RESERVED_LOCAL, test=lambda m: m.client is False and not m.headers_sent)
    parent = find(walk, OPEN, HALF_REMOTE, test=lambda m: m.client is False)
    if parent and rng.random() < 0.3:
        promised = next_outbound(walk)
        return walk.do("push_stream", parent, promised, shaped(walk, some_fields(walk, "request", True, True)), streams=(parent, promised))
    if number is None:
        return wild_headers(walk)
    send_headers(walk, number, some_fields(walk, rng.choice(("response", "response", "informational")), True, True), rng.random() < 0.3)


def wild_data(walk):
    rng = walk.rng
    number = any_id(walk)
    octets = rng.choice((b"", b"x", b"x" * 17000, b"x" * 70000))
    walk.do("send_data", number, octets, rng.random() < 0.3, rng.choice((None, None, None, 0, 255, 256, -1, "1")), streams=(number,))


def wild_numbered(walk):
    """The calls that take a stream, on any."""
    rng = walk.rng
    number = any_id(walk)
    name, more = rng.choice((("end_stream", ()), ("reset_stream", (8,)), ("end_stream", ()), ("reset_stream", (1,)),
                             ("local_flow_control_window", ()), ("remote_flow_control_window", ())))
    walk.do(name, number, *more, streams=(number,))


def wild_flow(walk):
    rng = walk.rng
    number = rng.choice((any_id(walk), any_id(walk), any_id(walk), None, 0, -1))
    if rng.random() < 0.5:
        walk.do("increment_flow_control_window", rng.choice((1, 0, -1, 2**31 - 1, 2**31, 5)), number, streams=(number,))
    else:
        walk.do("acknowledge_received_data", rng.choice((-1, 0, 5000, 65535, 2**31)), number or 0, streams=(number,))


def wild_push(walk):
    rng = walk.rng
    promised = rng.choice((any_id(walk), next_outbound(walk), 2, 3))
    number = any_id(walk)
    walk.do("push_stream", number, promised, shaped(walk, some_fields(walk, "request", rng.random() < 0.2, True)), streams=(number, promised))


def wild_arguments(walk):
    """Arguments that no frame can carry."""
    rng = walk.rng
    number = any_id(walk)
    name, args, more = rng.choice((
        ("ping", (b"short",), {}), ("ping", (b"123456789",), {}), ("ping", ("12345678",), {}), ("ping", (8,), {}),
        ("advertise_alternative_service", ("text",), {"origin": b"o"}), ("advertise_alternative_service", (b"f", b"o", 1), {}),
        ("advertise_alternative_service", (b"f",), {}), ("advertise_alternative_service", (b"f",), {"stream_id": number}),
        ("advertise_alternative_service", (b"f", b"origin"), {}), ("advertise_alternative_service", (b"f",), {"stream_id": 0}),
        ("prioritize", (number or 1,), {"depends_on": number or 1}), ("prioritize", (3,), {"weight": 0}), ("prioritize", (3,), {"weight": 257}),
        ("prioritize", (0,), {}), ("prioritize", (number or 1,), {"weight": 20, "depends_on": 1000, "exclusive": True}),
        ("receive_data", ("text",), {}), ("receive_data", (3,), {}), ("receive_data", (None,), {}), ("send_data", (number, "text"), {}),
        ("data_to_send", (0,), {}), ("send_headers", (number, [(1, 2)]), {}), ("receive_data", (b"",), {})))
    walk.do(name, *args, **more)


def close(walk):
    rng = walk.rng
    args = rng.choice(((), (1,), (0, b"bye"), (77, None, 5), (0, b"", 0), (2**32 - 1,)))
    walk.do("close_connection", *args)


def clear(walk):
    walk.do("clear_outbound_data_buffer")


# Attributes that programs set.

def set_outbound_window(side, value):
    side.conn.outbound_flow_control_window = value


def set_inbound_frame_size(side, value):
    side.conn.max_inbound_frame_size = value


def set_local_setting(side, key, value):
    side.conn.local_settings[key] = value


def delete_local_setting(side, key):
    del side.conn.local_settings[key]


def assign_local_settings(side, pairs):
    side.conn.local_settings = side.h2.settings.Settings(client=side.conn.config.client_side, initial_values=pairs)


def acknowledge_local_settings(side):
    return side.conn.local_settings.acknowledge()


def set_option(side, name, value):
    setattr(side.conn.config, name, value)


def replace_settings(walk):
    rng = walk.rng
    pairs = dict(pair for pair in inbound.settings_pairs(walk, rng.random() < 0.2))
    walk.do(assign_local_settings, {3: 100, 6: 65536, **pairs})
    if rng.random() < 0.5:
        walk.do(delete_local_setting, 8)


def attributes(walk):
    rng = walk.rng
    name, args = rng.choice((
        (set_outbound_window, (rng.choice((0, 100, 65535, 100000)),)), (set_inbound_frame_size, (rng.choice((16384, 20000)),)),
        (set_local_setting, (rng.choice((3, 4, 5, 6, 8)), rng.choice((0, 1, 20000, 65536)))), (set_local_setting, (9, 1)),
        (acknowledge_local_settings, ()), (set_option, ("normalize_inbound_headers", rng.random() < 0.5)),
        (set_option, ("validate_outbound_headers", rng.random() < 0.7)), (set_option, ("header_encoding", rng.choice((None, "latin-1")))),
        (set_option, ("validate_inbound_headers", rng.choice((True, True, False, 1, None)))), (set_option, ("header_encoding", True)),
        (delete_local_setting, (rng.choice((9, 8, 0x77)),))))
    walk.do(name, *args)


CALM = (clear, attributes, queries, prioritize)
LEGAL = (open_stream, respond, trailers, data, end_stream, reset_stream, push_stream, ping, update_settings, window, acknowledge, prioritize,
         altsvc, queries, hold_output, large_list)
LEGAL_WEIGHTS = (12, 12, 3, 14, 3, 2, 4, 1, 2, 3, 6, 2, 2, 4, 2, 0.3)
WILD = (wild_headers, bad_fields, wild_data, wild_numbered, wild_flow, wild_push, wild_arguments, close, clear, attributes,
        lambda walk: update_settings(walk, True), last_stream)
WILD_WEIGHTS = (10, 14, 8, 8, 5, 4, 6, 1, 1, 4, 3, 0.6)
