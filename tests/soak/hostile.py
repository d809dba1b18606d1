"""The attackers of a soak: the table of floods and bombs, one after the other, and those who hold connections and wait."""

import socket
import struct
import time

import attacks
import rawh2
from rawh2 import DATA, END_HEADERS, HEADERS, SETTINGS, WINDOW_UPDATE, frame

SLACK = 20  # seconds that a server on a busy machine may be late
FLUSHED = 13  # seconds that it waits at its end for a peer that does not read, and lingers
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST
CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + b"\x11" * 20


def floods(server, rng, tally, stop, pause):
    """Each row of the table in turn, in cleartext and over TLS."""
    rows = list(attacks.ATTACKS)
    while not stop.is_set():
        rng.shuffle(rows)
        for row in rows:
            try:
                got = attacks.attack(server, row[2], row[3], rng.random() < 0.3, seconds=60)
                tally.attack(f"{row[0]} {row[1]}", attacks.as_expected(row, got), got)
            except OSError as why:  # while it connects
                tally.attack(f"{row[0]} {row[1]}", False, why)
            if stop.wait(pause * rng.uniform(0.5, 1.5)):
                return


def raw(server, port, receive_buffer=None):
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(30)
    sock.connect(("127.0.0.1", port))
    return sock


def hello(*settings, receive_buffer=None, tls=False):
    """A function that opens a connection on which HTTP/2 has begun."""
    entries = b"".join(struct.pack(">HI", *entry) for entry in settings)

    def opened(server):
        sock = raw(server, server.tls_port if tls else server.port, receive_buffer)
        if tls:
            sock = rawh2.TLS.wrap_socket(sock)
        sock.sendall(rawh2.PREFACE + frame(SETTINGS, 0, 0, entries))
        return sock
    return opened


def request(path, streams=1, method=b"GET", flags=END_HEADERS | rawh2.END_STREAM):
    block = rawh2.header_block([(b":method", method), (b":scheme", b"http"), (b":authority", b"localhost"),
                                (b":path", path)])
    return b"".join(frame(HEADERS, flags, 2 * i + 1, block) for i in range(streams))


def in_cleartext(server):
    return raw(server, server.port)


def in_tls(server):
    return raw(server, server.tls_port)


# Who holds a connection and waits: kind, how it connects, what it sends first, what it sends every second, whether it
# reads, and the time-out of the server that ends it (None: each octet counts as progress, the attacker leaves).
HOLDERS = (
    ("half a ClientHello", in_tls, CLIENT_HELLO, b"", True, "handshake"),
    ("TLS port, silence", in_tls, b"", b"", True, "handshake"),
    ("TLS handshake an octet a second", in_tls, CLIENT_HELLO[:5], b"\0", True, "handshake"),
    ("cleartext, silence", in_cleartext, b"", b"", True, "handshake"),
    ("half a preface", in_cleartext, rawh2.PREFACE[:20], b"", True, "handshake"),
    ("HTTP/1.1 head without end", in_cleartext, b"GET / HTTP/1.1\r\n", b"a: b\r\n", True, "handshake"),
    ("preface without SETTINGS", in_cleartext, rawh2.PREFACE, b"", True, "handshake"),
    ("header block without end", hello(), request(b"/1k", flags=0), b"", True, "idle"),
    ("header block without end, TLS", hello(tls=True), request(b"/1k", flags=0), b"", True, "idle"),
    ("window of 0, 100 streams", hello((4, 0)), request(b"/2m", 100), b"", True, "stall"),
    ("window of 0, 100 streams, TLS", hello((4, 0), tls=True), request(b"/2m", 100), b"", True, "stall"),
    ("reader that stalls", hello((4, 2 ** 31 - 1), receive_buffer=4096),
     frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2 ** 30)) + request(b"/2m", 20), b"", False, "stall"),
    ("reader that stalls, TLS", hello((4, 2 ** 31 - 1), receive_buffer=4096, tls=True),
     frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2 ** 30)) + request(b"/2m", 20), b"", False, "stall"),
    ("body that stalls", hello(), request(b"/echo", 50, b"POST", END_HEADERS), b"", True, "stall"),
    ("body an octet a second", hello(), request(b"/echo", 1, b"POST", END_HEADERS), frame(DATA, 0, 1, b"x"), True, None),
    ("windows of an octet", hello((4, 1)), request(b"/2m", 50),
     b"".join(frame(WINDOW_UPDATE, 0, 2 * i + 1, b"\0\0\0\1") for i in range(50)), True, None),
    ("windows up and down", hello((4, 0)), request(b"/2m", 100),
     (frame(SETTINGS, 0, 0, b"\0\4\0\0\0\0") + frame(SETTINGS, 0, 0, b"\0\4\0\0\0\1")) * 20, True, None),
)
LEAVES_AFTER = 15


def ended(sock):
    """Whether the server has closed; takes in what there is to read."""
    sock.setblocking(False)
    try:
        while sock.recv(65536):
            pass
        return True
    except attacks.WAITS:
        return False
    except OSError:
        return True
    finally:
        sock.settimeout(10)


def drained(sock):
    """Reads to the end; whether there is one."""
    sock.settimeout(5)
    try:
        while sock.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def hold(server, holder, limits, tally, stop):
    """Some connections of one kind, until the server ends them."""
    name, connect, first, again, reads, limit = holder
    began = time.monotonic()
    patience = (limits[limit] + FLUSHED) if limit else LEAVES_AFTER
    waiting = [connect(server) for _ in range(3)]
    for sock in waiting:
        attacks.send_all(sock, first)
    while waiting and not stop.is_set() and time.monotonic() - began < patience + (SLACK if reads and limit else 0):
        for sock in list(waiting):
            if (reads and ended(sock)) or (again and not attacks.send_all(sock, again)):
                sock.close()
                waiting.remove(sock)
        stop.wait(1)
    stopped = stop.is_set()
    for sock in waiting:
        good = stopped or limit is None or (not reads and drained(sock))
        tally.attack(name, good, f"{time.monotonic() - began:.0f} s, and the server has not closed")
        sock.close()
    for _ in range(3 - len(waiting)):
        tally.attack(name)


def holders(kinds, server, rng, limits, tally, stop):
    """Some of the kinds, one after the other."""
    while not stop.is_set():
        for holder in kinds:
            try:
                hold(server, holder, limits, tally, stop)
            except OSError as why:  # while it connects
                tally.attack(holder[0], False, why)
            if stop.wait(rng.random()):
                return


def churn(server, rng):
    """Connections opened and left at once: with FIN, with RST, in the middle of a handshake, of a download."""
    for i in range(20):
        sock = in_tls(server) if i % 4 == 0 else in_cleartext(server)
        if i % 4 == 2:
            attacks.send_all(sock, rawh2.PREFACE + frame(SETTINGS, 0, 0) + request(b"/2m", 5))
        if i % 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.close()


def garbage(server, rng):
    """Octets at random: at once, after a preface, in frames, inside TLS; and TLS where none is spoken."""
    noise = rng.randbytes(rng.randrange(1, 20_000))
    kind = rng.randrange(5)
    sock = in_tls(server) if kind == 0 else hello(tls=True)(server) if kind == 1 else in_cleartext(server)
    if kind == 3:
        noise = rawh2.PREFACE + frame(SETTINGS, 0, 0) + b"".join(
            frame(rng.randrange(12), rng.randrange(256), rng.randrange(8), rng.randbytes(rng.randrange(60)))
            for _ in range(100))
    if kind == 4:
        noise = CLIENT_HELLO + noise
    with sock:
        attacks.send_all(sock, noise)
        try:
            sock.settimeout(0.2)
            while sock.recv(65536):
                pass
        except OSError:
            pass


def abandon(server, rng):
    """A download over TLS that ends with RST in its middle."""
    with hello((4, 2 ** 31 - 1), tls=True)(server) as sock:
        attacks.send_all(sock, frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2 ** 30)) + request(b"/2m", 3))
        sock.recv(65536)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def strokes(server, rng, tally, stop, pause):
    """What is over as soon as it is done."""
    while not stop.is_set():
        for name, act, count in (("connections opened and left", churn, 20), ("garbage", garbage, 1),
                                 ("downloads over TLS left with RST", abandon, 1)):
            try:
                act(server, rng)
            except OSError:
                pass  # a reset is as good as an answer; whether the server lives, the honest tell
            for _ in range(count):
                tally.attack(name)
            if stop.wait(pause * rng.uniform(0.5, 1.5)):
                return
