"""The TLS port of `h2 serve`: certificates, versions, cipher suites, ALPN; bodies, clients that read slowly or break off."""

import random
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
import tls12  # noqa: E402
from rawh2 import H2, case  # noqa: E402

BODY = b"over TLS"
LARGE = random.Random(5).randbytes(1_500_007)
WINDOW = struct.pack(">I", 2**30)


def make_certificate(folder, name):
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def context(*protocols, verify=None):
    made = ssl.create_default_context(cafile=verify)
    if not verify:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if protocols:
        made.set_alpn_protocols(list(protocols))
    return made


def shake_hands(server, made):
    """The TLS socket, or what went wrong."""
    raw = socket.create_connection(("127.0.0.1", server.tls_port), timeout=10)
    try:
        return made.wrap_socket(raw, server_hostname="127.0.0.1")
    except (ssl.SSLError, OSError) as error:
        raw.close()
        return error


def agrees(server, name, made, version=None, protocol="h2"):
    got = shake_hands(server, made)
    good = isinstance(got, ssl.SSLSocket) and got.selected_alpn_protocol() == protocol and version in (None, got.version())
    case(name, good, got)
    if isinstance(got, ssl.SSLSocket):
        got.close()


def refuses(server, name, made, why=""):
    got = shake_hands(server, made)
    case(name, isinstance(got, Exception) and why in str(got).lower().replace("_", " "), got)
    if isinstance(got, ssl.SSLSocket):
        got.close()


def versions(server):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        made = context("h2")
        made.minimum_version = made.maximum_version = version
        agrees(server, f"{name} is spoken", made, name)
    made = context("h2")
    made.set_ciphers("DEFAULT@SECLEVEL=0")
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_1
    refuses(server, "TLSv1.1 is not", made)
    for suite in ("AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES128-SHA"):
        made = context("h2")
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        made.set_ciphers(f"{suite}:@SECLEVEL=0")
        refuses(server, f"{suite}, which RFC 9113 forbids, is not", made)


def protocols(server):
    agrees(server, "h2 among others", context("http/1.1", "h2"))
    refuses(server, "http/1.1 alone is refused by an alert", context("http/1.1"), "no application protocol")
    got = shake_hands(server, context())
    try:
        octets = got.recv(100) if isinstance(got, ssl.SSLSocket) else got
    except OSError as error:
        octets = error
    case("no ALPN at all: closed without a word", octets == b"", octets)


def breaking_off(server):
    """Each connection ends in another untidy way; the server goes on."""
    for name, octets in (("nothing", b""), ("half a ClientHello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50)),
                         ("no TLS", b"GET / HTTP/1.1\r\n\r\n"), ("a record too large", b"\x16\x03\x01\xff\xff" + bytes(70000))):
        raw = socket.create_connection(("127.0.0.1", server.tls_port), timeout=10)
        try:
            raw.sendall(octets)
        except OSError:
            pass
        raw.close()
        peer = rawh2.Peer(server, tls=True)
        case(f"after {name}", peer.response(peer.request(b"/file")) == (200, BODY))
        peer.socket.unwrap() if name == "nothing" else peer.close()  # with and without close_notify


def large_peer(server, **more):
    """A client with windows for all of the large file, which it has asked for on three streams."""
    peer = rawh2.Peer(server, tls=True, window=2**30, **more)
    peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, 0, WINDOW))
    return peer, [peer.request(b"/large") for _ in range(3)]


def bodies(server):
    peer, streams = large_peer(server)
    got = {on: b"" for on in streams}
    ended = 0
    while ended < len(streams):
        kind, flags, on, payload = peer.read_frame()
        if kind == rawh2.DATA:
            got[on] += payload
            ended += flags & rawh2.END_STREAM
    case("three bodies at a time", all(body == LARGE for body in got.values()), [len(body) for body in got.values()])
    peer.close()


def slow(server):
    """The socket is full for most of the time, and what it takes is never a whole record."""
    peer, streams = large_peer(server, room=4096)
    got, ended, pieces = {on: b"" for on in streams}, 0, 0
    while ended < len(streams):
        if len(peer.buffer) < 65536 and pieces < 200:
            time.sleep(0.002)
            peer.buffer += peer.socket.recv(3001)
            pieces += 1
        kind, flags, on, payload = peer.read_frame()
        if pieces % 50 == 7:
            peer.send(rawh2.frame(rawh2.PING, 0, 0, bytes(8)))
        if kind == rawh2.DATA:
            got[on] += payload
            ended += flags & rawh2.END_STREAM
    case("a client that reads slowly gets all", all(body == LARGE for body in got.values()),
         [len(body) for body in got.values()])
    peer.close()


def leaving(server):
    """Clients that are gone while records wait for them."""
    idle = server.descriptors()
    before = server.resident()
    for tidy in (True, False):
        for _ in range(20):
            peer, _ = large_peer(server, room=4096)
            peer.read_frame()
            if not tidy:
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
    case("connections that end in the middle of a body are closed", rawh2.wait_until(lambda: server.descriptors() <= idle),
         server.descriptors() - idle)
    grown = server.resident() - before
    case("and cost nothing afterwards", rawh2.SANITIZED or grown < 8192, f"{grown} KiB")
    peer = rawh2.Peer(server, tls=True)
    case("and others are served", peer.response(peer.request(b"/file")) == (200, BODY))
    peer.close()


def renegotiating(server):
    """TLS 1.2: each attempt is refused by an alert, and the client reads none of them."""
    before, hello = server.resident(), b"\1\0\0\0"
    client = tls12.Client(server.tls_port, room=4096)
    client.socket.sendall(client.record(tls12.APPLICATION_DATA, rawh2.PREFACE + rawh2.frame(rawh2.SETTINGS, 0, 0)))
    client.socket.settimeout(2)
    try:
        for _ in range(10 if rawh2.SANITIZED else 100):
            client.socket.sendall(b"".join(client.record(tls12.HANDSHAKE, hello) for _ in range(5000)))
    except socket.timeout:
        pass  # it is not read from any more
    grown = server.resident() - before
    case("alerts that are not read are bounded", rawh2.SANITIZED or grown < 4096, f"{grown} KiB")
    client.close()
    peer = rawh2.Peer(server, tls=True)
    case("after renegotiation without end", peer.response(peer.request(b"/file")) == (200, BODY))
    peer.close()


def certificates(folder, root):
    cert, key = make_certificate(folder, "one")
    _, other_key = make_certificate(folder, "two")
    with rawh2.Server(root, "--cert", cert, "--key", key) as server:
        agrees(server, "a certificate of our own is verified", context("h2", verify=cert))
        versions(server)
    for name, files, code, wanted in (("the key of another certificate", (cert, other_key), 4, "two.key"),
                                      ("no such certificate", (folder / "none", key), 7, "none"),
                                      ("no such key", (cert, folder / "none"), 7, "none"),
                                      ("a key as certificate", (key, key), 4, "one.key")):
        done = subprocess.run([H2, "serve", "--tls-port", "0", "--cert", files[0], "--key", files[1], root],
                              capture_output=True, timeout=30)
        case(f"{name}: one line and {code}", done.returncode == code and done.stderr.count(b"\n") == 1 and
             wanted.encode() in done.stderr, (done.returncode, done.stderr))


def main():
    rawh2.need_command()
    warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.1
    if not shutil.which("openssl"):
        print("ok # SKIP openssl is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        root = folder / "root"
        root.mkdir()
        (root / "file").write_bytes(BODY)
        (root / "large").write_bytes(LARGE)
        certificates(folder, root)
        with rawh2.Server(root) as server:
            versions(server)
            protocols(server)
            breaking_off(server)
            bodies(server)
            slow(server)
            leaving(server)
            renegotiating(server)
    rawh2.finish()


if __name__ == "__main__":
    main()
