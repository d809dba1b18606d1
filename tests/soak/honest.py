"""Honest clients of a soak. Each is a generator: a step does some requests, checks every octet of their answers, and
yields how many they were. A generator that is closed closes its connections."""

import contextlib
import hashlib
import re
import struct
import subprocess

import rawh2
from rawh2 import DATA, END_STREAM, HEADERS, RST_STREAM, WINDOW_UPDATE, frame

SIZES = {"empty": 0, "1k": 1000, "20k": 20_000, "300k": 300_000, "2m": 2_000_000}


def contents():
    """Files by name; no two pieces of one are alike."""
    out = {}
    for name, size in SIZES.items():
        pieces = (hashlib.sha256(f"{name} {i}".encode()).digest() for i in range(size // 32 + 1))
        out[name] = b"".join(pieces)[:size]
    return out


FILES = contents()


def check(good, what):
    if not good:
        raise AssertionError(what)


@contextlib.contextmanager
def connection(server, tls, **options):
    peer = rawh2.Peer(server, tls, **options)
    try:
        yield peer
    finally:
        peer.close()


def get(peer, name, status=200, body=None, **request):
    got = peer.response(peer.request(b"/" + name.encode(), **request))
    body = FILES[name] if body is None else body
    check(got == (status, body), f"{name}: {got[0]} with {len(got[1])} octets, not {status} with {len(body)}")
    return 1


def kept(server, rng):
    """One connection, files of all sizes in turn, now and then several at once."""
    while True:
        with connection(server, rng.random() < 0.5, window=1_000_000) as peer:
            for _ in range(rng.randrange(5, 60)):
                yield sum(get(peer, rng.choice(("empty", "1k", "20k", "300k"))) for _ in range(3))


def fresh(server, rng):
    """A connection for each request."""
    while True:
        with connection(server, rng.random() < 0.3) as peer:
            done = get(peer, rng.choice(("1k", "20k")))
        yield done


def methods(server, rng):
    """HEAD, ranges, what has not changed and what is not there."""
    while True:
        with connection(server, rng.random() < 0.3) as peer:
            get(peer, "20k", body=b"", method=b"HEAD")
            first = rng.randrange(300_000)
            last = rng.randrange(first, 300_000)
            get(peer, "300k", 206, FILES["300k"][first:last + 1], fields=[(b"range", b"bytes=%d-%d" % (first, last))])
            get(peer, "1k", 304, b"", fields=[(b"if-none-match", b"*")])
            status, _ = peer.response(peer.request(b"/nothing"))
            check(status == 404, f"/nothing: {status}")
        yield 4


def upload(server, rng):
    """A body to /echo, as fast as the windows let it, and back."""
    while True:
        body = FILES[rng.choice(("20k", "300k"))]
        with connection(server, rng.random() < 0.3) as peer:
            on = peer.request(b"/echo", method=b"POST", end_stream=False)
            got, sent = b"", 0
            # The server's window is above 65,535 octets, and opens as octets come back.
            while True:
                while sent < len(body) and sent - len(got) < 60_000:
                    piece = body[sent:sent + 10_000]
                    sent += len(piece)
                    peer.send(frame(DATA, END_STREAM if sent == len(body) else 0, on, piece))
                kind, flags, _, payload = peer.read_frame() or (None, END_STREAM, 0, b"")
                check(kind not in (None, RST_STREAM, rawh2.GOAWAY), f"/echo ended by {kind} after {len(got)} octets")
                if kind == DATA:
                    got += payload
                    credit(peer, on, len(payload), flags)
                if kind in (DATA, HEADERS) and flags & END_STREAM:
                    break
            check(got == body, f"/echo: {len(got)} octets came back of {len(body)}")
        yield 1


def credit(peer, on, octets, flags=0):
    if octets > 0:
        increment = struct.pack(">I", octets)
        peer.send(frame(WINDOW_UPDATE, 0, 0, increment)
                  + (b"" if flags & END_STREAM else frame(WINDOW_UPDATE, 0, on, increment)))


def slow(server, rng):
    """A reader whose window is small; a step reads a quarter of the file."""
    while True:
        with connection(server, rng.random() < 0.5, window=16_384) as peer:
            on, got, steps = peer.request(b"/300k"), b"", 0
            while len(got) < SIZES["300k"]:
                answer = peer.read_frame()
                check(answer is not None and answer[0] not in (RST_STREAM, rawh2.GOAWAY), f"slow: {answer}")
                if answer[0] == DATA:
                    got += answer[3]
                    credit(peer, on, len(answer[3]), answer[1])
                if len(got) * 4 // SIZES["300k"] > steps:
                    steps += 1
                    yield 0
            check(got == FILES["300k"], "slow: the body differs")
        yield 1


def idle(server, rng):
    """Connections that are hardly used: the steps are far apart."""
    while True:
        with contextlib.ExitStack() as stack:
            peers = [stack.enter_context(connection(server, i % 2 == 0)) for i in range(10)]
            for _ in range(30):
                yield sum(get(peer, "1k") for peer in peers)


def cancelling(server, rng):
    """Downloads that are given up half-way; the connection goes on."""
    while True:
        with connection(server, rng.random() < 0.3) as peer:
            for _ in range(20):
                on, octets = peer.request(b"/2m"), 0
                while octets < 30_000:
                    answer = peer.read_frame()
                    check(answer is not None and answer[0] not in (RST_STREAM, rawh2.GOAWAY), f"cancelling: {answer}")
                    octets += len(answer[3]) if answer[0] == DATA and answer[2] == on else 0
                peer.send(frame(RST_STREAM, 0, on, struct.pack(">I", 8)))
                # What was on its way counts, too.
                ping = struct.pack(">Q", on)
                peer.send(frame(rawh2.PING, 0, 0, ping))
                while (answer := peer.read_frame()) and (answer[0] != rawh2.PING or answer[3] != ping):
                    octets += len(answer[3]) if answer[0] == DATA else 0
                peer.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", octets)))
                yield get(peer, "1k")


def url(server, tls, name):
    return f"https://127.0.0.1:{server.tls_port}/{name}" if tls else f"http://127.0.0.1:{server.port}/{name}"


def run(command, body=None):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=90)
    check(done.returncode == 0, f"{command[0]}: exit code {done.returncode}: {done.stderr[-200:]}")
    check(body is None or done.stdout == body, f"{' '.join(command)}: {len(done.stdout)} octets")
    return done.stdout


def curl(server, rng):
    """curl: two files on one connection over TLS, one with an upgrade (some releases cannot use a connection in cleartext
    twice), and an upload."""
    while True:
        run(["curl", "-sSk", "--http2", url(server, True, "20k"), url(server, True, "300k")], FILES["20k"] + FILES["300k"])
        run(["curl", "-sS", "--http2", url(server, False, "300k")], FILES["300k"])
        tls = rng.random() < 0.5
        run(["curl", "-sSk", "--http2" if tls else "--http2-prior-knowledge", "--data-binary",
             "@" + str(server.root / "20k"), url(server, tls, "echo")], FILES["20k"])
        yield 4


def h2_get(server, rng):
    """Our own client."""
    while True:
        tls = rng.random() < 0.5
        run([str(rawh2.H2), "get", "-k", url(server, tls, "2m"), url(server, tls, "1k")], FILES["2m"] + FILES["1k"])
        yield 2


def h2load(server, rng):
    """h2load: bursts of requests on several connections."""
    while True:
        said = run(["h2load", "-n", "500", "-c", "4", "-m", "10", url(server, rng.random() < 0.5, "1k")]).decode()
        counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", said)
        check(counts and [int(n) for n in counts.groups()] == [500, 0, 0, 0], f"h2load: {said[-300:]}")
        yield 500


# Kind and seconds between steps.
KINDS = ((kept, 0.1), (fresh, 0.1), (methods, 0.4), (upload, 0.5), (slow, 0.1), (idle, 6.0), (cancelling, 0.4),
         (curl, 2.0), (h2_get, 2.0), (h2load, 2.0))


def go_on(kind, pause, server, rng, tally, stop):
    """Steps until `stop` is set, and one last step of whoever was waiting."""
    name, client = kind.__name__, kind(server, rng)
    last = False
    while not last:
        last = stop.is_set()
        try:
            tally.honest(name, next(client))
        except Exception as why:  # whatever it is, the verdict tells
            tally.honest_failed(name, f"{type(why).__name__}: {why}")
            client = kind(server, rng)
        if not last:
            stop.wait(pause * rng.uniform(0.5, 1.5))
    client.close()
