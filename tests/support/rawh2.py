"""A bare HTTP/2 peer for tests that have to do what no client does: frames are written and read as octets, header
blocks are literals without Huffman. Also starts and stops `h2 serve`. Knows nothing of libh2."""

import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(os.environ.get("H2_SOURCE_DIR", Path(__file__).resolve().parents[2]))
BUILD = Path(os.environ.get("H2_BUILD_DIR", SOURCE / "build"))
SANITIZED = bool(os.environ.get("H2_SANITIZE"))
H2 = BUILD / "h2"

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW_SIZE = 4

INDEXED_STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
HUFFMAN_DIGITS = {"00000": "0", "00001": "1", "00010": "2", **{format(25 + n, "06b"): str(3 + n) for n in range(7)}}

TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE
TLS.set_alpn_protocols(["h2"])

failures = 0


def case(name, good, detail=""):
    """One line of the report."""
    global failures
    failures += not good
    print(f"{'ok' if good else 'not ok'} {name}")
    if not good and detail != "":
        print(f"#   {detail}")
    sys.stdout.flush()


def finish():
    sys.exit(1 if failures else 0)


def frame(kind, flags, stream_id, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream_id) + payload


def integer(value, prefix, first=0):
    limit = (1 << prefix) - 1
    if value < limit:
        return bytes((first | value,))
    out, value = bytearray((first | limit,)), value - limit
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes(out) + bytes((value,))


def header_block(fields):
    return b"".join(b"\0" + integer(len(n), 7) + n + integer(len(v), 7) + v for n, v in fields)


def status_of(block):
    """The status in a response's first field, on a connection whose dynamic table is empty."""
    while block and block[0] & 0xE0 == 0x20:  # table size update
        at = 1
        if block[0] & 0x1F == 0x1F:
            while block[at] & 0x80:
                at += 1
            at += 1
        block = block[at:]
    if block[0] & 0x80:
        return INDEXED_STATUS.get(block[0] & 0x7F)
    value = block[2:2 + (block[1] & 0x7F)]
    if not block[1] & 0x80:
        return int(value)
    bits, digits, code = "".join(format(b, "08b") for b in value), "", ""
    for bit in bits:
        code += bit
        if code in HUFFMAN_DIGITS:
            digits, code = digits + HUFFMAN_DIGITS[code], ""
    return int(digits)


class Peer:
    """One connection to a server; `window` is the initial window that it announces for streams, `room` what the kernel may
    hold of what it has not read."""

    def __init__(self, server, tls=False, window=65535, timeout=30, room=None):
        port = server.tls_port if tls else server.port
        self.socket = socket.socket()
        self.socket.settimeout(timeout)
        if room:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = TLS.wrap_socket(self.socket)
        self.buffer = b""
        self.next_id = 1
        self.send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window)))

    def send(self, octets):
        self.socket.sendall(octets)

    def request(self, path, method=b"GET", end_stream=True, fields=()):
        stream_id, self.next_id = self.next_id, self.next_id + 2
        block = header_block([(b":method", method), (b":scheme", b"http"), (b":authority", b"localhost"),
                              (b":path", path), *fields])
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if end_stream else 0), stream_id, block))
        return stream_id

    def read_frame(self):
        """(kind, flags, stream id, payload), or None at the end; answers SETTINGS and PING by itself."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
            octets = self.socket.recv(65536)
            if not octets:
                return None
            self.buffer += octets
        length = int.from_bytes(self.buffer[:3], "big")
        kind, flags = self.buffer[3], self.buffer[4]
        stream_id = int.from_bytes(self.buffer[5:9], "big") & 0x7FFFFFFF
        payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
        if kind == SETTINGS and not flags & ACK:
            self.send(frame(SETTINGS, ACK, 0))
        if kind == PING and not flags & ACK:
            self.send(frame(PING, ACK, 0, payload))
        return kind, flags, stream_id, payload

    def response(self, stream_id):
        """(status, body) of one stream; status "RST_STREAM code" or "GOAWAY code" when it ended otherwise."""
        status, body = None, b""
        while True:
            got = self.read_frame()
            if got is None:
                return status or "closed", body
            kind, flags, on, payload = got
            if kind == GOAWAY and payload[4:8] != b"\0\0\0\0":
                return f"GOAWAY {int.from_bytes(payload[4:8], 'big')}", body
            if on != stream_id:
                continue
            if kind == RST_STREAM:
                return f"RST_STREAM {int.from_bytes(payload, 'big')}", body
            if kind == HEADERS and status is None:
                status = status_of(payload)
            if kind == DATA:
                body += payload
                if payload:
                    self.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", len(payload))))
                    if not flags & END_STREAM:
                        self.send(frame(WINDOW_UPDATE, 0, on, struct.pack(">I", len(payload))))
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                return status, body

    def close(self):
        self.socket.close()


class Server:
    """`h2 serve` over a folder, as a context; leaving it asks for SIGTERM to end in 0."""

    def __init__(self, root, *options):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(H2), "serve", "--host", "127.0.0.1", "--port", "0", "--tls-port", "0", *options, str(root)],
            stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        ports = re.findall(r"(https?)://[0-9.]+:(\d+)", line)
        if len(ports) < 2:
            line += self.process.stdout.readline().decode()
            ports = re.findall(r"(https?)://[0-9.]+:(\d+)", line)
        ports = dict(ports)
        self.port, self.tls_port = int(ports["http"]), int(ports["https"])

    def resident(self):
        """Resident memory in KiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))

    def sockets(self):
        folder = f"/proc/{self.process.pid}/fd"
        found = 0
        for name in os.listdir(folder):
            try:
                found += os.readlink(f"{folder}/{name}").startswith("socket:")
            except FileNotFoundError:
                pass
        return found

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self, timeout=20):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        try:
            if kind is None and self.process.poll() is None:
                case("h2 serve ends with 0 after SIGTERM", self.stop() == 0, f"code {self.process.returncode}")
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.log.seek(0)
            said = self.log.read().decode(errors="replace")
            if kind is not None or "Sanitizer" in said or "runtime error" in said:
                case("h2 serve has nothing to complain about", False, said[-4000:])


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def need_command():
    if not H2.exists():
        print(f"ok # SKIP no command in {BUILD}")
        sys.exit(77)
