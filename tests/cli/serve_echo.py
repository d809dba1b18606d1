"""POST /echo at `h2 serve`: octets on their way back before the request has ended, trailers, padding, resets, and the
windows being whole again afterwards."""

import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, WINDOW_UPDATE, case, frame  # noqa: E402

PADDED = 8
STREAM_WINDOW, CONNECTION_WINDOW = 256 * 1024, 1024 * 1024


def read_on(peer, stream, kinds):
    """The next frame of one of these kinds on the stream."""
    while got := peer.read_frame():
        if got[2] == stream and got[0] in kinds:
            return got
    return None


def dialogue(peer):
    stream = peer.request(b"/echo", b"POST", end_stream=False)
    case("the head comes before the body", read_on(peer, stream, [HEADERS]) is not None)
    for word in (b"one", b"two", b"three"):
        peer.send(frame(DATA, 0, stream, word))
        got = read_on(peer, stream, [DATA])
        case(f"'{word.decode()}' comes back while the request is open", got and got[3] == word and not got[1] & END_STREAM, got)
    peer.send(frame(DATA, END_STREAM, stream))
    got = read_on(peer, stream, [DATA])
    case("the end comes back", got and got[3] == b"" and got[1] & END_STREAM, got)


def trailers(peer):
    stream = peer.request(b"/echo", b"POST", end_stream=False)
    read_on(peer, stream, [HEADERS])
    peer.send(frame(DATA, 0, stream, b"body"))
    peer.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, rawh2.header_block([(b"x-sum", b"42")])))
    got = read_on(peer, stream, [DATA])
    case("the body before trailers", got and got[3] == b"body" and not got[1] & END_STREAM, got)
    got = read_on(peer, stream, [DATA, HEADERS])
    case("trailers come back", got and got[0] == HEADERS and got[1] & END_STREAM, got)


def padding(peer):
    stream = peer.request(b"/echo", b"POST", end_stream=False)
    body = b""
    for _ in range(500):
        peer.send(frame(DATA, PADDED, stream, b"\xff" + b"p" * 100 + bytes(255)))
    peer.send(frame(DATA, PADDED | END_STREAM, stream, b"\x05" + b"end" + bytes(5)))
    while got := read_on(peer, stream, [DATA]):
        body += got[3]
        if got[3]:
            for on in (0, stream):
                peer.send(frame(WINDOW_UPDATE, 0, on, struct.pack(">I", len(got[3]))))
        if got[1] & END_STREAM:
            break
    case("padding is not echoed", body == b"p" * 50_000 + b"end", len(body))


def expectation(peer):
    stream = peer.request(b"/echo", b"POST", end_stream=False, fields=[(b"expect", b"100-continue")])
    first = read_on(peer, stream, [HEADERS])
    case("100-continue is answered", first and rawh2.status_of(first[3]) == 100, first)
    second = read_on(peer, stream, [HEADERS])
    case("and the answer follows", second and not second[1] & END_STREAM, second)
    peer.send(frame(DATA, END_STREAM, stream, b"x"))
    case("the body comes back", (read_on(peer, stream, [DATA]) or (0, 0, 0, b""))[3] == b"x")


def credit(server):
    """More than a connection window in uploads that are cancelled half-way: the credit must come back each time."""
    peer = rawh2.Peer(server, window=0)  # so that nothing is echoed
    credit_left = CONNECTION_WINDOW
    piece = b"z" * 16384
    good = True
    for _ in range(20):
        stream = peer.request(b"/echo", b"POST", end_stream=False)
        for _ in range(8):
            while credit_left < len(piece):
                got = peer.read_frame()
                if got is None:
                    good = False
                    break
                if got[0] == WINDOW_UPDATE and got[2] == 0:
                    credit_left += int.from_bytes(got[3], "big")
            if not good:
                break
            peer.send(frame(DATA, 0, stream, piece))
            credit_left -= len(piece)
        peer.send(frame(RST_STREAM, 0, stream, struct.pack(">I", 8)))
    peer.send(frame(rawh2.PING, 0, 0, b"finished"))
    while good and (got := peer.read_frame()):
        if got[0] == rawh2.PING and got[3] == b"finished":
            break
    case("credit of uploads that were cancelled comes back", good)
    peer.close()


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as root, rawh2.Server(root) as server:
        for tls in (False, True):
            print(f"# {'TLS' if tls else 'cleartext'}")
            peer = rawh2.Peer(server, tls)
            dialogue(peer)
            trailers(peer)
            padding(peer)
            peer.close()
            peer = rawh2.Peer(server, tls)
            expectation(peer)
            peer.close()
        credit(server)
    rawh2.finish()


if __name__ == "__main__":
    main()
