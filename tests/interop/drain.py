#!/usr/bin/python3
"""SIGTERM and SIGINT at `h2 serve`: GOAWAY, what is open is finished, new connections are refused, exit code 0."""

import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402

SIZE = 300_000


def read_until(peer, kind):
    while True:
        got = peer.read_frame()
        if got is None or got[0] == kind:
            return got


def one_transfer(root, number, tls):
    """A download that the window holds back half-way when the signal comes."""
    name = f"{signal.Signals(number).name}, {'TLS' if tls else 'cleartext'}"
    with rawh2.Server(root) as server:
        peer = rawh2.Peer(server, tls, window=10_000)
        stream = peer.request(b"/file")
        body = b""
        while len(body) < 10_000:
            got = read_until(peer, rawh2.DATA)
            if got is None:
                break
            body += got[3]
        rawh2.case(f"{name}: the window is obeyed", len(body) == 10_000, len(body))
        server.process.send_signal(number)
        got = read_until(peer, rawh2.GOAWAY)
        code = got and int.from_bytes(got[3][4:8], "big")
        rawh2.case(f"{name}: GOAWAY with NO_ERROR", code == 0, got)
        last = got and int.from_bytes(got[3][:4], "big")
        rawh2.case(f"{name}: the open stream is within it", last is not None and last >= stream, last)
        time.sleep(0.2)
        rawh2.case(f"{name}: the server waits for the stream", server.process.poll() is None)
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=2).close()
            rawh2.case(f"{name}: nobody new is let in", False)
        except OSError:
            rawh2.case(f"{name}: nobody new is let in", True)
        for on in (0, stream):
            peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, on, struct.pack(">I", SIZE)))
        ended = False
        while not ended:
            got = peer.read_frame()
            if got is None:
                break
            if got[0] == rawh2.DATA and got[2] == stream:
                body += got[3]
                ended = bool(got[1] & rawh2.END_STREAM)
        rawh2.case(f"{name}: the rest of the body arrives", ended and body == b"y" * SIZE, f"{len(body)} octets")
        end = peer.read_frame()
        while end is not None:
            end = peer.read_frame()
        rawh2.case(f"{name}: then the connection is closed", end is None)
        peer.close()
        rawh2.case(f"{name}: exit code 0", server.process.wait(20) == 0, server.process.returncode)


def idle(root):
    with rawh2.Server(root) as server:
        peer = rawh2.Peer(server)
        peer.response(peer.request(b"/file"))
        silent = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        rawh2.case("idle connections do not hold the server up", server.stop() == 0, server.process.returncode)
        got = read_until(peer, rawh2.GOAWAY)
        rawh2.case("an idle connection is told, too", got is not None)
        silent.close()


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as root:
        Path(root, "file").write_bytes(b"y" * SIZE)
        for number in (signal.SIGTERM, signal.SIGINT):
            for tls in (False, True):
                one_transfer(root, number, tls)
        idle(root)
    rawh2.finish()


if __name__ == "__main__":
    main()
