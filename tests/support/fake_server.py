"""A server that does what the test says, for tests of `h2 get`: accepts connections on a free port and runs a script
for each, in a thread. Frames are octets, header blocks literals. Knows nothing of libh2."""

import json
import socket
import ssl
import subprocess
import threading

from rawh2 import (ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, H2, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS,
                   WINDOW_UPDATE, frame, header_block)


class Gone(Exception):
    """The client has closed the connection."""


class Conversation:
    """One accepted connection."""

    def __init__(self, sock, number):
        self.socket, self.number = sock, number
        self.buffer, self.recorded = bytearray(), bytearray()
        self.window, self.used, self.granted = 65535, {}, {0: 0}

    def send(self, *octets):
        self.socket.sendall(b"".join(octets))

    def read(self, count):
        while len(self.buffer) < count:
            octets = self.socket.recv(65536)
            if not octets:
                raise Gone
            self.buffer += octets
            self.recorded += octets
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def read_until(self, end):
        octets = b""
        while not octets.endswith(end):
            octets += self.read(1)
        return octets

    def read_frame(self):
        """(kind, flags, stream id, payload)"""
        head = self.read(9)
        payload = self.read(int.from_bytes(head[:3], "big"))
        stream_id = int.from_bytes(head[5:], "big")
        if head[3] == WINDOW_UPDATE:
            self.granted[stream_id] = self.granted.get(stream_id, 0) + int.from_bytes(payload, "big")
        if head[3] == SETTINGS:
            for at in range(0, len(payload), 6):
                if payload[at:at + 2] == b"\0\4":
                    self.window = int.from_bytes(payload[at + 2:at + 6], "big")
        return head[3], head[4], stream_id, payload

    def start(self, *settings):
        """Both prefaces; settings are (identifier, value)."""
        assert self.read(24) == PREFACE
        self.send(frame(SETTINGS, 0, 0, b"".join(i.to_bytes(2, "big") + v.to_bytes(4, "big") for i, v in settings)))

    def wait_for(self, *kinds):
        """The next frame of one of these kinds; acknowledges SETTINGS and PING on the way."""
        while True:
            got = self.read_frame()
            if got[0] == SETTINGS and not got[1] & ACK:
                self.send(frame(SETTINGS, ACK, 0))
            if got[0] == PING and not got[1] & ACK:
                self.send(frame(PING, ACK, 0, got[3]))
            if got[0] in kinds:
                return got

    def request(self):
        """The stream id of the next request."""
        return self.wait_for(HEADERS)[2]

    def respond(self, stream_id, body=b"", status=200, fields=(), end=True):
        block = header_block([(b":status", str(status).encode()), *fields])
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if end and not body else 0), stream_id, block))
        if body:
            self.send(frame(DATA, END_STREAM if end else 0, stream_id, body))

    def reset(self, stream_id, code):
        self.send(frame(RST_STREAM, 0, stream_id, code.to_bytes(4, "big")))

    def goaway(self, last, code, debug=b""):
        self.send(frame(GOAWAY, 0, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big") + debug))

    def credit(self, stream_id, octets):
        self.send(frame(WINDOW_UPDATE, 0, stream_id, octets.to_bytes(4, "big")))

    def available(self, stream_id):
        """Octets of DATA that the client's windows allow."""
        return min(65535 + self.granted[0] - sum(self.used.values()),
                   self.window + self.granted.get(stream_id, 0) - self.used.get(stream_id, 0))

    def send_data(self, stream_id, payload, flags=0):
        self.used[stream_id] = self.used.get(stream_id, 0) + len(payload)
        self.send(frame(DATA, flags, stream_id, payload))

    def linger(self):
        """Until the client has closed."""
        try:
            while True:
                self.wait_for(SETTINGS)
        except (Gone, OSError):
            pass


class FakeServer:
    """script(conversation) runs for each connection; leaving the context waits for all of them."""

    def __init__(self, script, tls=None, alpn=("h2",)):
        self.script, self.alpn = script, alpn
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
            if alpn:
                self.context.set_alpn_protocols(list(alpn))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.conversations, self.failures = [], []
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.serve, args=(sock,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def serve(self, sock):
        sock.settimeout(30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            conversation = Conversation(sock, len(self.conversations))
            self.conversations.append(conversation)
            self.script(conversation)
        except (Gone, OSError):
            pass
        except Exception as error:  # the test is told
            self.failures.append(repr(error))
        finally:
            self.hang_up(sock)

    @staticmethod
    def hang_up(sock):
        """Closes so that the client gets all that was sent: what it sends meanwhile is read and dropped."""
        try:
            sock.settimeout(10)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        except OSError:
            pass
        sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(10)


def decode(octets):
    """A client's octets as `h2 frames --json` reads them."""
    done = subprocess.run([str(H2), "frames", "--json", "-"], input=octets, stdout=subprocess.PIPE, timeout=30)
    return [json.loads(line) for line in done.stdout.splitlines()]


def requests_in(octets):
    """The field lists of the requests in a client's octets, as dictionaries."""
    return [{f["name"]: f["value"] for f in one["headers"]} for one in decode(octets) if one.get("headers")]
