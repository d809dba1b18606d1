"""Fields: validation and normalisation both ways, content-length, HPACK."""
import hpack

from . import wire
from .recorder import INFORMATIONAL, POST, REQUEST, RESPONSE, TRAILERS, Conversation

NEVER = hpack.NeverIndexedHeaderTuple

# A field that comes after those of a good block: what is wrong with it, name, value.
ODD_FIELDS = [
    ("an upper-case name", b"Foo", b"bar"), ("an upper-case letter at the end", b"foO", b"bar"),
    ("a blank in a name", b"a b", b"c"), ("a blank before a name", b" a", b"c"), ("a blank after a name", b"a ", b"c"),
    ("a NUL in a name", b"a\x00b", b"c"), ("a control octet in a name", b"a\x1f", b"c"), ("DEL in a name", b"a\x7f", b"c"),
    ("a high octet in a name", b"caf\xe9", b"c"), ("a colon in a name", b"a:b", b"c"), ("a colon at a name's end", b"a:", b"c"),
    ("a NUL in a value", b"a", b"b\x00c"), ("a CR in a value", b"a", b"b\rc"), ("an LF in a value", b"a", b"b\nc"),
    ("a blank before a value", b"a", b" b"), ("a blank after a value", b"a", b"b "), ("a tab before a value", b"a", b"\tb"),
    ("a tab after a value", b"a", b"b\t"), ("a value of blanks", b"a", b"  "), ("a tab inside a value", b"a", b"b\tc"),
    ("a high octet in a value", b"a", b"caf\xe9"), ("a control octet in a value", b"a", b"b\x01c"),
    ("a vertical tab at a value's end", b"a", b"b\x0b"), ("an empty value", b"a", b""), ("an empty name", b"", b"b"),
    ("an empty name and value", b"", b""), ("punctuation in a name", b"a!#$%&'*+-.^_`|~9", b"b"),
    ("a name that is no token", b"a(b)", b"c"), ("te: trailers", b"te", b"trailers"), ("te: Trailers", b"te", b"Trailers"),
    ("te: gzip", b"te", b"gzip"), ("te: trailers, gzip", b"te", b"trailers, gzip"), ("te without value", b"te", b""),
    ("connection", b"connection", b"close"), ("proxy-connection", b"proxy-connection", b"keep-alive"),
    ("keep-alive", b"keep-alive", b"1"), ("transfer-encoding", b"transfer-encoding", b"chunked"),
    ("upgrade", b"upgrade", b"h2c"), ("a second :method", b":method", b"GET"), ("a late :path", b":path", b"/"),
    ("a late :status", b":status", b"200"), ("an unknown pseudo-field", b":custom", b"x"), ("a lone colon", b":", b"x"),
    ("a late :protocol", b":protocol", b"websocket"), ("host", b"host", b"example.com"),
    ("a host of another value", b"host", b"example.org"),
]

# Whole lists for requests.
ODD_REQUESTS = [
    ("no fields", []), ("no :method", REQUEST[1:]), ("no :scheme", REQUEST[:1] + REQUEST[2:]), ("no :path", REQUEST[:3]),
    ("no :authority", REQUEST[:2] + REQUEST[3:]), ("host instead of :authority", REQUEST[:2] + REQUEST[3:] + [(b"host", b"a")]),
    ("two hosts that are equal", REQUEST + [(b"host", b"example.com")] * 2),
    ("two hosts without :authority", REQUEST[:2] + REQUEST[3:] + [(b"host", b"a"), (b"host", b"a")]),
    (":authority and an equal host", REQUEST + [(b"host", b"example.com")]),
    (":authority and a host in capitals", REQUEST + [(b"host", b"EXAMPLE.com")]),
    ("an empty :path", REQUEST[:3] + [(b":path", b"")]), ("an empty :authority", REQUEST[:2] + [(b":authority", b"")] + REQUEST[3:]),
    ("an empty :method", [(b":method", b"")] + REQUEST[1:]), ("an empty :scheme", REQUEST[:1] + [(b":scheme", b"")] + REQUEST[2:]),
    ("the asterisk form", [(b":method", b"OPTIONS")] + REQUEST[1:3] + [(b":path", b"*")]),
    ("a :path without slash", REQUEST[:3] + [(b":path", b"index.html")]), ("two :path", REQUEST + [(b":path", b"/")]),
    ("two :method at the front", [REQUEST[0]] + REQUEST), ("a field before :path", REQUEST[:3] + [(b"a", b"b")] + REQUEST[3:]),
    ("a :status", REQUEST + [(b":status", b"200")]), (":status at the front", [(b":status", b"200")] + REQUEST),
    (":status of 1xx at the front", [(b":status", b"100")] + REQUEST), ("an unknown pseudo-field", [(b":x", b"y")] + REQUEST),
    ("a method of its own", [(b":method", b"m-search")] + REQUEST[1:]),
    ("user information", REQUEST[:2] + [(b":authority", b"u@example.com")] + REQUEST[3:]),
    ("CONNECT", [(b":method", b"CONNECT"), (b":authority", b"example.com:443")]),
    ("CONNECT with host only", [(b":method", b"CONNECT"), (b"host", b"example.com:443")]),
    ("CONNECT without :authority", [(b":method", b"CONNECT")]),
    ("CONNECT with :path", [(b":method", b"CONNECT"), (b":authority", b"a:1"), (b":path", b"/")]),
    ("CONNECT with :scheme", [(b":method", b"CONNECT"), (b":authority", b"a:1"), (b":scheme", b"https")]),
    ("CONNECT with both", [(b":method", b"CONNECT")] + REQUEST[1:]),
    ("extended CONNECT", [(b":method", b"CONNECT"), (b":protocol", b"websocket")] + REQUEST[1:]),
    ("extended CONNECT without :path", [(b":method", b"CONNECT"), (b":protocol", b"websocket")] + REQUEST[1:3]),
    ("extended CONNECT without :scheme", [(b":method", b"CONNECT"), (b":protocol", b"websocket")] + REQUEST[2:]),
    ("extended CONNECT without :authority", [(b":method", b"CONNECT"), (b":protocol", b"w"), (b":scheme", b"https"), (b":path", b"/")]),
    (":protocol and GET", REQUEST + [(b":protocol", b"websocket")]), ("a method connect", [(b":method", b"connect")] + REQUEST[1:]),
    ("two things wrong, the first speaks", REQUEST + [(b"te", b"gzip"), (b"connection", b"close")]),
    ("two things wrong, a field before a list", REQUEST[1:] + [(b"upgrade", b"h2c")]),
]

ODD_RESPONSES = [
    ("no :status", [(b"server", b"x")]), ("no fields", []), ("two :status", [(b":status", b"200"), (b":status", b"200")]),
    ("a late :status", [(b"server", b"x"), (b":status", b"200")]), (":status abc", [(b":status", b"abc")]),
    (":status 0", [(b":status", b"0")]), (":status 2000", [(b":status", b"2000")]), ("an empty :status", [(b":status", b"")]),
    (":status 204", [(b":status", b"204")]), (":status 304", [(b":status", b"304"), (b"content-length", b"7")]),
    (":method too", [(b":status", b"200"), (b":method", b"GET")]), (":path too", [(b":status", b"200"), (b":path", b"/")]),
    (":scheme too", [(b":status", b"200"), (b":scheme", b"http")]), (":authority too", [(b":status", b"200"), (b":authority", b"a")]),
    (":protocol too", [(b":status", b"200"), (b":protocol", b"a")]), ("two hosts", RESPONSE + [(b"host", b"a"), (b"host", b"b")]),
    ("an unknown pseudo-field", [(b":status", b"200"), (b":a", b"b")]),
]

ODD_INFORMATIONAL = [
    (":status 100", [(b":status", b"100")]), (":status 101", [(b":status", b"101")]), (":status 1", [(b":status", b"1")]),
    (":status 1abc", [(b":status", b"1abc")]), (":status 199 and fields", [(b":status", b"199"), (b"a", b"b")]),
    ("a content-length", [(b":status", b"103"), (b"content-length", b"5")]),
    ("an unknown pseudo-field before", [(b":a", b"b"), (b":status", b"103")]),
    ("a late :status of 1xx", [(b"a", b"b"), (b":status", b"103")]),
]

ODD_TRAILERS = [
    ("no fields", []), (":path", [(b":path", b"/")]), (":status", [(b":status", b"200")]), ("two pseudo-fields", [(b":status", b"200"), (b":path", b"/")]),
    (":status of 1xx", [(b":status", b"100")]), ("a late pseudo-field", TRAILERS + [(b":path", b"/")]), ("a cookie", [(b"cookie", b"a=b")]),
    ("a content-length", [(b"content-length", b"3")]),
]


def inbound(book):
    about = "RFC 9113 section 8.2 and 8.3"
    for what, name, value in ODD_FIELDS:
        Conversation(book, f"server: a request with {what}", about=about).request(1, REQUEST + [(name, value)], end=True).end()
        c = Conversation(book, f"client: a response with {what}", "client", about=about)
        c.send_request(1, end_stream=True).respond(1, RESPONSE + [(name, value)]).end()
        c = Conversation(book, f"server: trailers with {what}", about=about)
        c.request(1).recv(wire.headers(1, c.block(TRAILERS + [(name, value)]), end=True)).end()
        c = Conversation(book, f"client: a 1xx with {what}", "client", about=about)
        c.send_request(1, end_stream=True).respond(1, INFORMATIONAL + [(name, value)]).respond(1).end()
        c = Conversation(book, f"client: a promise with {what}", "client", about=about)
        c.send_request(1, end_stream=True).recv(wire.push_promise(1, 2, c.block(REQUEST + [(name, value)]))).end()
        c = Conversation(book, f"server: no validation, a request with {what}", about=about, validate_inbound_headers=False)
        c.request(1, REQUEST + [(name, value)], end=True).end()
    inbound_lists(book, about)
    cookies(book)


def inbound_lists(book, about):
    for what, fields in ODD_REQUESTS:
        Conversation(book, f"server: a request with {what} (list)", about=about).recv(
            wire.headers(1, hpack.Encoder().encode(fields), end=True)).end()
        c = Conversation(book, f"server: no validation, a request with {what} (list)", about=about, validate_inbound_headers=False)
        c.recv(wire.headers(1, hpack.Encoder().encode(fields), end=True)).end()
        c = Conversation(book, f"client: a promise with {what} (list)", "client", about=about)
        c.send_request(1, end_stream=True).recv(wire.push_promise(1, 2, c.block(fields))).end()
    for what, fields in ODD_RESPONSES:
        c = Conversation(book, f"client: a response with {what} (list)", "client", about=about)
        c.send_request(1, end_stream=True).recv(wire.headers(1, c.block(fields), end=True)).end()
        c = Conversation(book, f"client: no validation, a response with {what} (list)", "client", about=about, validate_inbound_headers=False)
        c.send_request(1, end_stream=True).recv(wire.headers(1, c.block(fields), end=True)).end()
    for what, fields in ODD_INFORMATIONAL:
        for end in (False, True):
            c = Conversation(book, f"client: a 1xx with {what}{' and END_STREAM' * end}", "client", about=about)
            c.send_request(1, end_stream=True).recv(wire.headers(1, c.block(fields), end=end))
            if not c.failed:
                c.respond(1, end=True)
            c.end()
    for what, fields in ODD_TRAILERS:
        for end in (False, True):
            c = Conversation(book, f"server: trailers with {what}{' without END_STREAM' * (not end)}", about=about)
            c.request(1).recv(wire.headers(1, c.block(fields), end=end)).end()
            c = Conversation(book, f"client: trailers with {what}{' without END_STREAM' * (not end)}", "client", about=about)
            c.send_request(1, end_stream=True).respond(1).recv(wire.headers(1, c.block(fields), end=end)).end()
    c = Conversation(book, "server: a 1xx that a client sends", about=about)
    c.request(1).recv(wire.headers(1, c.block(INFORMATIONAL))).end()
    c = Conversation(book, "server: a 1xx that opens a stream", about=about)
    c.recv(wire.headers(1, c.block(INFORMATIONAL))).end()


def cookies(book):
    crumbs = [(b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2"), (b"cookie", b"c=3; d=4"), (b"z", b"")]
    about = "RFC 9113 section 8.2.3: cookies"
    for normalise in (True, False):
        for name, fields in (("none", []), ("one", crumbs[:1]), ("three", crumbs), ("one long", [(b"cookie", b"k=" + b"v" * 60)]),
                             ("an empty one", [(b"cookie", b""), (b"cookie", b"a=b")])):
            c = Conversation(book, f"server: {name} among cookies, {'' if normalise else 'not '}normalised", about=about,
                             normalize_inbound_headers=normalise)
            c.request(1, REQUEST + fields, end=True).end()
        c = Conversation(book, f"client: cookies in a response, {'' if normalise else 'not '}normalised", "client", about=about,
                         normalize_inbound_headers=normalise)
        c.send_request(1, end_stream=True).respond(1, RESPONSE + crumbs).end()
    c = Conversation(book, "server: fields that are never indexed are told", about="RFC 7541 section 7.1.3")
    c.request(1, REQUEST + [NEVER(b"a", b"b"), NEVER(b"cookie", b"c=d")], end=True).end()


def outbound(book):
    about = "RFC 9113 section 8.2 and 8.3, sending"
    for what, name, value in ODD_FIELDS:
        field = [(name, value)]
        for options in ({}, {"normalize_outbound_headers": False}, {"validate_outbound_headers": False},
                        {"normalize_outbound_headers": False, "validate_outbound_headers": False}):
            label = ", ".join("not " + o.split("_")[0] + "d" for o in options) or "as a rule"
            c = Conversation(book, f"client: sends a request with {what}, {label}", "client", about=about, **options)
            c.send_request(1, REQUEST + field, end_stream=True).send_request(3, end_stream=True).end()
        c = Conversation(book, f"server: sends a response and trailers with {what}", about=about)
        c.request(1, end=True).send_response(1, RESPONSE + field).send_response(1, TRAILERS + field, True).end()
    for what, fields in ODD_REQUESTS:
        if not fields:
            continue
        c = Conversation(book, f"client: sends a request with {what}", "client", about=about)
        c.send_request(1, fields, end_stream=True).send_request(3, end_stream=True).end()
        c = Conversation(book, f"server: sends a promise with {what}", about=about)
        c.request(1, end=True).call("push_stream", 1, 2, headers=fields).end()
    for what, fields in ODD_RESPONSES + ODD_INFORMATIONAL:
        if fields:
            c = Conversation(book, f"server: sends a response with {what}", about=about)
            c.request(1, end=True).send_response(1, fields).end()
    for what, fields in ODD_INFORMATIONAL:
        c = Conversation(book, f"server: sends a 1xx with {what} and END_STREAM", about=about)
        c.request(1, end=True).send_response(1, fields, end_stream=True).send_response(1).end()
    for what, fields in ODD_TRAILERS:
        if fields:
            c = Conversation(book, f"server: sends trailers with {what}", about=about)
            c.request(1, end=True).send_response(1).send_response(1, fields, end_stream=True).end()
    outbound_normal(book)


def outbound_normal(book):
    about = "what is done to fields before they are sent"
    secrets = [(b"authorization", b"Basic abc"), (b"proxy-authorization", b"x"), (b"cookie", b"short=1"),
               (b"cookie", b"long=" + b"x" * 20), (b"Cookie", b"exactly=20chars.....")]
    cases = {
        "secrets": REQUEST + secrets,
        "upper case and blanks": REQUEST + [(b"X-Upper", b" \t value \r\n"), (b" x-blank ", b"v"), (b"X", b"\x0b\x0cv\x0b")],
        "connection-specific fields": REQUEST + [(b"Connection", b"close"), (b"keep-alive", b"1"), (b"UPGRADE", b"h2c"),
                                                 (b"transfer-encoding", b"chunked"), (b"proxy-connection", b"x"), (b"a", b"b")],
        "cookies to split": REQUEST + [(b"cookie", b"a=1; b=2;c=3; d=4"), (b"cookie", b"e=" + b"5" * 30 + b"; f=6"), (b"cookie", b"; ; ")],
        "fields never to index": REQUEST + [NEVER(b"a", b"b"), NEVER(b"accept-encoding", b"gzip, deflate"), NEVER(b"a", b"b")],
        "the same fields twice": REQUEST + [(b"a", b"b")] * 3 + [(b"a", b"c")],
    }
    for what, fields in cases.items():
        for options in ({}, {"split_outbound_cookies": True}, {"normalize_outbound_headers": False, "validate_outbound_headers": False},
                        {"normalize_outbound_headers": False, "validate_outbound_headers": False, "split_outbound_cookies": True}):
            label = ", ".join(f"{k} {v}" for k, v in options.items()) or "as a rule"
            c = Conversation(book, f"client: sends {what}, {label}", "client", about=about, **options)
            c.send_request(1, fields).send_request(3, fields, end_stream=True).end()
    c = Conversation(book, "client: a refused list does not reach the encoder", "client", about="as h2, but for the encoder")
    c.send_request(1, REQUEST + [(b"x-1", b"1"), (b"te", b"gzip")]).send_request(3, REQUEST + [(b"x-1", b"1"), (b"x-2", b"2")])
    c.send_request(5, REQUEST + [(b"x-2", b"2"), (b"x-1", b"1")]).end()
    for size in (16370, 16384, 16385, 40000):
        c = Conversation(book, f"client: sends a value of {size} octets", "client", about="RFC 9113 section 4.3")
        c.send_request(1, REQUEST + [(b"big", b"0" * (size * 8 // 5))], end_stream=True).send_request(3).end()
    c = Conversation(book, "server: sends promises and responses of many frames", about="RFC 9113 section 4.3")
    c.request(1, end=True).call("push_stream", 1, 2, headers=REQUEST + [(b"big", b"a" * 50000)])
    c.send_response(1, RESPONSE + [(b"big", b"b" * 60000)]).end()


def content_length(book):
    about = "RFC 9113 section 8.1.1: content-length"
    for value in (b"0", b"3", b"03", b"", b"+3", b"-3", b"3 ", b"0x3", b"1_0", b"3,3", b"3.0", b"\xd9\xa3", b"999999999999999999"):
        for validate in (True, False):
            label = value.decode("latin-1").encode("ascii", "backslashreplace").decode()
            c = Conversation(book, f"server: content-length \"{label}\"{'' if validate else ' without validation'}", about=about,
                             validate_inbound_headers=validate)
            c.request(1, POST + [(b"content-length", value)])
            if not c.failed:
                c.recv(wire.data(1, b"abc", end=True))
            c.end()
    for a, b in ((b"3", b"3"), (b"3", b"03"), (b"3", b"4"), (b"3", b"x"), (b"4", b"3")):
        c = Conversation(book, f"server: content-length {a.decode()} and {b.decode()}", about=about)
        c.request(1, POST + [(b"content-length", a), (b"x", b"y"), (b"content-length", b)])
        if not c.failed:
            c.recv(wire.data(1, b"abc", end=True))
        c.end()
    amounts(book, about)
    other_blocks(book, about)


def amounts(book, about):
    for frames in ((b"abc",), (b"ab",), (b"abcd",), (b"a", b"b", b"c"), (b"a", b"b"), (b"a", b"bcd"), (b"abc", b""), (b"", b"abc"), (b"",)):
        for padded in (None, 4):
            c = Conversation(book, f"server: content-length 3 and DATA of {', '.join(str(len(f)) for f in frames)}{' padded' * bool(padded)}", about=about)
            c.request(1, POST + [(b"content-length", b"3")])
            for i, part in enumerate(frames):
                if not c.failed:
                    c.recv(wire.data(1, part, end=i == len(frames) - 1, pad=padded))
            c.end()
    c = Conversation(book, "server: content-length 3 and trailers after 2", about=about)
    c.request(1, POST + [(b"content-length", b"3")]).recv(wire.data(1, b"ab"), wire.headers(1, c.block(TRAILERS), end=True)).end()
    c = Conversation(book, "server: content-length 3 and END_STREAM on HEADERS", about=about)
    c.request(1, POST + [(b"content-length", b"3")], end=True).end()
    c = Conversation(book, "server: no content-length", about=about)
    c.request(1).recv(wire.data(1, b"abc"), wire.data(1, b"", end=True)).end()
    c = Conversation(book, "server: two streams with lengths of their own", about=about)
    c.request(1, POST + [(b"content-length", b"3")]).request(3, POST + [(b"content-length", b"5")])
    c.recv(wire.data(3, b"12345", end=True), wire.data(1, b"123", end=True)).end()


def other_blocks(book, about):
    c = Conversation(book, "client: content-length of a response", "client", about=about)
    c.send_request(1, end_stream=True).respond(1, RESPONSE + [(b"content-length", b"3")]).recv(wire.data(1, b"abcd")).end()
    c = Conversation(book, "client: content-length of a 1xx is replaced", "client", about=about)
    c.send_request(1, end_stream=True).respond(1, INFORMATIONAL + [(b"content-length", b"1")])
    c.respond(1, RESPONSE + [(b"content-length", b"3")]).recv(wire.data(1, b"abc", end=True)).end()
    c = Conversation(book, "client: content-length of a 1xx is forgotten", "client", about=about)
    c.send_request(1, end_stream=True).respond(1, INFORMATIONAL + [(b"content-length", b"1")])
    c.respond(1).recv(wire.data(1, b"abc", end=True)).end()
    head = [(b":method", b"HEAD"), *REQUEST[1:]]
    for end in (True, False):
        c = Conversation(book, f"client: content-length after HEAD{', DATA' * (not end)}", "client", about=about)
        c.send_request(1, head, end_stream=True).respond(1, RESPONSE + [(b"content-length", b"3")], end=end)
        if not end:
            c.recv(wire.data(1, b"abc", end=True))
        c.end()
    c = Conversation(book, "client: an empty DATA after HEAD", "client", about=about)
    c.send_request(1, head, end_stream=True).respond(1, RESPONSE + [(b"content-length", b"3")]).recv(wire.data(1, b"", end=True)).end()
    c = Conversation(book, "client: content-length that is none after HEAD", "client", about=about)
    c.send_request(1, head, end_stream=True).respond(1, RESPONSE + [(b"content-length", b"x")]).end()
    c = Conversation(book, "server: content-length of HEAD", about=about)
    c.request(1, head + [(b"content-length", b"3")]).recv(wire.data(1, b"abc", end=True)).end()
    c = Conversation(book, "server: a response to HEAD and its content-length", about=about)
    c.request(1, head, end=True).send_response(1, RESPONSE + [(b"content-length", b"3")]).call("send_data", 1, data=b"ab", end_stream=True).end()
    c = Conversation(book, "client: content-length of a promised request means nothing", "client", about=about)
    c.send_request(1, end_stream=True).recv(wire.push_promise(1, 2, c.block(REQUEST + [(b"content-length", b"x")])))
    c.respond(2).recv(wire.data(2, b"abc", end=True)).end()


def raw_block(book, name, block, role="server", **more):
    c = Conversation(book, f"{role}: {name}", role, about="RFC 7541", **more)
    if role == "client":
        c.send_request(1, end_stream=True)
    c.recv(wire.headers(1, block, end=True)).end()


def hpack_rules(book):
    good = hpack.Encoder().encode(REQUEST)
    for name, block in (
            ("index 0", good + b"\x80"), ("index 62 of an empty table", good + b"\xbe"), ("an index far away", good + b"\xff\xff\x7f"),
            ("an index that is cut", good + b"\xff"), ("an endless integer", good + b"\xff" + b"\x80" * 10 + b"\x01"),
            ("an integer of six octets", good + b"\xff\x80\x80\x80\x80\x80\x01"), ("an integer with zeros behind", good + b"\xff\x80\x00"),
            ("a name index 0", good + b"\x10\x00\x00"), ("a name index beyond", good + b"\x7f\x80\x01\x01a"),
            ("a literal that is cut", good + b"\x00\x05abc"), ("a literal without value", good + b"\x00\x01a"),
            ("a value that is cut", good + b"\x00\x01a\x05bc"), ("Huffman with EOS", good + b"\x00\x01a\x84\xff\xff\xff\xff"),
            ("Huffman padded with zeros", good + b"\x00\x01a\x81\x18"), ("Huffman padded too long", good + b"\x00\x01a\x82\x1f\xff"),
            ("Huffman of nothing", good + b"\x00\x01a\x80"), ("Huffman padded with seven ones", good + b"\x00\x01a\x82\xf8\xff"),
            ("a literal indexed, none, never", good + b"\x40\x01a\x01b\x00\x01c\x01d\x10\x01e\x01f\xbe"),
            ("literals by static name", good + b"\x50\x01b\x0f\x01\x01d\x1f\x01\x01f"),
            ("a size update to 0", b"\x20" + good), ("two size updates", b"\x20\x3f\xe1\x1f" + good),
            ("many size updates", b"\x20\x21\x22\x3f\xe1\x1f" + good), ("a size update above the setting", b"\x3f\xe2\x1f" + good),
            ("a size update after a field", good[:1] + b"\x20" + good[1:]), ("a size update alone at the end", good + b"\x20"),
            ("an entry larger than the table", b"\x3f\x01" + good + b"\x40\x01a\x28" + b"x" * 40),
            ("entries that push each other out", b"\x3f\x45" + good + b"\x40\x01a\x01b\x40\x01c\x01d\x40\x01e\x01f\xbe\xbf"),
            ("an entry that was pushed out", b"\x3f\x45" + good + b"\x40\x01a\x01b\x40\x01c\x01d\x40\x01e\x01f\x40\x01g\x01h\xc1")):
        raw_block(book, name, block)
    raw_block(book, "a broken response", b"\x88\x80", "client")
    tables(book)
    oversized(book)
    encoder(book)


def tables(book):
    c = Conversation(book, "server: the table lives from block to block", about="RFC 7541 section 2.3")
    fields = REQUEST + [(b"x-a", b"1"), (b"x-b", b"2" * 50)]
    for stream in (1, 3, 5):
        c.request(stream, fields, end=True)
    c.end()
    c = Conversation(book, "server: a smaller table must be followed", about="RFC 7541 section 4.2")
    c.call("update_settings", settings=[(1, 100)]).recv(wire.settings_ack())
    c.peer.header_table_size = 100
    c.request(1, end=True).request(3, REQUEST + [(b"x", b"y")], end=True).end()
    c = Conversation(book, "server: a smaller table is not followed", about="RFC 7541 section 4.2")
    c.call("update_settings", settings=[(1, 100)]).recv(wire.settings_ack()).request(1, end=True).end()
    c = Conversation(book, "server: a smaller table before it is acknowledged", about="RFC 7541 section 4.2")
    c.call("update_settings", settings=[(1, 100)]).request(1, end=True).end()
    c = Conversation(book, "server: a greater table", about="RFC 7541 section 4.2")
    c.call("update_settings", settings=[(1, 8192)]).recv(wire.settings_ack())
    c.peer.header_table_size = 8192
    many = REQUEST + [(b"x-%d" % i, b"v" * 60) for i in range(60)]
    c.request(1, many, end=True).request(3, many, end=True).end()
    c = Conversation(book, "client: the table is kept in step on streams that are closed", "client", about="RFC 9113 section 4.3")
    c.send_request(1, end_stream=True).call("reset_stream", 1, 8).respond(1, RESPONSE + [(b"x-a", b"1")])
    c.send_request(3, end_stream=True).respond(3, RESPONSE + [(b"x-a", b"1")], end=True).end()


def oversized(book):
    for count, size in ((15, 4000), (17, 4000), (1, 65000), (1, 65600), (2, 40000)):
        c = Conversation(book, f"server: a list of {count} fields of {size} octets", about="RFC 9113 section 10.5.1")
        block = hpack.Encoder().encode(REQUEST, huffman=False) + b"\x00\x01a" + wire.length(size) + b"v" * size
        block += (b"\x00\x01a" + wire.length(size) + b"v" * size) * (count - 1)
        parts = [block[i:i + 16000] for i in range(0, len(block), 16000)]
        c.recv(wire.headers(1, parts[0], end=True, end_headers=len(parts) == 1),
               *(wire.continuation(1, p, i == len(parts) - 2) for i, p in enumerate(parts[1:]))).end()
    c = Conversation(book, "server: a bomb of references", about="CVE-2016-6581")
    c.recv(wire.headers(1, hpack.Encoder().encode(REQUEST) + b"\x40\x01a" + wire.length(3000) + b"v" * 3000 + b"\xbe" * 30, end=True)).end()
    c = Conversation(book, "server: a smaller MAX_HEADER_LIST_SIZE", about="RFC 9113 section 6.5.2")
    c.call("update_settings", settings=[(6, 200)]).request(1, REQUEST + [(b"a", b"b" * 100)], end=True)
    c.recv(wire.settings_ack()).request(3, end=True).request(5, REQUEST + [(b"a", b"b" * 100)], end=True).end()


def encoder(book):
    about = "RFC 7541: how h2 encodes"
    for size in (0, 50, 100, 4096, 8192):
        c = Conversation(book, f"client: the peer's table of {size} octets", "client", about=about)
        c.send_request(1, REQUEST + [(b"x-a", b"1")], end_stream=True).recv(wire.settings((1, size)))
        c.send_request(3, REQUEST + [(b"x-a", b"1")], end_stream=True).send_request(5, REQUEST + [(b"x-a", b"1")], end_stream=True).end()
    c = Conversation(book, "client: the peer's table shrinks and grows", "client", about=about)
    c.send_request(1, REQUEST + [(b"x-a", b"1")], end_stream=True).recv(wire.settings((1, 0)), wire.settings((1, 300)))
    c.send_request(3, REQUEST + [(b"x-a", b"1")], end_stream=True).recv(wire.settings((1, 4096)))
    c.send_request(5, REQUEST + [(b"x-a", b"1")], end_stream=True).end()
    c = Conversation(book, "client: the encoder's search", "client", about=about)
    fields = [(b"accept-encoding", b"gzip, deflate"), (b"accept-encoding", b"gzip"), (b"accept", b""), (b"new", b""), (b"new", b"x"),
              (b"new", b""), (b":path", b"/index.html"), (b"cache-control", b"max-age=0"), (b"cache-control", b"max-age=0")]
    c2 = REQUEST[:3] + [(b":path", b"/index.html")] + [f for f in fields if not f[0].startswith(b":")]
    c.send_request(1, c2, end_stream=True).send_request(3, c2, end_stream=True).send_request(5, REQUEST + [(b"new", b"z")]).end()
    c = Conversation(book, "client: the table fills and turns over", "client", about=about)
    for i in range(30):
        c.send_request(2 * i + 1, REQUEST + [(b"x-%d" % (i % 20), bytes([97 + i % 26]) * 150), (b"x-keep", b"1")], end_stream=True)
    c.end()
    c = Conversation(book, "client: an entry larger than the table empties it", "client", about=about)
    c.send_request(1, REQUEST + [(b"a", b"b")], end_stream=True).send_request(3, REQUEST + [(b"big", b"v" * 4100)], end_stream=True)
    c.send_request(5, REQUEST + [(b"a", b"b")], end_stream=True).end()
    c = Conversation(book, "client: every octet in a value", "client", about=about, normalize_outbound_headers=False)
    c.send_request(1, REQUEST + [(b"a", bytes(range(256)))], end_stream=True).end()
