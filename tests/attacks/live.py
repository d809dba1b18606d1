"""Attacks on a running `h2 serve`, with an honest client beside them that must be answered all the while."""

import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PRIORITY, RST_STREAM,  # noqa: E402
                   SETTINGS, WINDOW_UPDATE, case, frame)

BODY = b"x" * 20_000
REQUEST = rawh2.header_block([(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"localhost"),
                              (b":path", b"/file")])
BAD = REQUEST + rawh2.header_block([(b"connection", b"close")])
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


class Honest(threading.Thread):
    """A client that asks again and again, on one connection and on new ones, until it is told to stop."""

    def __init__(self, server):
        super().__init__()
        self.server, self.going_on = server, True
        self.answered, self.slowest, self.wrong = 0, 0.0, None

    def ask(self, peer):
        began = time.monotonic()
        answer = peer.response(peer.request(b"/file"))
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer != (200, BODY):
            raise AssertionError(f"answered {answer[0]} with {len(answer[1])} octets")
        self.answered += 1

    def run(self):
        try:
            kept = rawh2.Peer(self.server)
            while self.going_on:
                self.ask(kept)
                new = rawh2.Peer(self.server)
                self.ask(new)
                new.close()
                time.sleep(0.002)
            kept.close()
        except Exception as wrong:  # whatever it is, the test tells
            self.wrong = wrong


def goaway_in(octets):
    """The code and debug data of the last GOAWAY among frames, or None."""
    found = None
    while len(octets) >= 9:
        length = int.from_bytes(octets[:3], "big")
        if octets[3] == GOAWAY:
            found = int.from_bytes(octets[13:17], "big"), octets[17:9 + length]
        octets = octets[9 + length:]
    return found


def answers_until_quiet(sock, marker):
    """All that comes until the acknowledgement of a PING with that marker, or the end."""
    got = b""
    try:
        while marker not in got:
            octets = sock.recv(65536)
            if not octets:
                break
            got += octets
    except OSError:
        pass
    return got


def send_all(sock, octets):
    """As much as the server takes; what it does not want any more ends it."""
    try:
        sock.sendall(octets)
        return True
    except OSError:
        return False


def attack(server, octets, reads):
    """What the server says in the end, its GOAWAY or None."""
    marker = b"\x01marker\x01"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.settimeout(20)
        if not reads:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(rawh2.PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0))
        said = []
        reader = threading.Thread(target=lambda: said.append(answers_until_quiet(sock, marker)))
        if reads:
            reader.start()
        send_all(sock, octets)
        send_all(sock, frame(PING, 0, 0, marker))
        if not reads:
            reader.start()
        reader.join(20)
        return goaway_in(said[0]) if said else ("the server neither answers nor closes", b"")


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as root:
        (Path(root) / "file").write_bytes(BODY)
        with rawh2.Server(root) as server:
            honest = Honest(server)
            honest.start()
            for row, what, octets, reads, code, bound in ATTACKS:
                before = honest.answered
                got = attack(server, octets, reads)
                rawh2.wait_until(lambda: honest.answered > before or honest.wrong, 20)
                if code is None:
                    good = got is None
                elif reads:
                    good = got is not None and got[0] == code and (bound is None or got[1] == bound)
                else:  # a peer that does not read may see the connection end before the GOAWAY
                    good = got is None or (got[0] == code and got[1] == bound)
                case(f"{row} {what}: {got[0] if got else 'no GOAWAY'} {got[1].decode() if got else ''}",
                     good and honest.answered > before, (got, honest.wrong))
            honest.going_on = False
            honest.join(30)
            case(f"the honest client was answered {honest.answered} times", honest.wrong is None,
                 honest.wrong)
            print(f"# the slowest answer took {honest.slowest:.3f} s")
            resident = server.resident()
            case(f"resident memory is {resident} KiB", rawh2.SANITIZED or resident < 64 * 1024)
            case("no connection is left", rawh2.wait_until(lambda: server.sockets() <= 16, 10), server.sockets())
    rawh2.finish()


main()
