"""Streams in every situation they can be in, and every frame and every call that can meet them there."""
from . import wire
from .recorder import INFORMATIONAL, POST, REQUEST, RESPONSE, TRAILERS, Conversation

# h2 lets a KeyError out where a stream is not there; C has the exceptions that other calls have.
IDLE = "NoSuchStreamError"
GONE = "StreamClosedError"


def purge(c):
    """Closed streams are forgotten when streams are counted."""
    return c.query("open_inbound_streams")


def shut(c, stream):
    """Ends this side of a stream by DATA."""
    return c.call("end_stream", stream)


# Situations at a server: stream 1, or 2 where this side promised it.

def s_idle(c):
    return 1


def s_implicit(c):
    c.request(3, end=True)
    return 1


def s_open(c):
    c.request(1)
    return 1


def s_open_answered(c):
    c.request(1).send_response(1)
    return 1


def s_half_remote(c):
    c.request(1, end=True)
    return 1


def s_half_remote_answered(c):
    c.request(1, end=True).send_response(1)
    return 1


def s_half_remote_trailers(c):
    c.request(1).recv(wire.headers(1, c.block(TRAILERS), end=True))
    return 1


def s_half_local(c):
    c.request(1).send_response(1, end_stream=True)
    return 1


def s_ended(c):
    c.request(1, end=True).send_response(1, end_stream=True)
    return 1


def s_ended_by_peer(c):
    c.request(1).send_response(1, end_stream=True).recv(wire.data(1, b"", end=True))
    return 1


def s_reset(c):
    c.request(1).call("reset_stream", 1, 8)
    return 1


def s_reset_by_peer(c):
    c.request(1).recv(wire.rst_stream(1))
    return 1


def s_promised(c):
    c.request(1).call("push_stream", 1, 2, headers=REQUEST)
    return 2


def s_promised_answered(c):
    c.request(1).call("push_stream", 1, 2, headers=REQUEST).send_response(2)
    return 2


def s_upgraded(c):
    return 1


def purged(build):
    def situation(c):
        stream = build(c)
        purge(c)
        return stream
    return situation


SERVER = {
    "idle": s_idle, "implicitly closed": s_implicit, "open": s_open, "open and answered": s_open_answered,
    "half-closed (remote)": s_half_remote, "half-closed (remote) and answered": s_half_remote_answered,
    "half-closed (remote) by trailers": s_half_remote_trailers, "half-closed (local)": s_half_local,
    "closed by our end": s_ended, "closed by the peer's end": s_ended_by_peer, "closed by our reset": s_reset,
    "closed by the peer's reset": s_reset_by_peer, "closed by our end and forgotten": purged(s_ended),
    "closed by the peer's end and forgotten": purged(s_ended_by_peer), "closed by our reset and forgotten": purged(s_reset),
    "closed by the peer's reset and forgotten": purged(s_reset_by_peer), "reserved (local)": s_promised,
    "promised and answered": s_promised_answered,
}


# Situations at a client: stream 1, or 2 where the peer promised it.

def c_idle(c):
    return 1


def c_implicit(c):
    c.send_request(3, end_stream=True)
    return 1


def c_open(c):
    c.send_request(1)
    return 1


def c_open_informed(c):
    c.send_request(1).respond(1, INFORMATIONAL)
    return 1


def c_open_answered(c):
    c.send_request(1).respond(1)
    return 1


def c_half_local(c):
    c.send_request(1, end_stream=True)
    return 1


def c_half_local_answered(c):
    c.send_request(1, end_stream=True).respond(1)
    return 1


def c_half_local_trailers(c):
    c.send_request(1).call("send_headers", 1, headers=TRAILERS, end_stream=True)
    return 1


def c_half_remote(c):
    c.send_request(1).respond(1, end=True)
    return 1


def c_ended(c):
    c.send_request(1).respond(1, end=True)
    shut(c, 1)
    return 1


def c_ended_by_peer(c):
    c.send_request(1, end_stream=True).respond(1, end=True)
    return 1


def c_reset(c):
    c.send_request(1).call("reset_stream", 1, 8)
    return 1


def c_reset_by_peer(c):
    c.send_request(1).recv(wire.rst_stream(1))
    return 1


def c_promised(c):
    c.send_request(1).recv(wire.push_promise(1, 2, c.block(REQUEST)))
    return 2


def c_promised_answered(c):
    c_promised(c)
    c.respond(2)
    return 2


def c_promised_ended(c):
    c_promised(c)
    c.respond(2, end=True)
    return 2


def c_promised_reset(c):
    c_promised(c)
    c.call("reset_stream", 2, 8)
    return 2


CLIENT = {
    "idle": c_idle, "implicitly closed": c_implicit, "open": c_open, "open after a 1xx": c_open_informed,
    "open and answered": c_open_answered, "half-closed (local)": c_half_local,
    "half-closed (local) and answered": c_half_local_answered, "half-closed (local) by trailers": c_half_local_trailers,
    "half-closed (remote)": c_half_remote, "closed by our end": c_ended, "closed by the peer's end": c_ended_by_peer,
    "closed by our reset": c_reset, "closed by the peer's reset": c_reset_by_peer,
    "closed by our end and forgotten": purged(c_ended), "closed by the peer's end and forgotten": purged(c_ended_by_peer),
    "closed by our reset and forgotten": purged(c_reset), "closed by the peer's reset and forgotten": purged(c_reset_by_peer),
    "reserved (remote)": c_promised, "promised and answered": c_promised_answered, "promised and closed": c_promised_ended,
    "promised and reset": c_promised_reset,
}


# What meets them.

def frames_for(role):
    """Name to a function of conversation and stream that gives a frame."""
    message = REQUEST if role == "server" else RESPONSE
    return {
        "DATA": lambda c, s: wire.data(s, b"abc"),
        "DATA that ends": lambda c, s: wire.data(s, b"abc", end=True),
        "empty DATA that ends": lambda c, s: wire.data(s, b"", end=True),
        "padded DATA": lambda c, s: wire.data(s, b"abc", pad=5),
        "HEADERS": lambda c, s: wire.headers(s, c.block(message)),
        "HEADERS that end": lambda c, s: wire.headers(s, c.block(message), end=True),
        "trailers": lambda c, s: wire.headers(s, c.block(TRAILERS), end=True),
        "trailers without end": lambda c, s: wire.headers(s, c.block(TRAILERS)),
        "1xx": lambda c, s: wire.headers(s, c.block(INFORMATIONAL)),
        "HEADERS with priority": lambda c, s: wire.headers(s, c.block(message), end=True, priority=(7, 3, True)),
        "HEADERS that depend on themselves": lambda c, s: wire.headers(s, c.block(message), end=True, priority=(s, 3, False)),
        "PRIORITY": lambda c, s: wire.priority(s, 9, 1, False),
        "PRIORITY on itself": lambda c, s: wire.priority(s, s, 1, False),
        "RST_STREAM": lambda c, s: wire.rst_stream(s, 5),
        "WINDOW_UPDATE": lambda c, s: wire.window_update(s, 1000),
        "WINDOW_UPDATE that overflows": lambda c, s: wire.window_update(s, 0x7fffffff),
        "CONTINUATION": lambda c, s: wire.continuation(s, c.block(TRAILERS)),
        "ALTSVC": lambda c, s: wire.altsvc(s, b"", b"h2=\":1\""),
        "ALTSVC with an origin": lambda c, s: wire.altsvc(s, b"a.example", b"h2=\":1\""),
        "PUSH_PROMISE": lambda c, s: wire.push_promise(s, 8, c.block(REQUEST)),
        "unknown": lambda c, s: wire.frame(0xf0, 1, s, b"x"),
    }


def calls_for(role):
    message = RESPONSE if role == "server" else REQUEST

    def plain(name, *more, **named):
        return lambda c, s, missing: c.call(name, s, *more, **named)

    def lenient(name, *more, **named):
        return lambda c, s, missing: c.call(name, *(n if n is not None else s for n in more), instead=missing, **named)

    table = {
        "send_headers": plain("send_headers", headers=message),
        "send_headers that end": plain("send_headers", headers=message, end_stream=True),
        "send trailers": plain("send_headers", headers=TRAILERS, end_stream=True),
        "send trailers without end": plain("send_headers", headers=TRAILERS),
        "send 1xx": plain("send_headers", headers=INFORMATIONAL),
        "send_data": plain("send_data", data=b"hello"),
        "send_data that ends": plain("send_data", data=b"hello", end_stream=True),
        "send_data padded": plain("send_data", data=b"hello", pad=7),
        "send nothing": lenient("send_data", None, data=b""),
        "end_stream": plain("end_stream"),
        "reset_stream": plain("reset_stream", 8),
        "increment": lenient("increment_flow_control_window", 5000, None),
        "acknowledge": lambda c, s, missing: c.call("acknowledge_received_data", 40000, s),
        "advertise": lambda c, s, missing: c.call("advertise_alternative_service", data=b"h2=\":1\"", stream=s),
        "push_stream": plain("push_stream", 8, headers=REQUEST),
    }
    if role == "client":
        table["prioritize"] = plain("prioritize", priority=(7, 200, True))
        table["send_headers with priority"] = plain("send_headers", headers=REQUEST, priority=(7, 200, True))
    return table


def every(book, role, situations):
    about = "RFC 9113 section 5.1"
    for situation, build in situations.items():
        for name, make in frames_for(role).items():
            c = Conversation(book, f"{role}: {situation}, {name} arrives", role, about=about)
            stream = build(c)
            c.recv(make(c, stream))
            if not c.failed:
                c.recv(wire.ping())
                again = name in ("DATA", "HEADERS", "trailers", "RST_STREAM", "WINDOW_UPDATE that overflows", "1xx")
                if again:
                    c.recv(make(c, stream))
            c.end()
        for name, call in calls_for(role).items():
            c = Conversation(book, f"{role}: {situation}, {name}", role, about=about)
            stream = build(c)
            call(c, stream, IDLE if situation == "idle" else GONE)
            c.call("ping", data=b"12345678")
            if name in ("send_data", "send_headers", "send trailers", "reset_stream", "send 1xx"):
                call(c, stream, IDLE if situation == "idle" else GONE)
            c.end()
        c = Conversation(book, f"{role}: {situation}, asked for", role, about=about)
        stream = build(c)
        c.query("local_window", stream).query("remote_window", stream).query("stream_state", stream)
        c.query("closed_by", stream).query("open_inbound_streams").query("open_outbound_streams")
        c.query("stream_state", stream).query("closed_by", stream).query("next_stream_id").end()


def server(book):
    every(book, "server", SERVER)
    identifiers(book)
    lives(book)


def client(book):
    every(book, "client", CLIENT)
    pushes(book)


def identifiers(book):
    about = "RFC 9113 section 5.1.1"
    c = Conversation(book, "server: identifiers that fall", about=about)
    c.request(5, end=True).request(7, end=True).request(3, end=True).end()
    c = Conversation(book, "server: an even identifier", about=about)
    c.request(2, end=True).end()
    c = Conversation(book, "client: a request on an odd identifier", "client", about=about)
    c.request(7, end=True).end()
    c = Conversation(book, "client: a request from a server", "client", about="as h2: taken for a request")
    c.request(2, end=True).send_response(2, end_stream=True).end()
    c = Conversation(book, "server: opens a stream of its own", about="as h2: allowed")
    c.send_request(2, end_stream=True).respond(2, end=True).end()
    c = Conversation(book, "client: identifiers that fall", "client", about=about)
    c.send_request(5, end_stream=True).send_request(3, end_stream=True).send_request(4, end_stream=True).send_request(7, end_stream=True).end()
    c = Conversation(book, "client: identifiers run out", "client", about=about)
    c.query("next_stream_id").send_request(0x7ffffffd, end_stream=True).query("next_stream_id")
    c.send_request(0x7fffffff, end_stream=True).query("next_stream_id").end()
    c = Conversation(book, "server: identifiers for promises", about=about)
    c.query("next_stream_id").request(1, end=True).call("push_stream", 1, 2, headers=REQUEST).query("next_stream_id")
    c.call("push_stream", 1, 2, headers=REQUEST).call("push_stream", 1, 3, headers=REQUEST).call("push_stream", 1, 10, headers=REQUEST)
    c.query("next_stream_id").end()


def lives(book):
    about = "RFC 9113 section 8.1"
    c = Conversation(book, "server: a request, its body and trailers, answered whole", about=about)
    c.request(1).send_response(1, INFORMATIONAL).recv(wire.data(1, b"one"), wire.data(1, b"two", pad=10))
    c.send_response(1).call("send_data", 1, data=b"body").recv(wire.headers(1, c.block(TRAILERS), end=True))
    c.call("send_data", 1, data=b"more", pad=0).send_response(1, TRAILERS, end_stream=True).end()
    c = Conversation(book, "server: DATA before the response", about="as h2: allowed")
    c.request(1, end=True).call("send_data", 1, data=b"early").send_response(1).call("end_stream", 1).end()
    c = Conversation(book, "server: 1xx after the response", about=about)
    c.request(1, end=True).send_response(1).send_response(1, INFORMATIONAL).end()
    c = Conversation(book, "server: three blocks", about=about)
    c.request(1, end=True).send_response(1).send_response(1, TRAILERS, True).send_response(1, TRAILERS, True).end()
    for peer_ends in (True, False):
        c = Conversation(book, f"server: thirty requests, {'ended' if peer_ends else 'reset'}, and what is remembered", about=about)
        for i in range(30):
            c.request(2 * i + 1, end=True)
            if peer_ends:
                c.send_response(2 * i + 1, end_stream=True)
            else:
                c.recv(wire.rst_stream(2 * i + 1))
        for stream in (1, 27, 57, 59):
            c.query("stream_state", stream).query("closed_by", stream)
        c.query("open_inbound_streams").recv(wire.data(5, b"late"), wire.window_update(7, 5), wire.rst_stream(9))
        c.recv(wire.headers(11, c.block(REQUEST), end=True)).end()
    concurrency(book)


def concurrency(book):
    about = "RFC 9113 section 5.1.2"
    c = Conversation(book, "server: as many streams as allowed, and one more", about=about, settings=[(3, 2)])
    c.request(1).request(3, end=True).query("open_inbound_streams").request(5, end=True).end()
    c = Conversation(book, "server: a stream that ended makes room", about=about, settings=[(3, 2)])
    c.request(1).request(3, end=True).send_response(3, end_stream=True).query("open_inbound_streams").request(5, end=True)
    c.query("open_inbound_streams").end()
    c = Conversation(book, "server: no stream is allowed", about=about, settings=[(3, 0)])
    c.request(1, end=True).end()
    c = Conversation(book, "server: one stream too many on an identifier that is closed", about=about, settings=[(3, 1)])
    c.request(1, end=True).send_response(1, end_stream=True).query("open_inbound_streams").request(3)
    c.request(1, end=True).end()
    c = Conversation(book, "server: MAX_CONCURRENT_STREAMS falls below what is open", about=about)
    c.request(1).request(3).call("update_settings", settings=[(3, 1)]).recv(wire.settings_ack())
    c.recv(wire.data(1, b"fine"), wire.headers(3, c.block(TRAILERS), end=True)).request(5).end()
    c = Conversation(book, "client: as many streams as allowed, and one more", "client", about=about)
    c.recv(wire.settings((3, 2))).send_request(1).send_request(3, end_stream=True).query("open_outbound_streams")
    c.send_request(5, end_stream=True).respond(3, end=True).send_request(5, end_stream=True).query("open_outbound_streams").end()
    c = Conversation(book, "client: no stream is allowed", "client", about=about)
    c.recv(wire.settings((3, 0))).send_request(1, end_stream=True).end()
    c = Conversation(book, "server: a hundred and one streams", about=about)
    for i in range(101):
        if not c.failed:
            c.request(2 * i + 1, end=True)
    c.end()
    c = Conversation(book, "client: promised streams that answer are counted", "client", about=about, settings=[(3, 1), (2, 1)])
    c.send_request(1, end_stream=True).recv(wire.push_promise(1, 2, c.block(REQUEST)), wire.push_promise(1, 4, c.block(REQUEST)))
    c.query("open_inbound_streams").respond(2).query("open_inbound_streams").respond(4).query("open_inbound_streams").end()


def pushes(book):
    about = "RFC 9113 section 8.4"
    c = Conversation(book, "client: a promise and its answer", "client", about=about)
    c.send_request(1, end_stream=True).recv(wire.push_promise(1, 2, c.block(REQUEST)))
    c.respond(2).recv(wire.data(2, b"pushed"), wire.headers(2, c.block(TRAILERS), end=True)).respond(1, end=True).end()
    c = Conversation(book, "client: a promise after push was switched off", "client", about=about)
    c.send_request(1, end_stream=True).call("update_settings", settings=[(2, 0)])
    c.recv(wire.push_promise(1, 2, c.block(REQUEST))).recv(wire.settings_ack()).recv(wire.push_promise(1, 4, c.block(REQUEST))).end()
    c = Conversation(book, "client: a promise without push from the start", "client", about=about, settings=[(2, 0)])
    c.send_request(1, end_stream=True).recv(wire.push_promise(1, 2, c.block(REQUEST))).end()
    c = Conversation(book, "server: a promise from a client", about=about)
    c.request(1).recv(wire.push_promise(1, 2, c.block(REQUEST))).end()
    for parent in (2, 3, 5):
        c = Conversation(book, f"client: a promise on stream {parent}", "client", about=about)
        c.send_request(3).recv(wire.push_promise(3, 2, c.block(REQUEST))).respond(2)
        c.recv(wire.push_promise(parent, 4, c.block(REQUEST))).end()
    for promised in (2, 4, 6):
        c = Conversation(book, f"client: stream {promised} promised after 4", "client", about=about)
        c.send_request(1).recv(wire.push_promise(1, 4, c.block(REQUEST))).recv(wire.push_promise(1, promised, c.block(REQUEST))).end()
    c = Conversation(book, "client: a promise of a stream that was reset", "client", about=about)
    c.send_request(1).recv(wire.push_promise(1, 4, c.block(REQUEST))).call("reset_stream", 4, 8)
    c.recv(wire.push_promise(1, 4, c.block(REQUEST))).end()
    c = Conversation(book, "client: a promise on a stream that was reset and forgotten", "client", about=about)
    c.send_request(1).call("reset_stream", 1, 8).query("open_outbound_streams")
    c.recv(wire.push_promise(1, 2, c.block(REQUEST))).respond(2).end()
    c = Conversation(book, "client: DATA on a promised stream before its answer", "client", about=about)
    c.send_request(1).recv(wire.push_promise(1, 2, c.block(REQUEST)), wire.data(2, b"x")).end()
    c = Conversation(book, "server: promises to a client that wants none", about=about)
    c.recv(wire.settings((2, 0))).request(1, end=True).call("push_stream", 1, 2, headers=REQUEST).end()
    c = Conversation(book, "server: a promise, its answer and its end", about=about)
    c.request(1, end=True).call("push_stream", 1, 2, headers=REQUEST).send_response(2).call("send_data", 2, data=b"x", end_stream=True)
    c.send_response(1, end_stream=True).end()
    c = Conversation(book, "server: a promise on a promise", about=about)
    c.request(1, end=True).call("push_stream", 1, 2, headers=REQUEST).call("push_stream", 2, 4, headers=REQUEST).end()
    c = Conversation(book, "server: a refused promise closes the stream it is made on, which is forgotten", about=about)
    c.request(1).send_response(1, end_stream=True).call("push_stream", 1, 2, headers=REQUEST)
    purge(c)
    c.send_response(1).end()
    c = Conversation(book, "server: HEADERS on a promised stream close it and the connection, and it is forgotten", about=about)
    c.request(1, end=True).call("push_stream", 1, 2, headers=REQUEST).recv(wire.headers(2, c.block(REQUEST)))
    c.query("local_window", 2)
    purge(c)
    c.query("local_window", 2).end()
    c = Conversation(book, "server: a refused promise keeps its identifier", about=about)
    c.request(1, end=True).call("push_stream", 1, 2, headers=REQUEST[1:]).call("push_stream", 1, 4, headers=REQUEST)
    c.query("next_stream_id").end()
