#!/usr/bin/python3
"""1,000 connections at once to `h2 serve`, ten requests each; what they cost in memory, and that it comes back."""

import resource
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402

CONNECTIONS = 1000
REQUESTS = 10
ROUNDS_AT_MOST = 4
BODY = b"x" * 1000


def answers(peer, ids):
    """How many of the streams came to their end with the whole body."""
    ended = set()
    octets = dict.fromkeys(ids, 0)
    while len(ended) < len(ids):
        got = peer.read_frame()
        if got is None:
            break
        kind, flags, on, payload = got
        if kind == rawh2.DATA:
            octets[on] += len(payload)
        if kind in (rawh2.DATA, rawh2.HEADERS) and flags & rawh2.END_STREAM:
            ended.add(on)
    return sum(1 for on in ended if octets[on] == len(BODY))


def open_all(server, tls):
    """Half of the requests while the connections are opened, half when all are open, on all of them at once."""
    peers, right = [], 0
    for _ in range(CONNECTIONS):
        peer = rawh2.Peer(server, tls)
        peers.append(peer)
        right += answers(peer, [peer.request(b"/file") for _ in range(REQUESTS // 2)])
    streams = [[peer.request(b"/file") for _ in range(REQUESTS // 2)] for peer in peers]
    right += sum(answers(peer, ids) for peer, ids in zip(peers, streams))
    return peers, right


def grew(figures):
    """Whether the last round took a tenth more than the one before."""
    before, last = figures[-2][0], figures[-1][0]
    return not rawh2.SANITIZED and last > before + before // 10


def settled(server):
    """Resident KiB once it has stopped falling: what a connection worked with may be given back after its answers."""
    least = server.resident()
    while not rawh2.SANITIZED and rawh2.wait_until(lambda: server.resident() < least, 1):
        least = server.resident()
    return least


def rounds(server, tls):
    """Opens, measures and closes the connections, twice; once more when the second time took more than the first, as a
    single measure may: what leaks takes more each time."""
    name = "TLS" if tls else "cleartext"
    first = rawh2.Peer(server, tls)  # what is made once is made before the first measure
    first.response(first.request(b"/file"))
    first.close()
    before_sockets = None
    before = server.resident()
    figures = []
    while len(figures) < 2 or (len(figures) < ROUNDS_AT_MOST and grew(figures)):
        rawh2.wait_until(lambda: server.sockets() == (before_sockets or server.sockets()))
        before_sockets = before_sockets or server.sockets()
        peers, right = open_all(server, tls)
        rawh2.case(f"{name}: {CONNECTIONS} connections, {CONNECTIONS * REQUESTS} right answers",
                   right == CONNECTIONS * REQUESTS, right)
        full = settled(server)
        for peer in peers:
            peer.close()
        rawh2.case(f"{name}: every socket is closed", rawh2.wait_until(lambda: server.sockets() <= before_sockets + 1),
                   f"{server.sockets()} sockets, {before_sockets} before")
        limit = before + max((full - before) // 2, 4096)
        down = rawh2.SANITIZED or rawh2.wait_until(lambda: server.resident() <= limit, 10)
        figures.append((full, server.resident()))
        rawh2.case(f"{name}: memory comes back", down, f"{before} before, {full} open, {server.resident()} after (KiB)")
    (full, after), (full_again, after_again) = figures[0], figures[-1]
    print(f"# {name}: resident KiB: {before} idle, {full} with {CONNECTIONS} connections, {after} after; "
          f"again {full_again} and {after_again}; {(full - before) / CONNECTIONS:.1f} KiB a connection")
    rawh2.case(f"{name}: a further round costs no more than the one before", not grew(figures), f"{figures} KiB")


def main():
    rawh2.need_command()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS + 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    with tempfile.TemporaryDirectory() as root:
        Path(root, "file").write_bytes(BODY)
        for tls in (False, True):
            with rawh2.Server(root) as server:
                rounds(server, tls)
    rawh2.finish()


if __name__ == "__main__":
    main()
