"""Flow control in both directions: windows, thresholds, overflow."""
from . import wire
from .recorder import POST, REQUEST, RESPONSE, TRAILERS, Conversation


def flow(book):
    thresholds(book)
    increments(book)
    overflow(book)
    closed(book)
    smaller(book)


def filled(book, name, octets, **more):
    """A request whose body so far is `octets` long."""
    c = Conversation(book, name, about="when the windows are opened again", **more)
    c.request(1)
    while octets:
        part = min(octets, 16384)
        c.recv(wire.data(1, bytes(part)))
        octets -= part
    return c


def thresholds(book):
    for received, acks in ((65535, (1024, 1)), (65535, (1025,)), (65535, (32767,)), (65535, (65535,)), (40000, (32766, 1)), (40000, (32767,)),
                           (40000, (1025, 1025)), (40000, (40000,)), (40000, (40001,)), (100, (100,)), (40000, (100000,)), (0, (32767,)),
                           (0, (40000, 40000)), (65534, (1025,)), (65535, (0, 2000)), (50000, (20000, 20000, 10000))):
        c = filled(book, f"server: {received} received, {' and '.join(map(str, acks))} acknowledged", received)
        for size in acks:
            c.call("acknowledge_received_data", size, 1).query("remote_window", 1).query("inbound_window")
        c.end()
    c = filled(book, "server: acknowledged over two streams", 30000)
    c.request(3).recv(wire.data(3, bytes(16384))).call("acknowledge_received_data", 20000, 1).call("acknowledge_received_data", 16384, 3)
    c.query("remote_window", 1).query("remote_window", 3).end()
    c = filled(book, "server: padding is acknowledged too", 0)
    c.recv(wire.data(1, b"abc", pad=255)).query("remote_window", 1).call("acknowledge_received_data", 259, 1).end()
    c = filled(book, "server: stream 0 is not acknowledged", 100)
    c.call("acknowledge_received_data", 1, 0).end()
    c = filled(book, "server: an idle stream is acknowledged", 100)
    c.call("acknowledge_received_data", 1, 99).query("inbound_window").end()
    c = filled(book, "server: acknowledged once half-closed", 40000)
    c.recv(wire.data(1, b"", end=True)).call("acknowledge_received_data", 40000, 1).query("remote_window", 1).end()
    c = filled(book, "server: acknowledged once closed", 40000)
    c.call("reset_stream", 1, 8).call("acknowledge_received_data", 40000, 1).query("inbound_window").end()
    c = filled(book, "server: acknowledged once forgotten", 40000)
    c.call("reset_stream", 1, 8).query("open_inbound_streams").call("acknowledge_received_data", 40000, 1).query("inbound_window").end()
    for size in (0, 1, 1000, 4000, 5000):
        c = Conversation(book, f"server: a window of {size} from the start", about="when the windows are opened again", settings=[(4, size)])
        c.request(1)
        if size:
            c.recv(wire.data(1, bytes(size)))
            for part in (size // 4, 1, size // 4, size - size // 4 * 2 - 1):
                if part > 0:
                    c.call("acknowledge_received_data", part, 1).query("remote_window", 1)
        c.end()


def increments(book):
    about = "RFC 9113 section 6.9"
    for stream in (0, 1):
        for increment in (0, 1, 100, 0x7fffffff - 65535, 0x7fffffff - 65534, 0x7fffffff, 0x80000000):
            c = Conversation(book, f"server: increments stream {stream} by {increment}", about=about)
            c.request(1).call("increment_flow_control_window", increment, stream)
            if increment <= 0x7fffffff - 65535:
                c.query("remote_window", 1).query("inbound_window")
            c.final = increment <= 0x7fffffff - 65535
            c.end()
    c = Conversation(book, "server: a window raised by hand is managed at its new size", about=about)
    c.request(1).call("increment_flow_control_window", 100000, 1).call("increment_flow_control_window", 100000, 0)
    for _ in range(6):
        c.recv(wire.data(1, bytes(16384)))
    c.call("acknowledge_received_data", 60000, 1).query("remote_window", 1).call("acknowledge_received_data", 30000, 1)
    c.query("remote_window", 1).query("inbound_window").end()
    c = Conversation(book, "client: increments a stream and gets more", "client", about=about)
    c.send_request(1, end_stream=True).respond(1).call("increment_flow_control_window", 5, 1)
    for _ in range(3):
        c.recv(wire.data(1, bytes(16384)))
    c.query("remote_window", 1).end()


def overflow(book):
    about = "RFC 9113 section 6.9.1"
    for name, sizes in (("exactly", (16384, 16384, 16384, 16383)), ("by one", (16384, 16384, 16384, 16384))):
        c = Conversation(book, f"server: the connection's window is used up {name}", about=about)
        c.request(1).call("increment_flow_control_window", 1000, 1)
        for size in sizes:
            c.recv(wire.data(1, bytes(size)))
        c.end()
        c = Conversation(book, f"server: a stream's window is used up {name}", about=about)
        c.request(1).call("increment_flow_control_window", 1000, 0)
        for size in sizes:
            c.recv(wire.data(1, bytes(size)))
        c.end()
    c = Conversation(book, "server: padding uses up the window", about=about, settings=[(4, 10)])
    c.request(1).recv(wire.data(1, b"abc", pad=5)).recv(wire.data(1, b"", pad=0)).recv(wire.data(1, b"", pad=0)).end()
    for start, increment in ((0, 0x7fffffff - 65535), (0, 0x7fffffff - 65534), (0, 0x7fffffff), (1000, 0x7fffffff - 64535), (1000, 0x7fffffff - 64534)):
        for stream in (0, 1):
            c = Conversation(book, f"client: after {start} octets, WINDOW_UPDATE of {increment} on {stream}", "client", about=about)
            c.send_request(1)
            if start:
                c.call("send_data", 1, data=bytes(start))
            c.recv(wire.window_update(stream, increment))
            if not c.failed:
                c.query("outbound_window").query("stream_state", 1).recv(wire.window_update(stream, 1))
            c.end()
    c = Conversation(book, "server: a stream's overflow leaves the others alone", about=about)
    c.request(1).request(3).recv(wire.window_update(1, 0x7fffffff), wire.data(3, b"abc"), wire.data(1, b"late"), wire.window_update(1, 1)).end()


def closed(book):
    about = "RFC 9113 section 5.1: DATA on closed streams counts"
    for name, close in (("reset", lambda c: c.call("reset_stream", 1, 8)), ("reset by the peer", lambda c: c.recv(wire.rst_stream(1))),
                        ("ended", lambda c: c.recv(wire.data(1, b"", end=True)).send_response(1, end_stream=True))):
        for forget in (False, True):
            c = Conversation(book, f"server: a body that goes on after the stream was {name}{' and forgotten' * forget}", about=about)
            c.request(1).recv(wire.data(1, bytes(16384)))
            close(c)
            if forget:
                c.query("open_inbound_streams")
            for _ in range(3):
                c.recv(wire.data(1, bytes(16000))).query("inbound_window")
            c.end()


def smaller(book):
    c = Conversation(book, "server: acknowledged in small steps", about="when the windows are opened again")
    c.request(1)
    for i in range(12):
        c.recv(wire.data(1, bytes(9000))).call("acknowledge_received_data", 4500, 1).call("acknowledge_received_data", 4500, 1)
    c.end()
    c = Conversation(book, "client: a response much larger than the window", "client", about="when the windows are opened again")
    c.send_request(1, end_stream=True).respond(1)
    for i in range(10):
        c.recv(wire.data(1, bytes(16384), end=i == 9)).call("acknowledge_received_data", 16384, 1)
    c.end()
