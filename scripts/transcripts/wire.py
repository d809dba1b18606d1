"""Frames of HTTP/2 as octets, legal or not, and octets as a transcript spells them."""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

TYPES = {
    "DATA": 0, "HEADERS": 1, "PRIORITY": 2, "RST_STREAM": 3, "SETTINGS": 4, "PUSH_PROMISE": 5,
    "PING": 6, "GOAWAY": 7, "WINDOW_UPDATE": 8, "CONTINUATION": 9, "ALTSVC": 10,
}
NAMES = {number: name for name, number in TYPES.items()}

END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY = 0x20

FLAG_NAMES = {
    "DATA": {0x1: "END_STREAM", 0x8: "PADDED"},
    "HEADERS": {0x1: "END_STREAM", 0x4: "END_HEADERS", 0x8: "PADDED", 0x20: "PRIORITY"},
    "SETTINGS": {0x1: "ACK"},
    "PUSH_PROMISE": {0x4: "END_HEADERS", 0x8: "PADDED"},
    "PING": {0x1: "ACK"},
    "CONTINUATION": {0x4: "END_HEADERS"},
}


def frame(kind, flags=0, stream=0, payload=b""):
    number = TYPES[kind] if isinstance(kind, str) else kind
    return struct.pack(">I", len(payload))[1:] + bytes([number, flags]) + struct.pack(">I", stream) + payload


def u32(*values):
    return b"".join(struct.pack(">I", v) for v in values)


def settings_payload(pairs):
    return b"".join(struct.pack(">HI", k, v) for k, v in pairs)


def settings(*pairs):
    return frame("SETTINGS", 0, 0, settings_payload(pairs))


def settings_ack():
    return frame("SETTINGS", ACK)


def data(stream, payload=b"", end=False, pad=None):
    if pad is None:
        return frame("DATA", END_STREAM * end, stream, payload)
    return frame("DATA", END_STREAM * end | PADDED, stream, bytes([pad]) + payload + bytes(pad))


def priority_octets(depends_on=0, weight=16, exclusive=False):
    return u32(depends_on | (0x80000000 if exclusive else 0)) + bytes([weight - 1])


def headers(stream, block, end=False, priority=None, end_headers=True, pad=None):
    flags = END_STREAM * end | (END_HEADERS if end_headers else 0)
    payload = block
    if priority is not None:
        flags |= PRIORITY
        payload = priority_octets(*priority) + payload
    if pad is not None:
        flags |= PADDED
        payload = bytes([pad]) + payload + bytes(pad)
    return frame("HEADERS", flags, stream, payload)


def push_promise(stream, promised, block, end_headers=True):
    return frame("PUSH_PROMISE", END_HEADERS if end_headers else 0, stream, u32(promised) + block)


def continuation(stream, block, end_headers=True):
    return frame("CONTINUATION", END_HEADERS if end_headers else 0, stream, block)


def priority(stream, depends_on=0, weight=16, exclusive=False):
    return frame("PRIORITY", 0, stream, priority_octets(depends_on, weight, exclusive))


def rst_stream(stream, code=8):
    return frame("RST_STREAM", 0, stream, u32(code))


def ping(payload=b"pingpong", ack=False):
    return frame("PING", ACK * ack, 0, payload)


def goaway(last=0, code=0, debug=b""):
    return frame("GOAWAY", 0, 0, u32(last, code) + debug)


def window_update(stream, increment):
    return frame("WINDOW_UPDATE", 0, stream, u32(increment))


def altsvc(stream, origin, field):
    return frame("ALTSVC", 0, stream, struct.pack(">H", len(origin)) + origin + field)


def literal(name, value):
    """A field as a literal without indexing, no Huffman."""
    return b"\x00" + length(name) + name + length(value) + value


def length(text, prefix=7):
    size, most = len(text) if isinstance(text, bytes) else text, (1 << prefix) - 1
    if size < most:
        return bytes([size])
    out, size = [most], size - most
    while size >= 128:
        out.append(size & 127 | 128)
        size >>= 7
    return bytes(out + [size])


# As a transcript spells it.

def quote(octets):
    """An expression: "text"+x00ff+x00*16."""
    parts, i = [], 0
    run = bytearray()

    def flush():
        if not run:
            return
        printable = sum(0x20 <= c < 0x7f for c in run)
        if printable * 4 >= len(run) * 3:
            parts.append('"' + "".join(
                "\\" + chr(c) if c in b'"\\' else chr(c) if 0x20 <= c < 0x7f else f"\\x{c:02x}" for c in run) + '"')
        else:
            parts.append("x" + run.hex())
        run.clear()

    while i < len(octets):
        same = i
        while same < len(octets) and octets[same] == octets[i]:
            same += 1
        if same - i >= 16:
            flush()
            parts.append(f"x{octets[i]:02x}*{same - i}")
        else:
            run += octets[i:same]
        i = same
    flush()
    return "+".join(parts) if parts else '""'


def flags_text(kind, flags):
    if flags == 0:
        return "-"
    names = FLAG_NAMES.get(kind, {})
    known = [name for bit, name in names.items() if flags & bit]
    return "+".join(known) if flags == sum(b for b in names if flags & b) else f"0x{flags:02x}"


def payload_words(kind, payload):
    words = []
    if kind == "SETTINGS" and len(payload) % 6 == 0 and len(payload) < 400:
        for i in range(0, len(payload), 6):
            words.append("setting:%d=%d" % struct.unpack(">HI", payload[i:i + 6]))
        return words
    count = {"RST_STREAM": 1, "WINDOW_UPDATE": 1, "GOAWAY": 2, "PUSH_PROMISE": 0}.get(kind, 0)
    while count and len(payload) >= 4:
        words.append("u32:%d" % struct.unpack(">I", payload[:4]))
        payload, count = payload[4:], count - 1
    if payload:
        block = kind in ("HEADERS", "CONTINUATION", "PUSH_PROMISE", "PRIORITY")
        words.append("x" + payload.hex() if block and len(payload) < 400 else quote(payload))
    return words


def split(octets):
    """Yields the preface and frames, and what is left over."""
    if octets.startswith(PREFACE):
        yield PREFACE
        octets = octets[len(PREFACE):]
    while len(octets) >= 9:
        size = 9 + int.from_bytes(octets[:3], "big")
        if size > len(octets):
            break
        yield octets[:size]
        octets = octets[size:]
    if octets:
        yield octets


def line(octets):
    """A line of a transcript for the preface, for a whole frame, or for other octets."""
    if octets == PREFACE:
        return "preface"
    if len(octets) < 9 or 9 + int.from_bytes(octets[:3], "big") != len(octets):
        return "raw " + quote(octets)
    kind = NAMES.get(octets[3], f"0x{octets[3]:02x}")
    stream = int.from_bytes(octets[5:9], "big")
    where = f"0x{stream:08x}" if stream >> 31 else str(stream)
    return " ".join(["frame", kind, flags_text(kind, octets[4]), where, *payload_words(kind, octets[9:])])
