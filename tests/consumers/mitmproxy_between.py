#!/usr/bin/python3
"""mitmproxy with our h2 on both its sides, between a client and `h2 serve`."""
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))
import peers  # noqa: E402
from peers import case  # noqa: E402


def proxy(origin, *options):
    port = peers.free_port()
    child = peers.start([sys.executable, shutil.which("mitmdump"), "--mode", f"reverse:https://127.0.0.1:{origin}", "--listen-host", "127.0.0.1",
                         "--listen-port", str(port), "--ssl-insecure", "--set", "connection_strategy=lazy", "--set", f"confdir={peers.scratch / 'mitmproxy'}", "--set",
                         "flow_detail=0", *options])
    peers.ready(child, port, "mitmproxy")
    return child, port


def main():
    peers.require(("mitmproxy", "mitmproxy"))
    peers.is_ours("mitmproxy")
    root = peers.scratch / "root"
    root.mkdir()
    (root / "small").write_bytes(b"small\n")
    (root / "large").write_bytes(peers.octets(peers.TEN_MEGABYTES))
    server, _, origin = peers.serve(root)

    child, port = proxy(origin)
    client = peers.Client(port, tls=True)
    case("TLS agrees on h2", client.alpn == "h2", client.alpn)
    peers.hundred(client, "/small", b"small\n")
    peers.ten_megabytes(client, "/echo")
    answer = client.fetch("/echo", method="POST", body=b"body", trailers=[("x-sum", "42")])
    case("trailers there and back", bytes(answer.body) == b"body" and answer.trailers == [(b"x-sum", b"42")], answer.status, answer.trailers)
    client.close()
    peers.alive(child, "mitmproxy")

    child, port = proxy(origin, "--set", "stream_large_bodies=100k")
    connect = lambda: peers.Client(port, tls=True)  # noqa: E731
    client = connect()
    answer = client.fetch("/large")
    case("10 MB down, passed on as they come", bytes(answer.body) == peers.octets(peers.TEN_MEGABYTES), answer.status, len(answer.body))
    peers.reset_half_way(client, "/large", "/small", b"small\n")
    client.close()
    peers.goaway(connect, "/large", "/small", b"small\n")
    peers.cannot("a WebSocket", "mitmproxy 8 has no WebSockets over HTTP/2")
    peers.alive(child, "mitmproxy")
    peers.alive(server, "h2 serve")
    peers.finish()


if __name__ == "__main__":
    main()
