"""`h2 get`: what it sends and writes, against a server that looks closely: fields, order of bodies, concurrency, flow
control both ways, uploads, 1xx and trailers, -v, Upgrade."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from fake_server import FakeServer, decode, requests_in
from rawh2 import (DATA, END_HEADERS, END_STREAM, H2, HEADERS, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE, case, finish,
                   frame, header_block, need_command, wait_until)

PADDED = 8
MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 3, 4, 5


def get(*arguments, stdin=subprocess.DEVNULL, data=None):
    done = subprocess.run([str(H2), "get", *arguments], stdin=None if data is not None else stdin, input=data,
                          capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode()


def works(name, result, body):
    case(name, result[:2] == (0, body) and "Sanitizer" not in result[2], f"{result[0]} {result[1][:80]} {result[2]}")


def answer(c):
    c.start((MAX_CONCURRENT_STREAMS, 100))
    while True:
        c.respond(c.request(), b"hello")


def upload_server(*settings, window=0, delay=0):
    """Reads whole bodies, giving `window` octets of credit at a time, and answers with their length."""
    def script(c):
        c.start(*settings)
        lengths = {}
        while True:
            kind, flags, stream_id, payload = c.wait_for(HEADERS, DATA)
            lengths[stream_id] = lengths.get(stream_id, 0) + (len(payload) if kind == DATA else 0)
            if flags & END_STREAM:
                c.respond(stream_id, str(lengths.pop(stream_id)).encode())
            elif kind == DATA and payload:
                time.sleep(delay)
                c.credit(0, len(payload))
                c.credit(stream_id, len(payload))
    return FakeServer(script)


def sent(server):
    return requests_in(server.conversations[-1].recorded)


def fields():
    with FakeServer(answer) as server:
        authority = f"127.0.0.1:{server.port}"
        works("GET", get(f"{server.url}/a%2fb?c=%20d#fragment"), b"hello")
        got = sent(server)[0]
        case("pseudo-fields", (got[":method"], got[":scheme"], got[":authority"], got[":path"]) ==
             ("GET", "http", authority, "/a%2fb?c=%20d"), got)
        case("defaults", got["user-agent"].startswith("libh2/") and got["accept"] == "*/*", got)
        works("no path", get(f"{server.url}?q"), b"hello")
        case("a path is made", sent(server)[0][":path"] == "/?q")
        works("upper-case scheme and host", get(server.url.replace("http", "HTTP").replace("127.0.0.1", "LOCALHOST")), b"hello")
        case("are made lower", sent(server)[0][":authority"] == f"localhost:{server.port}", sent(server))
        works("a name below localhost", get(server.url.replace("127.0.0.1", "a.b.Localhost")), b"hello")
        works("localhost with its dot", get(server.url.replace("127.0.0.1", "localhost.")), b"hello")
        works("-H", get("-H", "X-One:  a: b  ", "-H", "user-agent: me", "-H", "Host: other", "-H", "empty:", server.url), b"hello")
        got = sent(server)[0]
        case("fields of the user", (got["x-one"], got["user-agent"], got[":authority"], got["empty"]) ==
             ("a: b", "me", "other", ""), got)
        case("Host becomes :authority", "host" not in got, got)
        result = get("-H", "connection: close", server.url)
        case("connection-specific fields are not sent", result[0] == 2 or "connection" not in sent(server)[0], result)
        works("-X", get("-X", "DELETE", server.url), b"hello")
        case("method", sent(server)[0][":method"] == "DELETE")

    def head(c):
        c.start()
        c.respond(c.request(), fields=[(b"content-length", b"1000")])
        c.linger()

    with FakeServer(head) as server:
        works("HEAD", get("-X", "HEAD", server.url), b"")


def many():
    def backwards(c):
        c.start((MAX_CONCURRENT_STREAMS, 100))
        ids = [c.request() for _ in range(5)]
        for stream_id in reversed(ids):
            c.respond(stream_id, str(stream_id).encode() * 1000)
        c.linger()

    with FakeServer(backwards) as server, tempfile.TemporaryDirectory() as folder:
        urls = [f"{server.url}/{i}" for i in range(5)]
        expected = b"".join(str(i).encode() * 1000 for i in (1, 3, 5, 7, 9))
        works("bodies are in the order of the URLs", get(*urls), expected)
        case("on one connection", len(server.conversations) == 1)
        get("-o", f"{folder}/all", *urls)
        case("-o holds all", Path(f"{folder}/all").read_bytes() == expected)
        get("--output-dir", folder, *urls)
        case("--output-dir holds each", b"".join(Path(f"{folder}/{i}").read_bytes() for i in range(5)) == expected)

    state = {"open": 0, "most": 0}

    def limited(c):
        c.start((MAX_CONCURRENT_STREAMS, 2))
        waiting = []
        answered = 0
        while answered < 7:
            waiting.append(c.request())
            state["most"] = max(state["most"], len(waiting))
            if len(waiting) == 2 or answered + len(waiting) == 7:
                c.respond(waiting.pop(0), b"x")
                answered += 1
                while waiting and answered + len(waiting) == 7:
                    c.respond(waiting.pop(0), b"x")
                    answered += 1
        c.linger()

    with FakeServer(limited) as server:
        works("MAX_CONCURRENT_STREAMS 2", get(*[server.url] * 7), b"x" * 7)
        case("is kept", state["most"] == 2, state)
    with FakeServer(answer) as server:
        works("500 URLs", get(*[server.url] * 500), b"hello" * 500)
    with FakeServer(answer) as one, FakeServer(answer) as two:
        works("two origins", get(one.url, two.url, one.url), b"hello" * 3)
        case("a connection each", (len(one.conversations), len(two.conversations)) == (1, 1))

    def large(c):
        """Sends all bodies at once as far as credit goes, the first one last."""
        c.start((MAX_CONCURRENT_STREAMS, 100))
        ids = [c.request() for _ in range(12)]
        left = dict.fromkeys(reversed(ids), 400000)
        for stream_id in ids:
            c.respond(stream_id, end=False)
        while left:
            moved = False
            for stream_id in list(left):
                size = min(16384, left[stream_id], c.available(stream_id))
                if size > 0:
                    moved = True
                    left[stream_id] -= size
                    c.send_data(stream_id, bytes(size), 0 if left[stream_id] else END_STREAM)
                if not left[stream_id]:
                    del left[stream_id]
            if not moved:
                c.wait_for(WINDOW_UPDATE, SETTINGS)
        c.linger()

    with FakeServer(large) as server:
        works("large bodies that wait for their turn do not stop each other", get(*[server.url] * 12), bytes(12 * 400000))


def back_pressure():
    """A reader that is slow: the server gets no more credit than what was read, about a window and the pipe."""
    state = {"sent": 0, "blocked": False}
    total = 8 << 20

    def script(c):
        c.start()
        stream_id = c.request()
        c.respond(stream_id, end=False)
        while state["sent"] < total:
            size = min(10000, total - state["sent"], c.available(stream_id))
            if size <= 0:
                state["blocked"] = True
                c.wait_for(WINDOW_UPDATE, SETTINGS)
                continue
            c.send_data(stream_id, b"\x00" + bytes(size - 1), PADDED)  # padding costs credit, too
            state["sent"] += size
        c.send_data(stream_id, b"", END_STREAM)
        c.linger()

    with FakeServer(script) as server:
        process = subprocess.Popen([str(H2), "get", "--timeout", "1", server.url], stdout=subprocess.PIPE)
        blocked = wait_until(lambda: state["blocked"])
        time.sleep(1.5)  # longer than the timeout: waiting for our own reader is not the server's fault
        at_most = (1 << 20) + (1 << 16) + (1 << 19)
        case("credit stops with the reader", blocked and state["sent"] <= at_most, state)
        case("without a timeout", process.poll() is None)
        body = process.stdout.read()
        case("and all arrives", process.wait(30) == 0 and len(body) > total - 2000, (process.returncode, len(body)))


def uploads():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/in"
        Path(path).write_bytes(os.urandom(300000))
        with upload_server() as server:
            works("-d @FILE", get("-d", f"@{path}", server.url), b"300000")
            got = sent(server)[0]
            case("fields of a file", (got[":method"], got["content-length"], got["content-type"]) ==
                 ("POST", "300000", "application/octet-stream"), got)
            works("-d DATA", get("-d", "a=b", "-X", "PUT", server.url), b"3")
            got = sent(server)[0]
            case("fields of text", (got[":method"], got["content-length"], got["content-type"]) ==
                 ("PUT", "3", "application/x-www-form-urlencoded"), got)
            works("-d ''", get("-d", "", server.url), b"0")
            works("-d @- from a pipe", get("-d", "@-", server.url, data=bytes(100000)), b"100000")
            case("has no content-length", "content-length" not in sent(server)[0], sent(server))
            with open(path, "rb") as file:
                works("-d @- from a file", get("-d", "@-", server.url, stdin=file), b"300000")
            case("has one", sent(server)[0].get("content-length") == "300000", sent(server))
            works("-d @/dev/null", get("-d", "@/dev/null", server.url), b"0")
            Path(f"{folder}/empty").write_bytes(b"")
            works("an empty file", get("-d", f"@{folder}/empty", server.url), b"0")
            works("a body to several URLs", get("-d", f"@{path}", *[server.url] * 3), b"300000" * 3)
            big = f"{folder}/big"
            with open(big, "wb") as file:
                file.truncate(64 << 20)
            process = subprocess.Popen([str(H2), "get", "-d", f"@{big}", server.url], stdout=subprocess.PIPE)
            _, status, usage = os.wait4(process.pid, 0)
            case("64 MiB are sent", (status, process.stdout.read()) == (0, b"67108864"))
            if not os.environ.get("H2_SANITIZE"):
                case("and not held in memory", usage.ru_maxrss < 40000, f"{usage.ru_maxrss} KiB")
        with upload_server((INITIAL_WINDOW_SIZE, 10)) as server:
            works("a window of 10 octets", get("-d", "x" * 1000, server.url, server.url), b"10001000")
            sizes = [one["length"] for one in decode(server.conversations[0].recorded)
                     if one["type"] == "DATA" and one["stream_id"] == 3]  # opened when the window was known
            case("is kept", max(sizes) <= 10 and sum(sizes) == 1000, sizes)
        with upload_server((MAX_FRAME_SIZE, 1 << 20), (INITIAL_WINDOW_SIZE, 1 << 20)) as server:
            works("large frames", get("-d", f"@{path}", server.url), b"300000")

        def zero_window(c):
            c.start((INITIAL_WINDOW_SIZE, 0))
            c.respond(c.request(), b"ok")
            stream_id = c.request()
            time.sleep(0.2)
            c.send(frame(SETTINGS, 0, 0, b"\0\x04" + (1 << 20).to_bytes(4, "big")))
            c.wait_for(DATA)
            c.respond(stream_id, b"ok")
            c.linger()

        with FakeServer(zero_window) as server:
            works("a window that opens with SETTINGS", get("-d", "abc", server.url, server.url), b"okok")

        def early(c):
            c.start()
            stream_id = c.request()
            c.respond(stream_id, b"too large", status=200)
            kind, _, _, payload = c.wait_for(RST_STREAM)
            state["code"] = int.from_bytes(payload, "big")
            c.linger()

        state = {}
        with FakeServer(early) as server:
            works("an answer before the body is sent", get("-d", f"@{big}", server.url), b"too large")
        case("ends the body with CANCEL", state.get("code") == 8, state)
        with FakeServer(early) as server:
            process = subprocess.Popen([str(H2), "get", "-d", "@-", server.url], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
            case("an answer while standard input is silent",
                 process.stdout.read() == b"too large" and process.wait(20) == 0)
            process.stdin.close()

        def refuse_once(c):
            c.start()
            c.credit(0, 1 << 20)
            c.reset(c.request(), 7)
            stream_id = c.request()
            got = 0
            while got < 300000:
                _, _, on, payload = c.wait_for(DATA)
                c.credit(0, len(payload))
                if on == stream_id:
                    got += len(payload)
                    c.credit(on, len(payload))
            c.respond(stream_id, str(got).encode())
            c.linger()

        with FakeServer(refuse_once) as server:
            works("a file is sent again after REFUSED_STREAM", get("-d", f"@{path}", server.url), b"300000")


def verbose():
    def script(c):
        c.start((MAX_CONCURRENT_STREAMS, 7))
        stream_id = c.request()
        c.respond(stream_id, status=103, fields=[(b"link", b"</style.css>")], end=False)
        c.respond(stream_id, b"body", fields=[(b"x-escape", b"\x80esc")], end=False)
        c.send(frame(HEADERS, END_HEADERS | END_STREAM, stream_id, header_block([(b"x-trailer", b"last")])))
        c.linger()

    with FakeServer(script) as server:
        result = get("-v", server.url)
        works("1xx and trailers", result, b"body")
        for word in ("> client preface", "> SETTINGS", "> HEADERS", ":path: /", "< SETTINGS", "MAX_CONCURRENT_STREAMS(3) = 7",
                     "* RemoteSettingsChanged", "* InformationalResponseReceived", "link: </style.css>",
                     "* ResponseReceived", ":status: 200", "* DataReceived", "< DATA", "* TrailersReceived",
                     "x-trailer: last", "* StreamEnded", "> GOAWAY", "flags=END_STREAM,END_HEADERS", r"\x80esc"):
            case(f"-v shows '{word}'", word in result[2], result[2])
        case("-v has no colour in a file", "\033" not in result[2])
        case("without -v nothing is said", get(server.url)[2] == "")


def upgrade():
    def head_of(c):
        head = c.read_until(b"\r\n\r\n").decode()
        state["head"] = head
        return head

    state = {}

    def accept(c):
        head = head_of(c)
        c.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        c.send(frame(SETTINGS, 0, 0, b"\0\x03\0\0\0\x64"))
        if head.startswith("GET"):
            c.respond(1, b"upgraded ")
        else:
            c.respond(1, b"options", status=200)
        assert c.read(24) == PREFACE
        while True:
            stream_id = c.request()
            c.respond(stream_id, b"more ")

    with FakeServer(accept) as server:
        works("--upgrade", get("--upgrade", f"{server.url}/path?q"), b"upgraded ")
        head = state["head"]
        case("the request", head.startswith("GET /path?q HTTP/1.1\r\nHost: 127.0.0.1:") and "Upgrade: h2c\r\n" in head and
             "HTTP2-Settings: " in head and "Connection: Upgrade, HTTP2-Settings\r\n" in head, head)
        settings = [line for line in head.splitlines() if line.startswith("HTTP2-Settings")][0].split()[1]
        case("HTTP2-Settings is base64url without padding", "=" not in settings and "+" not in settings, settings)
        works("more URLs follow", get("--upgrade", *[server.url] * 3), b"upgraded more more ")
        works("-d upgrades with OPTIONS", get("--upgrade", "-d", "x", server.url), b"more ")
        case("and asks for *", state["head"].startswith("OPTIONS * HTTP/1.1\r\n"), state["head"])

    def declines(*octets, close=True):
        def script(c):
            head_of(c)
            c.send(*octets)
            if not close:
                c.linger()
        return FakeServer(script)

    def said(name, result, code, body, word):
        case(name, result[:2] == (code, body) and word in result[2], result)

    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain"
    with declines(plain, close=False) as server:
        said("an answer in HTTP/1.1", get("--upgrade", server.url), 0, b"plain", "did not upgrade")
        said("and another URL", get("--upgrade", server.url, server.url), 5, b"plain", "does not upgrade")
        said("and a body", get("--upgrade", "-d", "x", server.url), 5, b"", "does not upgrade")
    with declines(b"HTTP/1.1 100 Continue\r\n\r\n", plain, close=False) as server:
        said("after 100", get("--upgrade", server.url), 0, b"plain", "did not upgrade")
    with declines(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", close=False) as server:
        said("chunked", get("--upgrade", server.url), 0, b"abcde", "did not upgrade")
    with declines(b"HTTP/1.0 200 OK\r\n\r\nuntil the end") as server:
        said("until the end", get("--upgrade", server.url), 0, b"until the end", "HTTP/1.0")
    big = 8 << 20
    with declines(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % big, bytes(big)) as server:
        process = subprocess.Popen([str(H2), "get", "--upgrade", "--timeout", "1", server.url], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        case("a large answer in HTTP/1.1 to a slow reader", process.stdout.read() == bytes(big) and process.wait(30) == 0,
             process.returncode)
    with declines(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", close=False) as server:
        said("404 in HTTP/1.1", get("--upgrade", server.url), 6, b"no", "404")
    with declines(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut") as server:
        said("cut", get("--upgrade", server.url), 3, b"cut", "closed")
    with declines(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", close=False) as server:
        said("another protocol", get("--upgrade", server.url), 5, b"", "h2c")
    with declines(b"\0\0\0\4\0\0\0\0\0", close=False) as server:
        said("no HTTP/1.1", get("--upgrade", server.url), 5, b"", "no HTTP/1.1")
    with declines() as server:
        said("closed", get("--upgrade", server.url), 3, b"", "closed")


need_command()
fields()
many()
back_pressure()
uploads()
verbose()
upgrade()
finish()
