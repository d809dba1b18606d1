#!/usr/bin/python3
"""Peers that read slowly, not at all, or send rubbish: `h2 serve` holds little for them and goes on serving."""

import os
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402

BIG = 500_000_000
READERS = 20
ALLOWED_KIB = 1024  # for each of them: one window, a few frames, the kernel's share is not in it


def alive(server, name):
    peer = rawh2.Peer(server)
    rawh2.case(f"still serving after {name}", peer.response(peer.request(b"/file")) == (200, b"public"))
    peer.close()


def not_reading(server):
    """Twenty clients with windows of 2 GiB that never read."""
    before = server.resident()
    peers = [rawh2.Peer(server, window=2**31 - 1) for _ in range(READERS)]
    for peer in peers:
        peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**31 - 1 - 65535)))
        peer.request(b"/big")
    time.sleep(2)
    grown = server.resident() - before
    print(f"# {READERS} readers that do not read: {grown} KiB, {grown / READERS:.0f} each")
    rawh2.case("readers that do not read cost little",
               rawh2.SANITIZED or grown < READERS * ALLOWED_KIB, f"{grown} KiB")
    alive(server, "readers that do not read")
    for peer in peers:
        peer.close()


def echo_without_reading(server):
    """An upload to /echo whose answer is never read must be held back by flow control."""
    before = server.resident()
    peer = rawh2.Peer(server, window=0)
    stream = peer.request(b"/echo", b"POST", end_stream=False)
    window, sent = 65535, 0
    peer.socket.settimeout(1)
    try:
        while sent < 50_000_000:
            while window >= 16384:
                peer.send(rawh2.frame(rawh2.DATA, 0, stream, b"z" * 16384))
                window, sent = window - 16384, sent + 16384
            got = peer.read_frame()
            if got is None:
                break
            if got[0] == rawh2.WINDOW_UPDATE and got[2] == stream:
                window += int.from_bytes(got[3], "big")
    except socket.timeout:
        pass
    grown = server.resident() - before
    print(f"# an echo that nobody reads: {sent} octets taken, {grown} KiB held")
    rawh2.case("an echo that nobody reads is held back", sent < 20_000_000, sent)
    alive(server, "an echo that nobody reads")
    peer.close()


def rubbish(server):
    for name, octets in (
            ("random octets", os.urandom(10_000)),
            ("half a preface", rawh2.PREFACE[:10]),
            ("a preface alone", rawh2.PREFACE),
            ("a frame that is too large", rawh2.PREFACE + rawh2.frame(rawh2.SETTINGS, 0, 0) + b"\xff" * 9),
            ("DATA on an idle stream", rawh2.PREFACE + rawh2.frame(rawh2.SETTINGS, 0, 0)
             + rawh2.frame(rawh2.DATA, 0, 1, b"x")),
            ("broken HPACK", rawh2.PREFACE + rawh2.frame(rawh2.SETTINGS, 0, 0)
             + rawh2.frame(rawh2.HEADERS, 5, 1, b"\xff\xff\xff\xff\xff")),
            ("HTTP/1.1 without Upgrade", b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            ("endless HTTP/1.1 header", b"GET / HTTP/1.1\r\nx: " + b"y" * 200_000),
            ("zeroes", bytes(5000))):
        for port in (server.port, server.tls_port):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
                try:
                    raw.sendall(octets)
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(65536):
                        pass
                except OSError:
                    pass
        alive(server, name)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = raw.recv(65536)
    rawh2.case("HTTP/1.1 without Upgrade gets an answer in HTTP/1.1", answer.startswith(b"HTTP/1.1 "), answer[:80])


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as root:
        Path(root, "file").write_bytes(b"public")
        with open(Path(root, "big"), "wb") as big:
            big.truncate(BIG)
        with rawh2.Server(root) as server:
            rubbish(server)
            not_reading(server)
            echo_without_reading(server)
    rawh2.finish()


if __name__ == "__main__":
    main()
