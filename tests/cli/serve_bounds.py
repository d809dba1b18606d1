"""What only a server can know: time that passes, connections that are too many, descriptors that run out, requests that
do not end when it is told to."""

import re
import resource
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import case  # noqa: E402

BODY = b"x" * 200_000


def closed_within(sock, seconds):
    """Whether the other side closes within this time."""
    sock.settimeout(seconds)
    try:
        while sock.recv(65536):
            pass
        return True
    except ConnectionResetError:
        return True
    except socket.timeout:
        return False


def goaway_of(peer):
    """The code and text of the GOAWAY that comes first, None when the connection ends without."""
    while got := peer.read_frame():
        if got[0] == rawh2.GOAWAY:
            return int.from_bytes(got[3][4:8], "big"), got[3][8:]
    return None


def times(root):
    with rawh2.Server(root, "--handshake-timeout", "0.5", "--idle-timeout", "1", "--stall-timeout", "1.5") as server:
        for name, port, octets in (("nothing sent", server.port, b""), ("half a preface", server.port, rawh2.PREFACE[:9]),
                                   ("a preface without SETTINGS", server.port, rawh2.PREFACE),
                                   ("half a request", server.port, b"GET / HTTP/1.1\r\nHost"),
                                   ("no TLS", server.tls_port, b""), ("half a TLS record", server.tls_port, b"\x16\x03\x01")):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
                raw.sendall(octets)
                case(f"handshake: {name}", closed_within(raw, 10))
        peer = rawh2.Peer(server)
        case("a request before the time is up", peer.response(peer.request(b"/file")) == (200, BODY))
        case("idle: GOAWAY without error", (goaway_of(peer) or (None,))[0] == 0)
        case("idle: closed", closed_within(peer.socket, 10))
        peer.close()
        peer = rawh2.Peer(server, window=0)
        peer.request(b"/file")
        code, why = goaway_of(peer) or (None, b"")
        case("a reader that opens no window: GOAWAY says why", code == 11 and b"moved" in why, (code, why))
        case("and the connection is closed", closed_within(peer.socket, 10))
        peer.close()
        peer = rawh2.Peer(server, window=1000)
        stream, got = peer.request(b"/file"), 0
        began = time.monotonic()
        while time.monotonic() - began < 3:  # slow, but moving
            seen = peer.read_frame()
            if seen is None or seen[0] == rawh2.GOAWAY:
                break
            if seen[0] == rawh2.DATA:
                got += len(seen[3])
                time.sleep(0.4)
                peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, stream, struct.pack(">I", 1000)))
        case("a slow reader that moves is kept", got >= 5000, got)
        peer.close()
    with rawh2.Server(root, "--handshake-timeout", "0", "--idle-timeout", "0", "--stall-timeout", "0") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
            peer = rawh2.Peer(server, window=0)
            stream = peer.request(b"/file")
            time.sleep(1.5)
            peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, stream, struct.pack(">I", 1 << 20)))
            case("0 is never: a reader that has waited", peer.response(stream) == (200, BODY))
            peer.close()
            silent.setblocking(False)
            try:
                case("0 is never: nothing sent", silent.recv(1) != b"")
            except BlockingIOError:
                case("0 is never: nothing sent", True)


def kept_for(port):
    """Octets that wait in each socket of this port that is closed and has not sent all (/proc/net/tcp: FIN-WAIT-1, LAST-ACK)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [int(row[4].split(":")[0], 16) for row in rows
            if int(row[1].split(":")[1], 16) == port and row[3] in ("04", "09")]


def unread(root):
    """A client that fills the socket, takes its requests back and never reads: nothing is open, and nothing can be sent."""
    with rawh2.Server(root, "--idle-timeout", "1") as server:
        before = server.sockets()
        for tls in (False, True):
            peer = rawh2.Peer(server, tls=tls, window=2**30, room=4096)
            peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30)))
            for _ in range(40):  # the kernel takes more each time, to a bound of some MiB
                stream = peer.request(b"/large")
                time.sleep(0.03)
                peer.send(rawh2.frame(rawh2.RST_STREAM, 0, stream, struct.pack(">I", 8)))
            name = "TLS" if tls else "cleartext"
            case(f"idle: one that does not read, {name}",
                 rawh2.wait_until(lambda: server.sockets() <= before, 30), server.sockets() - before)
            kept = kept_for(server.tls_port if tls else server.port)
            case(f"and the kernel keeps nothing for it, {name}", kept == [], kept)
            peer.close()


def slow_to_the_end(root):
    """The server is done, and all is with the kernel; a client that reads on has time, and gets it."""
    with rawh2.Server(root) as server:
        peer = rawh2.Peer(server, window=2**30, room=4096)
        peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30)))
        peer.request(b"/file")
        peer.send(rawh2.frame(rawh2.GOAWAY, 0, 0, bytes(8)))
        got = 0
        while chunk := peer.socket.recv(2048):
            got += len(chunk)
            time.sleep(0.05 if got < len(BODY) * 3 // 4 else 0.1)
        case("a client that reads slowly gets all", got > len(BODY), got)
        peer.close()


def gone_after_upgrade(root):
    """It has asked for an Upgrade and left: no timeout is needed to see that."""
    with rawh2.Server(root, "--handshake-timeout", "0") as server:
        before = server.sockets()
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            raw.sendall(b"GET /file HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
            case("an Upgrade is answered", raw.recv(12) == b"HTTP/1.1 101")
            raw.shutdown(socket.SHUT_WR)
            case("one that leaves after it is closed", closed_within(raw, 10))
        case("and no socket stays", rawh2.wait_until(lambda: server.sockets() <= before), server.sockets() - before)


def counts(root):
    with rawh2.Server(root, "--max-per-address", "3") as server:
        peers = [rawh2.Peer(server) for _ in range(3)]
        case("as many as may be from one address", all(p.response(p.request(b"/file")) == (200, BODY) for p in peers))
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            case("one more is turned away", closed_within(raw, 5))
        peers.pop().close()

        def let_in():
            peer = rawh2.Peer(server)
            try:
                return peer.response(peer.request(b"/file")) == (200, BODY)
            except OSError:
                return False
            finally:
                peer.close()
        case("and let in when one has gone", rawh2.wait_until(let_in, 5))
        for peer in peers:
            peer.close()


def processor_time(server):
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])  # ticks of 10 ms


def descriptors(root):
    with rawh2.Server(root) as server:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (40, 40))
        idle = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(60)]
        time.sleep(0.5)
        ticks = processor_time(server)
        time.sleep(1)
        ticks = processor_time(server) - ticks
        case("no descriptors left: no busy loop", ticks < 30, f"{ticks} ticks in a second")
        for raw in idle:
            raw.close()

        def served():
            try:
                peer = rawh2.Peer(server, timeout=5)
                answer = peer.response(peer.request(b"/file"))
                peer.close()
                return answer == (200, BODY)
            except OSError:
                return False
        case("and it goes on when there are some again", rawh2.wait_until(served, 10))


def endings(root):
    def stalled(server):
        peer = rawh2.Peer(server, window=0)
        peer.request(b"/file")
        while peer.read_frame()[0] != rawh2.HEADERS:
            pass
        return peer

    with rawh2.Server(root) as server:
        peer = stalled(server)
        server.process.send_signal(signal.SIGTERM)
        case("the first SIGTERM: GOAWAY", (goaway_of(peer) or (None,))[0] == 0)
        time.sleep(0.3)
        case("and it waits for the request", server.process.poll() is None)
        server.process.send_signal(signal.SIGTERM)
        case("the second one ends it, with 0", server.process.wait(10) == 0)
        peer.close()
    for workers in ("1", "3"):
        with rawh2.Server(root, "--grace", "0.5", "--workers", workers) as server:
            peers = [stalled(server) for _ in range(3)]
            case(f"{workers} workers: a request that never ends gets so much time", server.stop(10) == 0)
            for peer in peers:
                peer.close()


def access_log(root):
    with rawh2.Server(root, "--access-log") as server:
        peer = rawh2.Peer(server)
        peer.response(peer.request(b"/file"))
        peer.response(peer.request(b"/none?\"q", b"HEAD"))
        stream = peer.request(b"/echo", b"POST", end_stream=False)
        peer.send(rawh2.frame(rawh2.DATA, rawh2.END_STREAM, stream, b"12345"))
        peer.response(stream)
        peer.close()
        for wanted in (r'"GET /file HTTP/2\.0" 200 200000 ', r'"HEAD /none\?\\x22q HTTP/2\.0" 404 0 ',
                       r'"POST /echo HTTP/2\.0" 200 5 '):
            line = server.process.stdout.readline().decode()
            case(f"access log: {wanted}",
                 re.match(r"127\.0\.0\.1:\d+ - - \[.+\] " + wanted + r"\d+\.\d{3}\n$", line) is not None, line)


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as root:
        Path(root, "file").write_bytes(BODY)
        Path(root, "large").write_bytes(bytes(10_000_000))
        times(root)
        unread(root)
        slow_to_the_end(root)
        gone_after_upgrade(root)
        counts(root)
        descriptors(root)
        endings(root)
        access_log(root)
    rawh2.finish()


if __name__ == "__main__":
    main()
