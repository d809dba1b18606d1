"""`h2 get` against servers that fail in every way: the exit code and the words that say why."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from fake_server import FakeServer, requests_in
from rawh2 import (DATA, END_HEADERS, END_STREAM, H2, HEADERS, PING, RST_STREAM, SETTINGS, case, finish, frame,
                   header_block, need_command)

CONNECTION, TLS, PROTOCOL, HTTP, LOCAL, TIMEOUT = 3, 4, 5, 6, 7, 8
SANITIZED = bool(os.environ.get("H2_SANITIZE"))


def get(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE):
    done = subprocess.run([str(H2), "get", *arguments], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode()


def ends(name, result, code, *words):
    """The exit code, and words that the message must have."""
    missing = [word for word in words if word not in result[2]]
    good = result[0] == code and not missing and "Sanitizer" not in result[2]
    case(name, good, f"code {result[0]}, not said {missing}: {result[2]}")


def connection_failures():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ends("refused", get(f"http://127.0.0.1:{port}/"), CONNECTION, "cannot connect", str(port), "refused")
    ends("refused, IPv6", get(f"http://[::1]:{port}/"), CONNECTION, "cannot connect", "::1")

    with FakeServer(lambda c: None) as server:
        ends("closed at once", get(server.url), CONNECTION, "closed")

    def half(c):
        c.start()
        c.respond(c.request(), b"half", fields=[(b"content-length", b"8")], end=False)

    with FakeServer(half) as server, tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out"
        ends("closed in the middle", get("-o", out, server.url), CONNECTION, "closed", "out is incomplete", "4 octets")
        case("what came is kept", Path(out).read_bytes() == b"half")

    def stall(c):
        c.start()
        c.request()
        c.linger()

    with FakeServer(stall) as server:
        ends("a server that stalls", get("--timeout", "0.3", server.url), TIMEOUT, "timed out", "0.3 seconds")
    with FakeServer(lambda c: c.linger()) as server:
        ends("a server that is silent", get("--timeout", "0.3", server.url), TIMEOUT, "timed out")

    def pings(c):
        c.start()
        c.request()
        try:
            while True:
                c.send(frame(PING, 0, 0, b"12345678"))
                c.wait_for(PING)
                threading.Event().wait(0.05)
        except (OSError, Exception):
            pass

    with FakeServer(pings) as server:
        ends("PING is no progress", get("--timeout", "0.4", server.url), TIMEOUT, "timed out")


def protocol_failures():
    def says(*octets):
        def script(c):
            c.send(*octets)
            c.linger()
        return FakeServer(script)

    with says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as server:
        ends("HTTP/1.1", get(server.url), PROTOCOL, "HTTP/1")
    with says(bytes(range(256)) * 4) as server:
        ends("garbage", get(server.url), PROTOCOL, "broke the protocol")
    with says(frame(PING, 0, 0, b"12345678")) as server:
        ends("first frame not SETTINGS", get(server.url), PROTOCOL, "PROTOCOL_ERROR")
    with says(frame(SETTINGS, 0, 0, b"12345")) as server:
        ends("bad SETTINGS", get(server.url), PROTOCOL, "FRAME_SIZE_ERROR")

    def broken_block(c):
        c.start()
        c.send(frame(HEADERS, END_HEADERS, c.request(), b"\xff\xff\xff\xff\xff\xff"))
        c.linger()

    with FakeServer(broken_block) as server:
        ends("broken HPACK", get(server.url), PROTOCOL, "COMPRESSION_ERROR")

    def no_status(c):
        c.start()
        c.send(frame(HEADERS, END_HEADERS, c.request(), header_block([(b"x", b"y")])))
        c.linger()

    with FakeServer(no_status) as server:
        ends("a response without status", get(server.url), PROTOCOL, "PROTOCOL_ERROR")

    def short(c):
        c.start()
        stream_id = c.request()
        c.respond(stream_id, b"1234", fields=[(b"content-length", b"9")], end=False)
        c.send(frame(DATA, END_STREAM, stream_id))
        c.linger()

    with FakeServer(short) as server:
        result = get(server.url)
        ends("less than content-length", result, PROTOCOL, "PROTOCOL_ERROR")
        case("what came is written", result[1] == b"1234", result[1])


def resets():
    def reset_with(code):
        def script(c):
            c.start()
            while True:
                c.reset(c.request(), code)
        return FakeServer(script)

    for code, name in ((2, "INTERNAL_ERROR (0x2)"), (8, "CANCEL (0x8)"), (11, "ENHANCE_YOUR_CALM"), (0, "NO_ERROR"),
                       (13, "HTTP_1_1_REQUIRED"), (0xABC, "UNKNOWN (0xabc)")):
        with reset_with(code) as server:
            ends(f"RST_STREAM {name}", get(server.url), PROTOCOL, "reset", name)
    with reset_with(7) as server:
        ends("REFUSED_STREAM, twice", get(server.url), PROTOCOL, "REFUSED_STREAM", "safe to send it again")
        case("it was sent twice", len(requests_in(server.conversations[0].recorded)) == 2)

    def refuse_once(c):
        c.start()
        c.reset(c.request(), 7)
        c.respond(c.request(), b"second")
        c.linger()

    with FakeServer(refuse_once) as server:
        result = get(server.url)
        case("REFUSED_STREAM, once", result[:2] == (0, b"second"), result)

    def in_the_middle(c):
        c.start()
        stream_id = c.request()
        c.respond(stream_id, b"12345", end=False)
        c.reset(stream_id, 2)
        c.linger()

    with FakeServer(in_the_middle) as server, tempfile.TemporaryDirectory() as folder:
        ends("reset in the middle", get("-o", f"{folder}/out", server.url), PROTOCOL, "INTERNAL_ERROR", "incomplete")
        case("and the file holds what came", Path(f"{folder}/out").read_bytes() == b"12345")

    def one_of_three(c):
        c.start((3, 100))
        ids = [c.request() for _ in range(3)]
        c.reset(ids[1], 2)
        c.respond(ids[0], b"one")
        c.respond(ids[2], b"three")
        c.linger()

    with FakeServer(one_of_three) as server:
        result = get(server.url + "/1", server.url + "/2", server.url + "/3")
        ends("one of three is reset", result, PROTOCOL, "/2: ", "INTERNAL_ERROR")
        case("the others arrive", result[1] == b"onethree", result[1])


def goaways():
    def goaway_with(code, debug=b""):
        def script(c):
            c.start()
            c.request()
            c.goaway(0, code, debug)
        return FakeServer(script)

    with goaway_with(11, b"slow \x1b down") as server:
        ends("GOAWAY", get(server.url), PROTOCOL, "GOAWAY ENHANCE_YOUR_CALM (0xb)", '"slow ? down"', "safe to send")
        case("is not tried again", len(server.conversations) == 1, len(server.conversations))
    with goaway_with(0) as server:
        ends("GOAWAY without error, twice", get(server.url), PROTOCOL, "each connection", "safe to send it again")
        case("is tried again once", len(server.conversations) == 2, len(server.conversations))

    def once(c):
        c.start()
        stream_id = c.request()
        if c.number == 0:
            c.goaway(0, 0)
            return
        c.respond(stream_id, b"on the second connection")
        c.linger()

    with FakeServer(once) as server:
        result = get(server.url)
        case("GOAWAY without error, then an answer", result[:2] == (0, b"on the second connection"), result)

    def drain(c):
        c.start()
        stream_id = c.request()
        c.goaway(stream_id, 0)
        c.respond(stream_id, b"in time ")
        c.linger()

    with FakeServer(drain) as server:
        result = get(server.url, server.url, server.url)
        case("an open request goes on after GOAWAY, others take a new connection",
             result[:2] == (0, b"in time " * 3), result)

    def processed(c):
        c.start()
        c.goaway(c.request(), 2, b"oops")

    with FakeServer(processed) as server:
        result = get(server.url)
        ends("GOAWAY with an error on a request that may have been processed", result, PROTOCOL, "INTERNAL_ERROR",
             "oops")
        case("is not called safe", "safe" not in result[2], result[2])

    def at_once(c):
        c.start()
        c.goaway(0, 0)

    with FakeServer(at_once) as server:
        result = get(server.url, server.url)
        case("GOAWAY on every connection ends", result[0] == PROTOCOL and len(server.conversations) < 5, result)


def make_certificate(folder, *names):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
                    "-addext", "subjectAltName=" + ",".join(names), "-keyout", f"{folder}/key.pem", "-out",
                    f"{folder}/cert.pem"], check=True, capture_output=True)
    return f"{folder}/cert.pem", f"{folder}/key.pem"


def answer(c):
    c.start()
    c.respond(c.request(), b"hello")
    c.linger()


def tls_failures():
    with tempfile.TemporaryDirectory() as folder:
        pair = make_certificate(folder, "IP:127.0.0.1")
        with FakeServer(answer, tls=pair) as server:
            ends("unknown certificate", get(server.url), TLS, "TLS", "certificate")
            result = get("--cacert", pair[0], server.url)
            case("--cacert", result[:2] == (0, b"hello"), result)
            result = get("-k", server.url)
            case("-k", result[:2] == (0, b"hello"), result)
            result = get("--timeout", "5", server.url.replace("https", "http"))
            case("cleartext to TLS: an alert, or a closed connection", result[0] in (CONNECTION, PROTOCOL), result)
            ends("another name", get("--cacert", pair[0], server.url.replace("127.0.0.1", "localhost")), TLS,
                 "certificate")
        with FakeServer(answer, tls=pair, alpn=()) as server:
            ends("no ALPN", get("-k", server.url), TLS, "ALPN")
        with FakeServer(answer, tls=pair, alpn=("http/1.1",)) as server:
            ends("ALPN http/1.1", get("-k", server.url), TLS)
    with FakeServer(answer) as server:
        ends("TLS to cleartext", get("-k", "--timeout", "5", server.url.replace("http", "https")), TLS, "TLS")
    with FakeServer(lambda c: None) as server:
        ends("closed in the handshake", get("-k", server.url.replace("http", "https")), TLS, "handshake")


def statuses():
    def script(c):
        c.start((3, 100))
        while True:
            stream_id = c.request()
            status = {1: 404, 3: 200, 5: 503}[stream_id]
            c.respond(stream_id, str(status).encode(), status=status)

    with FakeServer(script) as server:
        result = get(server.url)
        ends("404", result, HTTP, "HTTP status 404")
        case("its body is written", result[1] == b"404", result[1])
        result = get(server.url, server.url, server.url)
        ends("two of three", result, HTTP, "404", "503")
        case("all bodies in order", result[1] == b"404200503", result[1])


def local_failures():
    with FakeServer(answer) as server:
        ends("a folder that is not there", get("-o", "/nonexistent/out", server.url), LOCAL, "/nonexistent/out")
        ends("a body that is not there", get("-d", "@/nonexistent/in", server.url), LOCAL, "/nonexistent/in")
        ends("a body that is a folder", get("-d", "@/", server.url), LOCAL, "directory")
        with open("/dev/full", "w") as full:
            ends("full disk", get(server.url, stdout=full), LOCAL, "standard output", "No space")
        reader, writer = os.pipe()
        os.close(reader)
        ends("closed pipe", get(server.url, stdout=writer), LOCAL, "Broken pipe")
        os.close(writer)
        with tempfile.TemporaryDirectory() as folder:
            Path(f"{folder}/out").write_bytes(b"precious")
            get("-o", f"{folder}/out", "http://127.0.0.1:1/")
            case("a file is not touched without a response", Path(f"{folder}/out").read_bytes() == b"precious")

    def shrink(c):
        c.start()
        stream_id = c.request()
        c.wait_for(DATA)
        os.truncate(path, 70000)
        c.credit(0, 1 << 24)
        c.credit(stream_id, 1 << 24)
        c.linger()

    with tempfile.TemporaryDirectory() as folder, FakeServer(shrink) as server:
        path = f"{folder}/in"
        Path(path).write_bytes(bytes(1 << 20))
        ends("a body that becomes shorter", get("-d", f"@{path}", server.url), LOCAL, "shorter")


need_command()
connection_failures()
protocol_failures()
resets()
goaways()
tls_failures()
statuses()
local_failures()
finish()
