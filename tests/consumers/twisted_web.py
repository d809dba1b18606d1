#!/usr/bin/python3
"""Twisted's HTTP/2 server with our h2."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))
import peers  # noqa: E402
from peers import case  # noqa: E402


def main():
    peers.require(("twisted", "python3-twisted"), ("OpenSSL", "python3-openssl"), ("priority", "python3-priority"))
    peers.is_ours("Twisted")
    port = peers.free_port()
    site = Path(__file__).resolve().parent / "support/site.py"
    child = peers.start([sys.executable, site, str(port), *peers.certificate()])
    peers.ready(child, port, "Twisted")
    client = peers.Client(port, tls=True)
    case("TLS agrees on h2", client.alpn == "h2", client.alpn)
    small = bytes(client.fetch("/small").body)
    case("it is HTTP/2", small == b"small HTTP/2\n", small)
    peers.hundred(client, "/small", small)
    peers.ten_megabytes(client, "/echo")
    answer = client.fetch("/echo", method="POST", body=b"body", trailers=[("x-sum", "1")])
    case("trailers of a request", answer.status == 200 and bytes(answer.body) == b"body", answer.status, bytes(answer.body), client.terminated)
    peers.cannot("trailers of a response", "Twisted has no means to send them")
    peers.cannot("a WebSocket", "Twisted has no extended CONNECT")
    peers.reset_half_way(client, "/large", "/small", small)
    client.close()
    peers.goaway(lambda: peers.Client(port, tls=True), "/large", "/small", small)
    peers.alive(child, "Twisted")
    peers.finish()


if __name__ == "__main__":
    main()
