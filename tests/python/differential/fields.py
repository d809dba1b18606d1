"""Lists of fields: good ones, one bad one for each row of what is checked, and what an exception says of the row."""
import re

from hpack import HeaderTuple, NeverIndexedHeaderTuple

REQUESTS = [
    [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"example.com"), (b":path", b"/")],
    [(b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"example.com"), (b":path", b"/form")],
    [(b":method", b"HEAD"), (b":scheme", b"https"), (b":path", b"/h"), (b"host", b"example.org")],
    [(b":method", b"OPTIONS"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"*"), (b"host", b"a")],
    [(b":method", b"CONNECT"), (b":authority", b"example.com:443")],
    [(b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"https"), (b":authority", b"w"), (b":path", b"/chat")],
    [(b":authority", b""), (b":path", b"x y"), (b":scheme", b"!"), (b":method", b"")],
]
RESPONSES = [
    [(b":status", b"200")], [(b":status", b"204"), (b"server", b"x")], [(b":status", b"404")], [(b":status", b"abc")],
    [(b":status", b"304"), (b"host", b"a"), (b"host", b"b")],
]
INFORMATIONAL = [[(b":status", b"103"), (b"link", b"</a>")], [(b":status", b"100")], [(b":status", b"1abc")]]
TRAILERS = [[(b"checksum", b"abc")], [(b"grpc-status", b"0"), (b"grpc-message", b"")], [(b"te", b"trailers")]]
BASES = {"request": REQUESTS, "response": RESPONSES, "informational": INFORMATIONAL, "trailers": TRAILERS}

EXTRA = [
    (b"accept", b"*/*"), (b"accept", b""), (b"user-agent", b"x/1"), (b"x-a", b"1"), (b"x-a", b"2"), (b"x-b", b"v" * 200),
    (b"cookie", b"a=b"), (b"cookie", b"a=b; c=d; e=f"), (b"cookie", b"0123456789012345678901234"), (b"te", b"trailers"),
    (b"authorization", b"secret"), (b"proxy-authorization", b"secret"), (b"date", b"today"), (b"x-octets", b"\x01\x80\xff"),
    (b"x-utf8", "é".encode()), (b"accept-encoding", b"gzip, deflate"), (b"vary", b"accept"), (b"x-empty", b""),
    (b"ook", b"1"), (b"x-long-name-" * 6, b"1"), HeaderTuple(b"x-tuple", b"1"), NeverIndexedHeaderTuple(b"x-never", b"1"),
    NeverIndexedHeaderTuple(b"accept-encoding", b"gzip, deflate"), (b"cache-control", b"max-age=0"), (b"cookie", b""),
    (b"x-big", b"w" * 5000),
]
OUTBOUND_EXTRA = [
    ("x-text", "text"), ("X-Upper", b"1"), (b" x-blank ", b"\t v \r\n"), (b"connection", b"close"), (b"keep-alive", b"1"),
    ("Cookie", "a=b; c=d"), ("cookie", "0123456789; 0123456789; 0123456789"), (b"transfer-encoding", b"chunked"),
    ("x-latin", "é"), (b"proxy-connection", b"x"), (b"upgrade", b"h2c"), (b"Authorization", b"x"),
]


def without(fields, *names):
    return [f for f in fields if f[0] not in names]


def front(*more):
    return lambda fields: [*more, *fields]


def back(*more):
    return lambda fields: [*fields, *more]


def instead(name, value):
    return lambda fields: [(name, value) if f[0] == name else f for f in fields]


# what to do to a good list, the kinds it is done to, and whether only received lists are checked for it
ANY = ("request", "response", "informational", "trailers")
HEADS = ("request", "response", "informational")
BAD = [
    (back((b"X-Upper", b"1")), ANY, True), (back((b"x y", b"1")), ANY, True), (back((b"x\x7f", b"1")), ANY, True),
    (back((b"x\xc3\xa9", b"1")), ANY, True), (back((b"x:y", b"1")), ANY, True), (back((b"x", b"a\nb")), ANY, True),
    (back((b"x", b"a\x00")), ANY, True), (back((b"x", b"\ra")), ANY, True), (back((b"x", b" a")), ANY, True),
    (back((b"x", b"a\t")), ANY, True), (back((b"", b"x")), ANY, True), (back((b"te", b"gzip")), ANY, False),
    (back((b"te", b"TRAILERS")), ANY, False), (back((b"connection", b"close")), ANY, False),
    (back((b"upgrade", b"h2c")), ANY, False), (back((b"keep-alive", b"1")), ANY, False),
    (back((b"proxy-connection", b"1")), ANY, False), (back((b"transfer-encoding", b"chunked")), ANY, False),
    (front((b":path", b"/")), ("request",), False), (front((b":status", b"200")), ("response", "informational"), False),
    (front((b":method", b"GET")), ("request",), False), (front((b":authority", b"a")), ("request",), False),
    (front((b"x", b"y")), HEADS, False), (back((b":status", b"200")), ("request", "trailers"), False),
    (front((b":custom", b"1")), ANY, False), (front((b":", b"1")), ANY, False),
    (back((b"host", b"a"), (b"host", b"a")), ("request",), False), (back((b"host", b"a"), (b"x", b""), (b"host", b"b")), ("request",), False),
    (front((b":status", b"200")), ("trailers",), False), (front((b":path", b"/")), ("trailers",), False),
    (lambda f: without(f, b":status"), ("response",), False), (lambda f: [], ("response", "request"), False),
    (front((b":path", b"/")), ("response", "informational"), False), (front((b":protocol", b"websocket")), ("response",), False),
    (front((b":method", b"GET"), (b":scheme", b"x")), ("response",), False),
    (lambda f: without(f, b":method"), ("request",), False),
    (lambda f: [(b":method", b"CONNECT"), (b":authority", b"a"), (b":path", b"/")], ("request",), False),
    (lambda f: [(b":method", b"CONNECT"), (b":authority", b"a"), (b":scheme", b"https")], ("request",), False),
    (lambda f: without(REQUESTS[5], b":scheme"), ("request",), False),
    (lambda f: without(REQUESTS[5], b":path"), ("request",), False),
    (lambda f: without(REQUESTS[0], b":scheme"), ("request",), False),
    (lambda f: without(REQUESTS[0], b":path"), ("request",), False),
    (front((b":status", b"200")), ("request",), False),
    (lambda f: [(b":protocol", b"websocket"), *REQUESTS[0]], ("request",), False),
    (lambda f: without(REQUESTS[0], b":authority"), ("request",), False),
    (lambda f: [*REQUESTS[0], (b"host", b"other")], ("request",), False),
    (instead(b":path", b""), ("request",), False),
]
LENGTHS = [b"0", b"3", b"5", b"03", b"", b"+1", b"-1", b"1_0", b"x", b"10", b"9" * 18, b"\xb2"]

# Section 8 of H2-BEHAVIOUR.md, row by row: what the exception says.
ROWS = [(name, re.compile(pattern)) for name, pattern in (
    ("1 upper-case name", "Received uppercase header name"),
    ("1 colon in name", "Illegal character ':' in header name"),
    ("1 octet in name", "Illegal character .* in header name"),
    ("1 octet in value", "Illegal character .* in header value"),
    ("1 blank around value", "Received header value surrounded by whitespace"),
    ("2 empty name", "Received header name with zero length"),
    ("3 te", "Invalid value for TE header"),
    ("4 connection-specific", "Connection-specific header field present"),
    ("5 pseudo-field twice", "Received duplicate pseudo-header field"),
    ("5 pseudo-field late", "Received pseudo-header field out of sequence"),
    ("5 pseudo-field unknown", "Received custom pseudo-header field"),
    ("6 host twice", "Request header block has multiple Host headers"),
    ("7 pseudo-field in trailers", "Received pseudo-header in trailer"),
    ("7 response without :status", "Header block missing mandatory b':status'"),
    ("7 request's in response", "Encountered request-only headers"),
    ("7 request without :method", "Header block missing mandatory b':method'"),
    ("7 CONNECT with :scheme, :path", "Ordinary CONNECT MUST NOT"),
    ("7 request without :scheme", "Header block missing mandatory b':scheme'"),
    ("7 request without :path", "Header block missing mandatory b':path'"),
    ("7 response's in request", "Encountered response-only headers"),
    ("7 :protocol without CONNECT", "Encountered connect-request-only headers"),
    ("8 no authority", "Request header block does not have an :authority or Host"),
    ("8 authority and host differ", "Request header block has mismatched :authority and Host"),
    ("9 empty :path", "An empty :path header is forbidden"),
)]
INBOUND_ROWS = {name for name, _ in ROWS if name[0] in "12"}


def row_of(text, fields):
    """The row that refused a list."""
    for name, pattern in ROWS:
        if pattern.match(text):
            if name in ("7 request without :scheme", "7 request without :path") and any(f[0] == b":protocol" for f in fields):
                return name.replace("request", "extended CONNECT")
            return name
    return None


def row_names():
    names = []
    for name, _ in ROWS:
        names.append(name)
        if name in ("7 request without :scheme", "7 request without :path"):
            names.append(name.replace("request", "extended CONNECT"))
    return names


# Without what h2 4.1 judges or encodes otherwise: CONNECT, content-length, host, empty values, a name like a part of cookie.
SETTLED = {"request": REQUESTS[:2], "response": RESPONSES[:3], "informational": INFORMATIONAL[:2], "trailers": TRAILERS[:1]}
SETTLED_EXTRA = [f for f in EXTRA if f[0] != b"ook" and f[1]]


def settled(rng, kind):
    """A list that all versions of h2 treat alike."""
    return [*rng.choice(SETTLED[kind]), *(rng.choice(SETTLED_EXTRA) for _ in range(rng.choice((0, 0, 1, 2, 5))))]


def make(rng, kind, bad=False, outbound=False):
    """A list of fields of a kind."""
    fields = list(rng.choice(BASES[kind]))
    for _ in range(rng.choice((0, 0, 1, 2, 5))):
        fields.append(rng.choice(EXTRA if not outbound or rng.random() < 0.7 else OUTBOUND_EXTRA))
    if rng.random() < 0.12:
        fields.append((b"content-length", rng.choice(LENGTHS[:3] if rng.random() < 0.8 else LENGTHS)))
        if rng.random() < 0.3:
            fields.append((b"content-length", rng.choice(LENGTHS)))
    if bad:
        change, kinds, inbound = rng.choice(BAD)
        while kind not in kinds or (inbound and outbound and rng.random() < 0.8):
            change, kinds, inbound = rng.choice(BAD)
        fields = change(fields)
        if rng.random() < 0.1:
            change, kinds, _ = rng.choice(BAD)
            fields = change(fields) if kind in kinds else fields
    return fields
