"""HTTP/1.1 at the cleartext port of `h2 serve`: the Upgrade to h2c octet by octet, and what everything else is told."""

import base64
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import case  # noqa: E402

SETTINGS = base64.urlsafe_b64encode(struct.pack(">HI", rawh2.INITIAL_WINDOW_SIZE, 100_000)).rstrip(b"=")
ASKS = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: " + SETTINGS + b"\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n"


def converse(server, *pieces, pause=0.0):
    """Sends the pieces and returns all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        for piece in pieces:
            raw.sendall(piece)
            time.sleep(pause)
        got = b""
        try:
            while octets := raw.recv(65536):
                got += octets
        except ConnectionResetError:
            pass
        return got


def refused(server, name, status, *pieces):
    got = converse(server, *pieces)
    line = got.split(b"\r\n")[0]
    case(f"{name}: {status}", line.startswith(b"HTTP/1.1 %d " % status) and b"\r\n\r\nHTTP/1.1 " not in got and
         b"\r\n\r\n" in got, got[:200])
    return got


def refusals(server):
    got = refused(server, "plain HTTP/1.1", 426, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    case("426 names the upgrade", b"upgrade: h2c\r\n" in got.lower() and b"--http2" in got, got)
    refused(server, "HTTP/1.1 octet by octet", 426, *[b"%c" % c for c in b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    refused(server, "a method that begins like the preface", 426, b"PRO", b"PFIND / HTTP/1.1\r\nHost: a\r\n\r\n")
    refused(server, "HTTP/1.0", 505, b"GET / HTTP/1.0\r\n\r\n")
    refused(server, "another upgrade", 426, b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    refused(server, "no HTTP at all", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))
    refused(server, "too many fields", 431, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n")
    refused(server, "a field that is too long", 431, b"GET / HTTP/1.1\r\na: " + b"b" * 20000 + b"\r\n\r\n")
    upgrade = b"GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    refused(server, "upgrade without settings", 400, upgrade + b"\r\n")
    refused(server, "upgrade with two settings", 400, upgrade + b"HTTP2-Settings: \r\nHTTP2-Settings: \r\n\r\n")
    refused(server, "settings that are no base64url", 400, upgrade + b"HTTP2-Settings: !!!\r\n\r\n")
    refused(server, "settings that are cut", 400, upgrade + b"HTTP2-Settings: AAM\r\n\r\n")
    refused(server, "a body too large to wait for", 413,
            b"POST /echo HTTP/1.1\r\n" + ASKS + b"Content-Length: 65537\r\n\r\n")
    refused(server, "a chunked body too large to wait for", 413,
            b"POST /echo HTTP/1.1\r\n" + ASKS + b"Transfer-Encoding: chunked\r\n\r\n" +
            (b"4000\r\n" + bytes(0x4000) + b"\r\n") * 5)


class Upgraded(rawh2.Peer):
    """A connection that begins with HTTP/1.1; the answer to its request is stream 1's."""

    def __init__(self, server, octets, pieces=1):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        size = max(1, len(octets) // pieces)
        for at in range(0, len(octets), size):
            self.send(octets[at:at + size])
        self.buffer, self.next_id = b"", 3
        while b"\r\n\r\n" not in self.buffer:
            octets = self.socket.recv(65536)
            if not octets:
                break
            self.buffer += octets
        self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.send(rawh2.PREFACE + rawh2.frame(rawh2.SETTINGS, 0, 0))


def upgrades(server, body):
    request = b"GET /file?x HTTP/1.1\r\nHost: a\r\n" + ASKS + b"\r\n"
    for name, octets, pieces in (("at once", request, 1), ("octet by octet", request, len(request)),
                                 ("absolute target", request.replace(b"/file", b"http://a/file"), 1),
                                 ("names in capitals", request.replace(b"Upgrade", b"UPGRADE"), 1),
                                 ("a list of protocols", request.replace(b": h2c", b": other, h2c"), 1)):
        peer = Upgraded(server, octets, pieces)
        case(f"{name}: 101", (peer.head + b"\r\n").startswith(SWITCHED), peer.head)
        case(f"{name}: the answer comes on stream 1", peer.response(1) == (200, body))
        case(f"{name}: and the connection goes on", peer.response(peer.request(b"/file")) == (200, body))
        peer.close()
    peer = Upgraded(server, request.replace(b"GET", b"HEAD"))
    case("HEAD: no body", peer.response(1) == (200, b""))
    peer.close()
    peer = Upgraded(server, request.replace(b"/file?x", b"/none"))
    case("404 on stream 1", peer.response(1)[0] == 404)
    peer.close()
    peer = Upgraded(server, request.replace(b"GET /file?x", b"OPTIONS *"))
    case("OPTIONS *: 405", peer.response(1)[0] == 405)
    peer.close()


def echoes(server):
    sent = bytes(range(256)) * 256
    for name, fields, octets in (
            ("a body with its length", b"Content-Length: 65536\r\n\r\n", sent),
            ("a chunked body", b"Transfer-Encoding: chunked\r\n\r\n", b"8000\r\n" + sent[:0x8000] + b"\r\n8000\r\n" +
             sent[0x8000:] + b"\r\n0\r\n\r\n"),
            ("no body", b"Content-Length: 0\r\n\r\n", b"")):
        peer = Upgraded(server, b"POST /echo HTTP/1.1\r\nHost: a\r\n" + ASKS + fields + octets)
        case(f"echo, {name}", peer.response(1) == (200, sent if octets else b""))
        peer.close()


def main():
    rawh2.need_command()
    body = b"0123456789" * 5000
    with tempfile.TemporaryDirectory() as root:
        Path(root, "file").write_bytes(body)
        with rawh2.Server(root) as server:
            refusals(server)
            upgrades(server, body)
            echoes(server)
    rawh2.finish()


if __name__ == "__main__":
    main()
