"""What the tests of consumers share: processes with our h2 in place of Python's, a client that takes note of everything,
a certificate, and cases as TAP prints them. All on the loopback, all ended by finish()."""
import atexit
import os
import select
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("H2_BUILD_DIR") or SOURCE / "build")
PACKAGE = Path(os.environ.get("H2_PYTHON") or BUILD / "python")  # another package, to see what consumers do with it
PATIENCE = 30  # seconds that anything may take
TEN_MEGABYTES = 10_000_000
sys.path.insert(0, str(PACKAGE))

import h2.config  # noqa: E402
import h2.connection  # noqa: E402
import h2.events  # noqa: E402

failures = 0
children = []
scratch = Path(tempfile.mkdtemp(prefix="h2-consumers-"))


def case(name, good, *detail):
    global failures
    failures += not good
    print(f"{'ok' if good else 'not ok'} {name}", *(() if good else detail), flush=True)
    return good


def cannot(name, reason):
    """Something that the consumer itself has no means for."""
    print(f"# {name}: {reason}", flush=True)


def require(*modules):
    """Ends the test as skipped when Debian's package of a consumer is not there."""
    for module, package in modules:
        if subprocess.run([sys.executable, "-c", f"import {module}"], env=environment(), stderr=subprocess.DEVNULL).returncode:
            print(f"skipped: Debian's package {package} is not installed")
            sys.exit(77)


def environment(**more):
    """With our package before all others."""
    return dict(os.environ, PYTHONPATH=os.pathsep.join([str(PACKAGE), *more.pop("paths", [])]), PYTHONUNBUFFERED="1", **more)


def is_ours(label):
    """The package that consumers import is the one under test."""
    found = subprocess.check_output([sys.executable, "-c", "import h2; print(h2.__file__)"], env=environment(), text=True)
    case(f"{label} imports our h2", Path(found.strip()).is_relative_to(PACKAGE), found)


def start(command, **options):
    """A process whose output is kept; it ends with the test."""
    log = open(scratch / f"{len(children)}.log", "w+")
    child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=options.pop("env", environment()), **options)
    child.log = Path(log.name)
    children.append(child)
    return child


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(test, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.05)
    return False


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def ready(child, port, name):
    """Waits until a process listens."""
    wait_for(lambda: listens(port) or child.poll() is not None)
    return case(f"{name} listens", child.poll() is None and listens(port), child.log.read_text())


def alive(child, name):
    """It has survived, and none of its exceptions came out of h2. (Consumers have some of their own, with any h2.)"""
    text = child.log.read_text()
    case(f"{name} has survived", child.poll() is None, text)
    signs = ("h2.exceptions", "h2._h2", "AttributeError", "TypeError", "SystemError", "Segmentation", str(PACKAGE))
    case(f"{name} tells of no exception out of h2", not any(sign in text for sign in signs), text[-3000:])


@atexit.register
def clean_up():
    for child in children:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
    shutil.rmtree(scratch, ignore_errors=True)


def finish():
    sys.exit(1 if failures else 0)


def certificate():
    """A self-signed one: (certificate, key)."""
    cert, key = scratch / "cert.pem", scratch / "key.pem"
    if not cert.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
                       check=True, stderr=subprocess.DEVNULL)
    return cert, key


def serve(folder):
    """`h2 serve` with TLS and without: (process, cleartext port, TLS port)."""
    plain, secure = free_port(), free_port()
    child = start([BUILD / "h2", "serve", "--port", str(plain), "--tls-port", str(secure), "--grace", "2", folder])
    ready(child, secure, "h2 serve")
    return child, plain, secure


def octets(size):
    """The same for the same size, and not all the same."""
    part = bytes(range(251)) * 40
    return (part * (size // len(part) + 1))[:size]


class Answer:
    """What has come on a stream."""

    def __init__(self):
        self.informational, self.fields, self.trailers = [], None, None
        self.body, self.ended, self.reset = bytearray(), False, None

    @property
    def status(self):
        return self.fields and int(dict(self.fields)[b":status"])

    @property
    def over(self):
        return self.ended or self.reset is not None


class Client:
    """One connection, driven by hand."""

    def __init__(self, port, tls=False, name="localhost"):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.alpn = None
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname=name)
            self.alpn = self.socket.selected_alpn_protocol()
        self.socket.setblocking(False)
        self.authority = f"{name}:{port}"
        self.scheme = "https" if tls else "http"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
        self.h2.initiate_connection()
        self.answers, self.bodies, self.unsent = {}, {}, b""
        self.terminated, self.closed, self.acknowledge = None, False, True
        self.settings = {}

    def fields(self, method, path, *more):
        return [(":method", method), (":scheme", self.scheme), (":authority", self.authority), (":path", path), *more]

    def request(self, path, method="GET", body=None, trailers=None, more=(), fields=None):
        """Begins a request; the body follows as the windows allow."""
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        ends = body is None and not trailers
        self.h2.send_headers(stream, fields or self.fields(method, path, *more), ends and fields is None)
        if not ends:
            self.bodies[stream] = [memoryview(body or b""), trailers]
        return stream

    def send(self):
        """As much of the bodies as goes."""
        for stream, (rest, trailers) in list(self.bodies.items()):
            while len(rest) and len(self.unsent) < 200_000:
                if self.answers[stream].reset is not None:
                    rest = rest[:0]
                    break
                room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(rest))
                if room <= 0:
                    break
                self.h2.send_data(stream, rest[:room])
                rest = rest[room:]
                self.unsent += self.h2.data_to_send()
            self.bodies[stream][0] = rest
            if not len(rest):
                del self.bodies[stream]
                if self.answers[stream].reset is None:
                    if trailers:
                        self.h2.send_headers(stream, trailers, end_stream=True)
                    else:
                        self.h2.end_stream(stream)

    def run(self, until, seconds=PATIENCE):
        """Sends and receives until something is true; False when time or the connection is over before."""
        end = time.monotonic() + seconds
        while not until():
            if self.closed or time.monotonic() > end:
                return bool(until())
            if self.terminated is None:
                self.send()
            self.unsent += self.h2.data_to_send()
            pending = getattr(self.socket, "pending", lambda: 0)()
            can_read, can_write, _ = select.select([self.socket], [self.socket] if self.unsent else [], [], 0 if pending else 0.2)
            if can_read or pending:
                self.read()
            if can_write and self.unsent:
                self.write()
        return True

    def write(self):
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent[:65536]):]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            pass
        except OSError:
            self.closed = True

    def read(self):
        try:
            got = self.socket.recv(65536)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return
        except OSError:
            got = b""
        if not got:
            self.closed = True
            return
        for event in self.h2.receive_data(got):
            self.handle(event)

    def handle(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        kind = type(event).__name__
        if kind == "ResponseReceived":
            answer.fields = event.headers
        elif kind == "InformationalResponseReceived":
            answer.informational.append(event.headers)
        elif kind == "TrailersReceived":
            answer.trailers = event.headers
        elif kind == "DataReceived":
            answer.body += event.data
            if self.acknowledge and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif kind == "StreamEnded":
            answer.ended = True
        elif kind == "StreamReset":
            answer.reset = event.error_code
        elif kind == "ConnectionTerminated":
            self.terminated = event
        elif kind == "RemoteSettingsChanged":
            self.settings.update({key: change.new_value for key, change in event.changed_settings.items()})

    def fetch(self, path, **more):
        """One request to its end."""
        stream = self.request(path, **more)
        self.run(lambda: self.answers[stream].over)
        return self.answers[stream]

    def close(self):
        self.socket.close()


def hundred(client, path, body):
    streams = [client.request(path) for _ in range(100)]
    client.run(lambda: all(client.answers[s].over for s in streams))
    answers = [client.answers[s] for s in streams]
    case("100 requests at once", all(a.status == 200 and bytes(a.body) == body and a.ended for a in answers),
         [(a.status, len(a.body), a.reset) for a in answers if a.status != 200 or bytes(a.body) != body][:5])


def ten_megabytes(client, echo):
    """Up and down at once."""
    sent = octets(TEN_MEGABYTES)
    answer = client.fetch(echo, method="POST", body=sent)
    case("10 MB up and down", answer.status == 200 and bytes(answer.body) == sent and answer.ended,
         answer.status, len(answer.body), answer.reset, client.terminated)


def reset_half_way(client, path, then, body):
    """A download that is cancelled while it runs: the others go on. No WINDOW_UPDATE is near the RST_STREAM: Twisted fails
    when it reads both at once, with any h2."""
    client.acknowledge = False
    stream = client.request(path)
    client.run(lambda: len(client.answers[stream].body) > 40_000)
    got = len(client.answers[stream].body)
    client.h2.reset_stream(stream, 8)
    client.run(lambda: False, 0.3)
    # Without this the connection's window can be all but used up, and by the rules of h2 not worth opening yet.
    client.acknowledge = True
    client.h2.acknowledge_received_data(got, stream)
    answer = client.fetch(then)
    case("a reset half-way", got > 40_000 and answer.status == 200 and bytes(answer.body) == body and client.terminated is None,
         got, answer.status, bytes(answer.body), client.terminated)


def goaway(connect, path, then, body):
    """GOAWAY from the client while streams are open: the server lives, the next connection works."""
    client = connect()
    client.acknowledge = False
    streams = [client.request(path) for _ in range(5)]
    client.run(lambda: all(client.answers[s].fields for s in streams))
    opened = sum(client.answers[s].fields is not None for s in streams)
    client.h2.close_connection(0)
    client.unsent += client.h2.data_to_send()
    client.bodies.clear()
    end = time.monotonic() + 5
    while client.unsent and not client.closed and time.monotonic() < end:
        client.write()
    time.sleep(0.3)
    client.close()
    another = connect()
    answer = another.fetch(then)
    another.close()
    case("GOAWAY with streams open", opened == 5 and answer.status == 200 and bytes(answer.body) == body, opened, answer.status, answer.reset)
