"""Frames as octets, written by hand."""
import struct

from hpack import Encoder

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, ALTSVC = range(11)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 1, 1, 4, 8, 32

REQUEST = [(":method", "GET"), (":scheme", "https"), (":authority", "example.com"), (":path", "/")]
RESPONSE = [(":status", "200"), ("server", "libh2")]


def frame(kind, stream, payload=b"", flags=0):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def headers(stream, fields, flags=END_HEADERS, prefix=b"", encoder=None):
    return frame(HEADERS, stream, prefix + (encoder or Encoder()).encode(fields), flags)


def settings(values=(), ack=False):
    return frame(SETTINGS, 0, b"".join(struct.pack(">HI", *pair) for pair in values), ACK if ack else 0)


def goaway(last, code, debug=b""):
    return frame(GOAWAY, 0, struct.pack(">II", last, code) + debug)


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, stream, struct.pack(">I", increment))


def rst_stream(stream, code):
    return frame(RST_STREAM, stream, struct.pack(">I", code))


def parse(octets):
    """The frames in octets, as (kind, flags, stream, payload)."""
    found = []
    if octets.startswith(PREFACE):
        octets = octets[len(PREFACE):]
    while octets:
        length = int.from_bytes(octets[:3], "big")
        found.append((octets[3], octets[4], int.from_bytes(octets[5:9], "big"), octets[9:9 + length]))
        octets = octets[9 + length:]
    return found
