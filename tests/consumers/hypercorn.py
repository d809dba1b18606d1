#!/usr/bin/python3
"""hypercorn with our h2: an ASGI application for curl, h2load and a client of our own."""
import shutil
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))
import peers  # noqa: E402
from peers import case  # noqa: E402


def program(*command):
    """A program's output; it is given a minute."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.returncode, done.stdout


def with_curl(url):
    code, text = program("curl", "-sS", "-k", "--http2", f"{url}/small")
    case("curl over TLS", code == 0 and text == b"small 2\n", text)
    body = peers.scratch / "body"
    body.write_bytes(peers.octets(peers.TEN_MEGABYTES))
    back = peers.scratch / "back"
    code, text = program("curl", "-sS", "-k", "--http2", "--data-binary", f"@{body}", "-o", back, f"{url}/echo")
    case("curl: 10 MB up and down", code == 0 and back.read_bytes() == body.read_bytes(), text)


def with_h2load(url):
    if not shutil.which("h2load"):
        return peers.cannot("h2load", "not installed")
    code, text = program("h2load", "-n", "1000", "-c", "2", "-m", "100", f"{url}/small")
    case("h2load: 1000 requests, 100 at once", code == 0 and b" 1000 succeeded, 0 failed" in text, text)


def frame(opcode, data):
    """A client's WebSocket frame, masked with zeros."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return bytes([0x80 | opcode]) + size + bytes(4) + data


def websocket(client):
    client.run(lambda: client.settings.get(8) == 1, 5)
    case("the server allows extended CONNECT", client.settings.get(8) == 1, client.settings)
    stream = client.h2.get_next_available_stream_id()
    client.answers[stream] = answer = peers.Answer()
    client.h2.send_headers(stream, [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", client.scheme),
                                    (":authority", client.authority), (":path", "/ws"), ("sec-websocket-version", "13")])
    client.run(lambda: answer.fields is not None)
    case("a WebSocket opens", answer.status == 200, answer.fields)
    client.h2.send_data(stream, frame(1, b"hello") + frame(2, bytes(range(100))))
    wanted = b"\x81\x05hello\x82\x64" + bytes(range(100))
    client.run(lambda: len(answer.body) >= len(wanted))
    case("what it sends comes back", bytes(answer.body) == wanted, bytes(answer.body))
    client.h2.send_data(stream, frame(8, struct.pack(">H", 1000)))
    client.run(lambda: len(answer.body) > len(wanted))
    case("a WebSocket closes", bytes(answer.body) == wanted + b"\x88\x02\x03\xe8", bytes(answer.body), answer.reset)
    client.h2.end_stream(stream)


def main():
    peers.require(("hypercorn", "python3-hypercorn"))
    peers.is_ours("hypercorn")
    cert, key = peers.certificate()
    secure, plain = peers.free_port(), peers.free_port()
    child = peers.start([sys.executable, "-m", "hypercorn", "asgi:app", "--bind", f"127.0.0.1:{secure}", "--insecure-bind",
                         f"127.0.0.1:{plain}", "--certfile", cert, "--keyfile", key],
                        env=peers.environment(paths=[str(Path(__file__).resolve().parent / "support")]))
    peers.ready(child, secure, "hypercorn")
    with_curl(f"https://127.0.0.1:{secure}")
    with_h2load(f"https://127.0.0.1:{secure}")
    with_h2load(f"http://127.0.0.1:{plain}")

    client = peers.Client(secure, tls=True)
    case("TLS agrees on h2", client.alpn == "h2", client.alpn)
    peers.hundred(client, "/small", b"small 2\n")
    peers.ten_megabytes(client, "/echo")
    answer = client.fetch("/echo", method="POST", body=b"body", trailers=[("x-sum", "1")])
    case("trailers of a request", answer.status == 200 and bytes(answer.body) == b"body", answer.status, bytes(answer.body), client.terminated)
    peers.cannot("trailers of a response", "hypercorn 0.13 has no means to send them")
    peers.reset_half_way(client, "/large", "/small", b"small 2\n")
    websocket(client)
    client.close()
    peers.goaway(lambda: peers.Client(secure, tls=True), "/large", "/small", b"small 2\n")
    peers.goaway(lambda: peers.Client(plain), "/large", "/small", b"small 2\n")
    peers.alive(child, "hypercorn")
    peers.finish()


if __name__ == "__main__":
    main()
