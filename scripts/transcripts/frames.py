"""Frames: syntax, padding, lengths, identifiers, header blocks in pieces, prefaces."""
from . import wire
from .recorder import INFORMATIONAL, POST, REQUEST, RESPONSE, TRAILERS, Conversation

SYNTAX = "RFC 9113 section 6: the syntax of payloads"
BLOCKS = "RFC 9113 section 4.3: field blocks in pieces"


def opened(book, name, role, **more):
    """Stream 1 is open: the peer may send a body."""
    c = Conversation(book, name, role, **more)
    if role == "server":
        c.request(1)
    else:
        c.send_request(1, end_stream=False)
        c.respond(1)
    return c


def one(book, name, role, *chunks, about=SYNTAX, **more):
    opened(book, name, role, about=about, **more).recv(*chunks).end()


def syntax(book):
    for role in ("server", "client"):
        wrong_streams(book, role)
        wrong_lengths(book, role)
        padding(book, role)
        reserved_bits(book, role)
        sizes(book, role)
        legal(book, role)
    prefaces(book)


def wrong_streams(book, role):
    block = wire.literal(b"a", b"b")
    for kind, payload in (("DATA", b"x"), ("HEADERS", block), ("PRIORITY", bytes(5)), ("RST_STREAM", bytes(4)),
                          ("PUSH_PROMISE", wire.u32(2) + block), ("CONTINUATION", block)):
        one(book, f"{role}: {kind} on stream 0", role, wire.frame(kind, wire.END_HEADERS, 0, payload))
    for kind, payload in (("SETTINGS", b""), ("PING", bytes(8)), ("GOAWAY", bytes(8))):
        one(book, f"{role}: {kind} on stream 1", role, wire.frame(kind, 0, 1, payload))
    one(book, f"{role}: SETTINGS ACK on stream 1", role, wire.frame("SETTINGS", wire.ACK, 1))


def wrong_lengths(book, role):
    cases = [("PRIORITY", 0, 1, n) for n in (0, 1, 4, 6)] + [("RST_STREAM", 0, 1, n) for n in (0, 3, 5)]
    cases += [("SETTINGS", 0, 0, n) for n in (1, 5, 7, 11)] + [("SETTINGS", wire.ACK, 0, n) for n in (1, 6, 12)]
    cases += [("PING", 0, 0, n) for n in (0, 7, 9)] + [("PING", wire.ACK, 0, n) for n in (7, 9)]
    cases += [("GOAWAY", 0, 0, n) for n in (0, 4, 7)] + [("WINDOW_UPDATE", 0, s, n) for s in (0, 1) for n in (0, 3, 5)]
    cases += [("ALTSVC", 0, 0, n) for n in (0, 1)]
    for kind, flags, stream, size in cases:
        name = f"{role}: {kind}{' ACK' if flags else ''} of {size} octets on stream {stream}"
        one(book, name, role, wire.frame(kind, flags, stream, b"\x01" * size))
    one(book, f"{role}: ALTSVC whose origin is longer than the frame", role,
        wire.frame("ALTSVC", 0, 0, b"\x00\x05abc"))
    for size in range(5):
        one(book, f"{role}: HEADERS with PRIORITY and {size} octets", role,
            wire.frame("HEADERS", wire.END_HEADERS | wire.PRIORITY, 3, b"\x01" * size))
        one(book, f"{role}: HEADERS with PRIORITY, PADDED and {size} octets more", role,
            wire.frame("HEADERS", wire.END_HEADERS | wire.PRIORITY | wire.PADDED, 3, b"\x00" + b"\x01" * size))
    for size in range(4):
        one(book, f"{role}: PUSH_PROMISE of {size} octets", role,
            wire.frame("PUSH_PROMISE", wire.END_HEADERS, 1, b"\x02" * size))
        one(book, f"{role}: PUSH_PROMISE with PADDED and {size} octets more", role,
            wire.frame("PUSH_PROMISE", wire.END_HEADERS | wire.PADDED, 1, b"\x00" + b"\x02" * size))
    for promised in (0, 1, 3):
        one(book, f"{role}: PUSH_PROMISE of stream {promised}", role, wire.push_promise(1, promised, b"\x82"))
    for stream in (0, 1, 3):
        one(book, f"{role}: WINDOW_UPDATE of 0 on stream {stream}", role, wire.window_update(stream, 0))


def padding(book, role):
    for kind in ("DATA", "HEADERS", "PUSH_PROMISE"):
        one(book, f"{role}: {kind} PADDED and empty", role,
            wire.frame(kind, wire.END_HEADERS * (kind != "DATA") | wire.PADDED, 1))
    for payload, pad in ((b"", 0), (b"", 1), (b"abc", 0), (b"abc", 3), (b"abc", 4), (b"abc", 255), (b"", 255)):
        whole = bytes([pad]) + payload
        one(book, f"{role}: DATA with {len(payload)} octets that ends before its padding of {pad}", role,
            wire.frame("DATA", wire.PADDED, 1, whole))
        one(book, f"{role}: DATA with {len(payload)} octets and padding of {pad}", role,
            wire.data(1, payload, end=pad == 3, pad=pad))
    one(book, f"{role}: DATA with padding that is not zero", role,
        wire.frame("DATA", wire.PADDED, 1, b"\x03abc\x01\x02\x03"))
    for pad in (0, 1, 7, 255):
        c = opened(book, f"{role}: HEADERS with padding of {pad}", role, about=SYNTAX)
        c.recv(wire.headers(1, c.block(TRAILERS), end=True, pad=pad)).end()
        c = opened(book, f"{role}: HEADERS with priority and padding of {pad}", role, about=SYNTAX)
        c.recv(wire.headers(1, c.block(TRAILERS), end=True, pad=pad, priority=(0, 7, False))).end()
    block = wire.literal(b"a", b"b")
    for pad in (len(block) - 1, len(block), len(block) + 1, len(block) + 6):
        one(book, f"{role}: HEADERS whose padding of {pad} reaches into {len(block)} octets", role,
            wire.frame("HEADERS", wire.END_STREAM | wire.END_HEADERS | wire.PADDED, 1, bytes([pad]) + block))
    for pad in (len(block) + 4, len(block) + 5, len(block) + 6):
        one(book, f"{role}: HEADERS whose padding of {pad} reaches over priority and {len(block)} octets", role,
            wire.frame("HEADERS", wire.END_STREAM | wire.END_HEADERS | wire.PADDED | wire.PRIORITY, 1,
                       bytes([pad]) + wire.priority_octets() + block))
    for pad in (len(block) + 3, len(block) + 4, len(block) + 5):
        one(book, f"{role}: PUSH_PROMISE whose padding of {pad} reaches into {len(block)} octets", role,
            wire.frame("PUSH_PROMISE", wire.END_HEADERS | wire.PADDED, 1, bytes([pad]) + wire.u32(2) + block))


def reserved_bits(book, role):
    top = 0x80000000
    c = opened(book, f"{role}: reserved bits of stream identifiers are ignored", role,
               about="RFC 9113 section 4.1: the reserved bit MUST be ignored")
    c.recv(wire.data(top | 1, b"abc"), wire.window_update(top | 1, 5), wire.window_update(top, 6),
           wire.frame("PING", 0, top, b"12345678"), wire.frame("SETTINGS", 0, top),
           wire.priority(top | 1, 3), wire.rst_stream(top | 1)).end()
    c = opened(book, f"{role}: reserved bits of WINDOW_UPDATE and GOAWAY are ignored", role, about=SYNTAX)
    c.recv(wire.frame("WINDOW_UPDATE", 0, 1, wire.u32(top | 9)), wire.frame("GOAWAY", 0, 0, wire.u32(top | 1, 0))).end()
    one(book, f"{role}: WINDOW_UPDATE of the reserved bit alone", role,
        wire.frame("WINDOW_UPDATE", 0, 1, wire.u32(top)))
    c = opened(book, f"{role}: unknown flags are ignored", role, about="RFC 9113 section 4.1: unknown flags")
    c.recv(wire.frame("DATA", 0xf6, 1, b"abc"), wire.frame("RST_STREAM", 0xff, 3, wire.u32(1)),
           wire.frame("PING", 0xfe, 0, b"abcdefgh"), wire.frame("PRIORITY", 0xff, 1, bytes(5)),
           wire.frame("WINDOW_UPDATE", 0xff, 0, wire.u32(1)), wire.frame("SETTINGS", 0xfe, 0, b""),
           wire.headers(1, c.block(TRAILERS), end=True)[:4] + b"\x95" +
           wire.headers(1, c.block(TRAILERS), end=True)[5:]).end()


def sizes(book, role):
    limit = 16384
    one(book, f"{role}: DATA of the greatest size", role, wire.data(1, bytes(limit)))
    one(book, f"{role}: DATA above the greatest size", role, wire.data(1, bytes(limit + 1)))
    one(book, f"{role}: unknown frame of the greatest size", role, wire.frame(0xbb, 0, 1, bytes(limit)))
    one(book, f"{role}: unknown frame above the greatest size", role, wire.frame(0xbb, 0, 1, bytes(limit + 1)))
    for kind, stream in (("HEADERS", 3), ("SETTINGS", 0), ("PING", 0), ("GOAWAY", 0)):
        one(book, f"{role}: {kind} above the greatest size", role, wire.frame(kind, 4, stream, bytes(limit + 1)))
    one(book, f"{role}: SETTINGS of the greatest size", role, wire.frame("SETTINGS", 0, 0, b"\xaa" * 16380))
    one(book, f"{role}: GOAWAY of the greatest size", role, wire.goaway(0, 2, bytes(limit - 8)))
    c = opened(book, f"{role}: a greater MAX_FRAME_SIZE holds once acknowledged", role, about="RFC 9113 section 4.2")
    c.call("update_settings", settings=[(5, 20000)])
    c.recv(wire.settings_ack()).query("max_inbound_frame_size").recv(wire.data(1, bytes(20000)))
    c.recv(wire.data(1, bytes(20001))).end()
    c = opened(book, f"{role}: a greater MAX_FRAME_SIZE does not hold before", role, about="RFC 9113 section 4.2")
    c.call("update_settings", settings=[(5, 20000)])
    c.query("max_inbound_frame_size").recv(wire.data(1, bytes(16385))).end()


def legal(book, role):
    c = opened(book, f"{role}: every frame once", role, about="RFC 9113 section 6")
    c.recv(wire.data(1, b"abc"), wire.data(1, b""), wire.priority(1, 3, 256, True), wire.priority(7, 0, 1),
           wire.settings((3, 10)), wire.settings_ack(), wire.ping(), wire.ping(b"12345678", ack=True),
           wire.window_update(0, 1), wire.window_update(1, 0x7fff0000 - 1), wire.altsvc(0, b"example.com", b"h2=\":8000\""),
           wire.altsvc(1, b"", b"h2=\":8000\""), wire.frame(0xfa, 0x5a, 1, b"unknown"), wire.frame(0x10, 0, 0, b""),
           wire.data(1, b"end", end=True), wire.goaway(1, 0, b"bye")).end()
    c = opened(book, f"{role}: the same setting twice in a frame", role, about=SYNTAX)
    c.recv(wire.settings((4, 1), (3, 7), (4, 99999), (3, 8))).query("remote_setting", 4).query("remote_setting", 3).end()
    c = opened(book, f"{role}: error codes that have no name", role, about="RFC 9113 section 7")
    c.recv(wire.rst_stream(1, 0xdeadbeef), wire.goaway(0x7fffffff, 0xffffffff, b"\x00\xff")).end()
    c = opened(book, f"{role}: unknown frames", role, about="RFC 9113 section 5.5")
    c.recv(*(wire.frame(t, 0xff, s, bytes(n)) for t in (0x0b, 0x0c, 0x10, 0x7f, 0xff) for s, n in ((0, 0), (1, 3), (99, 40))))
    c.end()
    c = opened(book, f"{role}: empty input", role)
    c.recv(b"").recv(wire.ping()).recv(b"").end()


def prefaces(book):
    about = "RFC 9113 section 3.4"
    for name, bad in (("of another first octet", b"GET / HTTP/1.1\r\n\r\n"), ("of HTTP/1.1", b"PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n"),
                      ("wrong in its last octet", wire.PREFACE[:-1] + b"x")):
        Conversation(book, f"server: a preface {name}", about=about, begin=False).recv(bad).end()
    c = Conversation(book, "server: a good preface after a bad one", about=about, begin=False)
    c.recv(b"GET / HTTP/1.1").recv(wire.PREFACE, wire.settings(), wire.ping()).end()
    c = Conversation(book, "server: a preface in pieces", about=about, begin=False)
    c.recv(wire.PREFACE[:5]).recv(wire.PREFACE[5:20]).recv(wire.PREFACE[20:], wire.settings()).end()
    c = Conversation(book, "server: only a preface", about=about, begin=False)
    c.recv(wire.PREFACE).end()
    c = Conversation(book, "server: a frame before any SETTINGS", about=about, begin=False)
    c.recv(wire.PREFACE, wire.ping()).end()
    c = Conversation(book, "server: it never began itself, and answers", about="h2: nothing asks a server to begin", begin=False)
    c.recv(wire.PREFACE, wire.settings((4, 5))).request(1, end=True).send_response(1, end_stream=True).end()
    c = Conversation(book, "client: a client's preface is a frame too long to come", "client", about=about, begin=False)
    c.recv(wire.PREFACE).end()
    c = Conversation(book, "client: begun twice", "client", about="h2: nothing counts the beginnings", begin=False)
    c.call("initiate_connection").call("initiate_connection").end()
    c = Conversation(book, "client: a frame before any SETTINGS", "client", about=about, begin=False)
    c.call("initiate_connection").recv(wire.ping()).end()


def cut(block, parts):
    size = max(1, len(block) // parts)
    return [block[i * size:(i + 1) * size if i < parts - 1 else len(block)] for i in range(parts)]


def in_pieces(stream, block, parts, end=False, priority=None, pad=None):
    first, *rest = cut(block, parts)
    out = [wire.headers(stream, first, end=end, end_headers=not rest, priority=priority, pad=pad)]
    return out + [wire.continuation(stream, part, i == len(rest) - 1) for i, part in enumerate(rest)]


def blocks(book):
    for parts in (2, 3, 10):
        c = Conversation(book, f"server: a request in {parts} frames", about=BLOCKS)
        c.recv(*in_pieces(1, c.block(REQUEST), parts, end=True)).end()
        c = Conversation(book, f"server: trailers in {parts} frames", about=BLOCKS)
        c.request(1).recv(*in_pieces(1, c.block(TRAILERS * 5), parts, end=True)).end()
        c = Conversation(book, f"client: a response in {parts} frames", "client", about=BLOCKS)
        c.send_request(1, end_stream=True).recv(*in_pieces(1, c.block(INFORMATIONAL), parts))
        c.recv(*in_pieces(1, c.block(RESPONSE), parts, end=parts == 3)).end()
    c = Conversation(book, "server: a request in frames with priority and padding", about=BLOCKS)
    c.recv(*in_pieces(1, c.block(REQUEST), 3, end=True, priority=(0, 99, True), pad=9)).end()
    c = Conversation(book, "server: empty fragments", about=BLOCKS)
    c.recv(wire.headers(1, b"", end_headers=False), wire.continuation(1, b"", False),
           wire.continuation(1, c.block(REQUEST), False), wire.continuation(1, b"")).end()
    c = Conversation(book, "server: END_STREAM on CONTINUATION means nothing", about=BLOCKS)
    c.recv(wire.headers(1, c.block(POST), end_headers=False), wire.frame("CONTINUATION", 0x5, 1, b""))
    c.recv(wire.data(1, b"abc", end=True)).end()
    c = Conversation(book, "client: a promise in frames", "client", about=BLOCKS)
    block = c.send_request(1, end_stream=True).block(REQUEST)
    c.recv(wire.push_promise(1, 2, block[:3], end_headers=False), wire.continuation(1, block[3:5], False),
           wire.continuation(1, block[5:])).end()
    count_frames(book)
    interrupted(book)


def count_frames(book):
    for more in (62, 63, 64):
        c = Conversation(book, f"server: a request in 1 and {more} frames", about="h2: 64 frames at most")
        block = c.block(REQUEST)
        c.recv(wire.headers(1, block, end=True, end_headers=False),
               *(wire.continuation(1, b"", i == more - 1) for i in range(more))).end()
    c = Conversation(book, "client: a response in 1 and 64 frames", "client", about="h2: 64 frames at most")
    c.send_request(1, end_stream=True)
    c.recv(wire.headers(1, c.block(RESPONSE), end_headers=False),
           *(wire.continuation(1, b"", False) for i in range(64))).end()


def interrupted(book):
    others = {
        "DATA": wire.data(1, b"x"), "HEADERS": wire.headers(1, b"\x82"), "HEADERS of another stream": wire.headers(3, b"\x82"),
        "PRIORITY": wire.priority(1), "RST_STREAM": wire.rst_stream(1), "SETTINGS": wire.settings(),
        "PUSH_PROMISE": wire.push_promise(1, 2, b"\x82"), "PING": wire.ping(), "GOAWAY": wire.goaway(),
        "WINDOW_UPDATE": wire.window_update(0, 1), "ALTSVC": wire.altsvc(0, b"a", b"b"), "unknown": wire.frame(0xee, 0, 0),
        "CONTINUATION of another stream": wire.continuation(3, b""),
    }
    for name, chunk in others.items():
        c = Conversation(book, f"server: a block interrupted by {name}", about="RFC 9113 section 6.10")
        c.recv(wire.headers(1, c.block(REQUEST), end_headers=False), chunk).end()
        c = Conversation(book, f"client: a block interrupted by {name}", "client", about="RFC 9113 section 6.10")
        c.send_request(1, end_stream=True).recv(wire.headers(1, c.block(RESPONSE), end_headers=False),
                                                wire.continuation(1, b"", False), chunk).end()
    c = Conversation(book, "client: a promise interrupted by PING", "client", about="RFC 9113 section 6.10")
    c.send_request(1, end_stream=True).recv(wire.push_promise(1, 2, c.block(REQUEST), end_headers=False), wire.ping()).end()
    for role in ("server", "client"):
        one(book, f"{role}: CONTINUATION without a block", role, wire.continuation(1, b"\x82"), about="RFC 9113 section 6.10")
        one(book, f"{role}: CONTINUATION on an idle stream", role, wire.continuation(9, b"\x82"), about="RFC 9113 section 6.10")
