"""The attacks that a running server can be shown, as octets, and what it must say to each. Knows nothing of libh2 but
the names of its bounds."""

import select
import socket
import ssl
import struct
import time

import rawh2
from rawh2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PRIORITY, RST_STREAM,
                   SETTINGS, WINDOW_UPDATE, frame)

REQUEST = rawh2.header_block([(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"localhost"),
                              (b":path", b"/file")])
BAD = REQUEST + rawh2.header_block([(b"connection", b"close")])
NO_END = (-1, b"the server neither answers nor closes")
CALM, PROTOCOL, SIZE, COMPRESSION, FLOW = 11, 1, 6, 9, 3


def increment(value):
    return struct.pack(">I", value)


def streams(count, *frames):
    """The frames of each of `count` streams; each frame is (kind, flags, payload)."""
    return b"".join(frame(kind, flags, 2 * i + 1, payload) for i in range(count) for kind, flags, payload in frames)


def bomb(name, value, references):
    block = REQUEST + b"\x40" + rawh2.integer(len(name), 7) + name + rawh2.integer(len(value), 7) + value
    block += b"\xbe" * references
    pieces = [block[at:at + 16384] for at in range(0, len(block), 16384)]
    out = frame(HEADERS, END_STREAM | (END_HEADERS if len(pieces) == 1 else 0), 1, pieces[0])
    return out + b"".join(frame(CONTINUATION, END_HEADERS if i == len(pieces) - 1 else 0, 1, piece)
                          for i, piece in enumerate(pieces) if i > 0)


REQUESTED = (HEADERS, END_HEADERS | END_STREAM, REQUEST)
OPENED = (HEADERS, END_HEADERS, REQUEST)

# Row, what, octets, whether the attacker reads, the code of the GOAWAY (None: the connection goes on), its bound.
ATTACKS = (
    ("A1", "HPACK bomb", bomb(b"a", b"v" * 4000, 16000), True, CALM, b"header_list_size"),
    ("A2", "16,000 references to 33 octets", bomb(b"a", b"", 16000), True, CALM, b"header_list_size"),
    ("A5", "CONTINUATION without end", frame(HEADERS, 0, 1, REQUEST) + frame(CONTINUATION, 0, 1, b"\x82" * 16384) * 50,
     True, CALM, b"continuations"),
    ("A6", "CONTINUATION of 0 octets", frame(HEADERS, 0, 1, REQUEST) + frame(CONTINUATION, 0, 1) * 10000, True, CALM,
     b"continuations"),
    ("A7", "PING inside a block", frame(HEADERS, 0, 1, REQUEST) + frame(PING, 0, 0, b"12345678"), True, PROTOCOL, None),
    ("A8", "an integer without end", frame(HEADERS, END_HEADERS, 1, b"\xff" + b"\x80" * 5000), True, COMPRESSION, None),
    ("A10", "16,000 table size updates", frame(HEADERS, END_HEADERS, 1, b"\x20" * 16000), True, COMPRESSION, None),
    ("B1", "PING", frame(PING, 0, 0, b"12345678") * 200_000, False, CALM, b"unsent_replies"),
    ("B2", "SETTINGS", frame(SETTINGS, 0, 0) * 300_000, False, CALM, b"unsent_replies"),
    ("B2", "SETTINGS of 2,730 entries", frame(SETTINGS, 0, 0, b"\x10\x00\x00\x00\x00\x00" * 2730), True, CALM,
     b"settings_entries"),
    ("B4", "rapid reset", streams(5000, REQUESTED, (RST_STREAM, 0, increment(8))), True, CALM, b"resets_burst"),
    ("B5", "bad requests", streams(5000, (HEADERS, END_HEADERS | END_STREAM, BAD)), True, CALM, b"resets_burst"),
    ("B6", "WINDOW_UPDATE of 0 on each request", streams(5000, OPENED, (WINDOW_UPDATE, 0, increment(0))), True, CALM,
     b"resets_burst"),
    ("B6", "PRIORITY of 4 octets on each request", streams(5000, OPENED, (PRIORITY, 0, b"\0\0\0\0")), True, CALM,
     b"resets_burst"),
    ("B7", "DATA of 0 octets", frame(HEADERS, END_HEADERS, 1, REQUEST) + frame(DATA, 0, 1) * 10000, True, CALM,
     b"empty_data"),
    ("B10", "PRIORITY", frame(PRIORITY, 0, 3, b"\0\0\0\1\x10") * 10000, True, CALM, b"priority_per_stream"),
    ("B11", "WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 0, increment(1)) * 200_000, True, None, None),
    ("B12", "the connection's window past 2^31-1", frame(WINDOW_UPDATE, 0, 0, increment(0x7FFFFFFF)), True, FLOW, None),
    ("B16", "unknown frames", frame(0xFA, 0, 0, b"x" * 16000) * 500, True, None, None),
    ("B18", "nine octets of ones", b"\xff" * 9, True, SIZE, None),
)


def goaway_in(octets):
    """The code and debug data of the last GOAWAY among frames, or None."""
    found, at = None, 0
    while at + 9 <= len(octets):
        length = int.from_bytes(octets[at:at + 3], "big")
        if octets[at + 3] == GOAWAY:
            found = int.from_bytes(octets[at + 13:at + 17], "big"), octets[at + 17:at + 9 + length]
        at += 9 + length
    return found


WAITS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def wait(sock, writing, seconds):
    readable = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
    if not readable:
        select.select([sock], [sock] if writing else [], [], seconds)


def read_some(sock, got):
    """False at the end."""
    try:
        octets = sock.recv(65536)
    except WAITS:
        return True
    got += octets
    return bool(octets)


def converse(sock, octets, reads, marker, seconds):
    """Sends as much as the other side takes, reading all the while or only when nothing more is taken, until `marker` comes
    back or the other side closes. What was read; None: neither came in time."""
    view, got, end = memoryview(octets), bytearray(), time.monotonic() + seconds
    sock.setblocking(False)
    try:
        while marker not in got[-70000:]:
            left = end - time.monotonic()
            if left <= 0:
                return None
            if view and not reads:
                # Nothing was taken for a while: the end may wait behind what was not read.
                reads = not select.select([], [sock], [], min(left, seconds / 4))[1]
            else:
                wait(sock, bool(view), left)
            if view:
                try:
                    view = view[sock.send(view[:65536]):]
                except WAITS:
                    pass
            if (reads or not view) and not read_some(sock, got):
                break
    except OSError:
        pass
    return bytes(got)


def attack(server, octets, reads, tls=False, seconds=20):
    """What the server says in the end, its GOAWAY or None; NO_END when it neither answers nor closes."""
    marker = b"\x01marker\x01"
    with socket.create_connection(("127.0.0.1", server.tls_port if tls else server.port), timeout=seconds) as raw:
        if not reads:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with rawh2.TLS.wrap_socket(raw) if tls else raw as sock:
            sock.sendall(rawh2.PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0))
            said = converse(sock, octets + frame(PING, 0, 0, marker), reads, marker, seconds)
    return NO_END if said is None else goaway_in(said)


def as_expected(row, got):
    """Whether the server's last word is that of the table."""
    _, _, _, reads, code, bound = row
    if code is None:
        return got is None
    if reads:
        return got is not None and got[0] == code and (bound is None or got[1] == bound)
    # A peer that does not read may see the connection end before the GOAWAY.
    return got is None or (got[0] == code and got[1] == bound)


def send_all(sock, octets):
    """False when the other side has had enough."""
    try:
        sock.sendall(octets)
        return True
    except OSError:
        return False
