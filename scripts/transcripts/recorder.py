"""Acts conversations out on Python's h2 and writes down what it does, as transcripts of the Python profile.

Where the C interface differs from h2 on purpose (PORTING.md), the conversation says so: frames are fed one by
one, since events before an error are delivered; a refused list of fields leaves the encoder as it was, a refused
upgrade the output.
"""
import copy

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import hpack

from . import wire

REQUEST = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"example.com"), (b":path", b"/")]
POST = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"example.com"), (b":path", b"/form")]
RESPONSE = [(b":status", b"200"), (b"server", b"test")]
INFORMATIONAL = [(b":status", b"103"), (b"link", b"</a>")]
TRAILERS = [(b"checksum", b"abc")]


class Book:
    """The conversations of one file."""

    def __init__(self, title):
        self.title = title
        self.names = set()
        self.left_out = []
        self.parts = []

    def text(self):
        return "# " + self.title + "\n# Recorded from Python's h2 4.4.1 by scripts/record-transcripts.\n" + "".join(
            "\n" + part for part in self.parts)


def octets(text):
    return text.encode() if isinstance(text, str) else text


def field_lines(fields):
    for field in fields:
        never = isinstance(field, hpack.NeverIndexedHeaderTuple)
        yield f"  field {wire.quote(octets(field[0]))} {wire.quote(octets(field[1]))}" + " never_index" * never


def changes(changed):
    return [f"{int(k)}={'none' if c.original_value is None else c.original_value}>{c.new_value}"
            for k, c in changed.items()]


def event_line(e):
    words = ["event", type(e).__name__]
    if isinstance(e, (h2.events.RequestReceived, h2.events.ResponseReceived, h2.events.TrailersReceived,
                      h2.events.InformationalResponseReceived)):
        words.append(f"stream={e.stream_id}")
        if getattr(e, "stream_ended", None) is not None:
            words.append("stream_ended")
        if e.priority_updated is not None:
            p = e.priority_updated
            words.append(f"priority={p.depends_on}/{p.weight}/{int(p.exclusive)}")
    elif isinstance(e, h2.events.DataReceived):
        words += [f"stream={e.stream_id}", f"flow={e.flow_controlled_length}"]
        if e.stream_ended is not None:
            words.append("stream_ended")
        words.append("data=" + wire.quote(bytes(e.data)))
    elif isinstance(e, h2.events.WindowUpdated):
        words += [f"stream={e.stream_id}", f"delta={e.delta}"]
    elif isinstance(e, (h2.events.RemoteSettingsChanged, h2.events.SettingsAcknowledged)):
        words += changes(e.changed_settings)
    elif isinstance(e, (h2.events.PingReceived, h2.events.PingAckReceived)):
        words.append("data=" + wire.quote(e.ping_data))
    elif isinstance(e, h2.events.StreamEnded):
        words.append(f"stream={e.stream_id}")
    elif isinstance(e, h2.events.StreamReset):
        words += [f"stream={e.stream_id}", f"code={int(e.error_code)}", f"remote={int(e.remote_reset)}"]
    elif isinstance(e, h2.events.PushedStreamReceived):
        words += [f"parent={e.parent_stream_id}", f"pushed={e.pushed_stream_id}"]
    elif isinstance(e, h2.events.PriorityUpdated):
        words += [f"stream={e.stream_id}", f"priority={e.depends_on}/{e.weight}/{int(e.exclusive)}"]
    elif isinstance(e, h2.events.ConnectionTerminated):
        words += [f"code={int(e.error_code)}", f"last={e.last_stream_id}",
                  "data=" + wire.quote(e.additional_data or b"")]
    elif isinstance(e, h2.events.AlternativeServiceAvailable):
        words += ["origin=" + ("none" if e.origin is None else wire.quote(e.origin)),
                  "value=" + wire.quote(e.field_value)]
    elif isinstance(e, h2.events.UnknownFrameReceived):
        f = e.frame
        words += [f"stream={f.stream_id}", f"type={f.type}", f"flags={f.flag_byte}",
                  "payload=" + wire.quote(bytes(f.body))]
    else:
        raise TypeError(type(e).__name__)
    return " ".join(words)


def message_word(e):
    text = str(e)
    if not text or isinstance(e, h2.exceptions.NoSuchStreamError):
        return []
    if text.startswith("Error decoding header block"):
        return ['message~"Error decoding header block"']
    odd = next((i for i, c in enumerate(text) if not " " <= c <= "~"), None)
    if odd is not None:
        return ["message~" + wire.quote(text[:odd].encode())]
    if "{" in text:
        return ["message~" + wire.quote(text[:text.index("{")].encode())]
    if isinstance(e, ValueError) and not isinstance(e, h2.exceptions.H2Error):
        return []
    if len(text) > 150:
        return []
    return ["message=" + wire.quote(text.encode())]


def fails_line(e):
    if isinstance(e, h2.exceptions.H2Error):
        words = ["fails", type(e).__name__]
        if isinstance(e, h2.exceptions.ProtocolError):
            words.append(f"code={int(e.error_code)}")
    elif isinstance(e, ValueError):
        words = ["fails", "ArgumentError"]
    else:
        raise TypeError(repr(e))
    if isinstance(e, h2.exceptions.StreamIDTooLowError):
        words += [f"stream={e.stream_id}", f"max={e.max_stream_id}"]
    elif isinstance(e, h2.exceptions.NoSuchStreamError):
        words.append(f"stream={e.stream_id}")
    elif isinstance(e, h2.exceptions.InvalidBodyLengthError):
        words += [f"expected={e.expected_length}", f"actual={e.actual_length}"]
    return " ".join(words + message_word(e))


class Conversation:
    """One connection of h2 and the transcript of what is done with it.

    drain: take the output after every step; otherwise only `out` does.
    """

    def __init__(self, book, name, role="server", about=None, profile="python", drain=True, begin=True,
                 settings=None, final=True, **config):
        assert name not in book.names, name
        book.names.add(name)
        self.book, self.role, self.drain, self.final = book, role, drain, final
        self.lines = [f"conversation {name}"]
        if about:
            self.lines.append(f"about {about}")
        self.lines += [f"profile {profile}", f"role {role}"]
        for option, value in config.items():
            self.lines.append(f"config {option} {'yes' if value else 'no'}")
        self.both = profile == "both"
        self.conn = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=role == "client", header_encoding=None, **config))
        if settings:
            self.lines += [f"setting {k} {v}" for k, v in settings]
            self.conn.local_settings = h2.settings.Settings(
                client=role == "client", initial_values={3: 100, 6: 65536, **dict(settings)})
        self.peer = hpack.Encoder()
        self.pending = self.sent = b""
        self.failed = False
        self.unfit = False  # h2 let an exception escape that no C interface could copy: leave this one out
        if begin:
            self.begin()

    # Steps.

    def begin(self, *pairs):
        """Both sides' first frames, settings acknowledged both ways."""
        if not pairs and self.drain:
            lines = self.lines
            self.lines = []
            self.begin_with()
            self.lines = lines + ["begin"]
        else:
            self.begin_with(*pairs)
        return self

    def begin_with(self, *pairs):
        self.call("initiate_connection")
        first = [wire.PREFACE] if self.role == "server" else []
        return self.recv(*first, wire.settings(*pairs), wire.settings_ack())

    def recv(self, *chunks):
        """Feeds frames one by one as one step of input. Only the last may be an error."""
        if self.unfit:
            return self
        self.lines.append("in")
        self.lines += ["  " + wire.line(chunk) for chunk in chunks if chunk]
        error = None
        for chunk in chunks:
            assert error is None, "input after an error"
            try:
                events = self.conn.receive_data(chunk)
            except h2.exceptions.ProtocolError as e:
                error = e
                events = []
            for e in events:
                self.lines.append("  " + event_line(e))
                headers = getattr(e, "headers", None)
                if headers is not None:
                    self.lines += ["  " + line for line in field_lines(headers)]
        if error is not None:
            self.failed = True
            self.lines.append("  " + fails_line(error))
        self.after()
        return self

    def call(self, name, *numbers, instead=None, **named):
        """instead: the exception that C has for one that h2 lets escape from its depths."""
        if self.unfit:
            return self
        self.lines.append(" ".join(["call", name, *call_words(numbers, named)]))
        self.lines += list(field_lines(named.get("headers", ())))
        encoder = copy.deepcopy(self.conn.encoder)
        try:
            self.act(name, numbers, named)
        except h2.exceptions.H2Error as e:
            self.lines.append("  " + fails_line(e))
            self.conn.encoder = encoder
            if name == "initiate_upgrade_connection":
                self.conn.clear_outbound_data_buffer()
        except KeyError as e:
            self.unfit = instead is None
            self.lines.append(f"  fails {instead}")
        except (AssertionError, IndexError):
            self.unfit = True
        except ValueError as e:
            self.lines.append("  " + fails_line(e))
        self.after()
        return self

    def act(self, name, numbers, named):
        conn, numbers = self.conn, list(numbers)
        if name == "send_headers":
            depends_on, weight, exclusive = named.get("priority") or (None, None, None)
            conn.send_headers(numbers[0], named["headers"], end_stream=named.get("end_stream", False),
                              priority_depends_on=depends_on, priority_weight=weight, priority_exclusive=exclusive)
        elif name == "push_stream":
            conn.push_stream(*numbers, named["headers"])
        elif name == "send_data":
            conn.send_data(numbers[0], named["data"], named.get("end_stream", False), named.get("pad"))
        elif name == "ping":
            conn.ping(named["data"])
        elif name == "prioritize":
            depends_on, weight, exclusive = named.get("priority") or (None, None, None)
            conn.prioritize(numbers[0], weight=weight, depends_on=depends_on, exclusive=exclusive)
        elif name == "update_settings":
            conn.update_settings(dict(named["settings"]))
        elif name == "close_connection":
            conn.close_connection(*numbers, additional_data=named.get("data"), last_stream_id=named.get("last"))
        elif name == "advertise_alternative_service":
            conn.advertise_alternative_service(named["data"], named.get("origin"), named.get("stream"))
        elif name == "increment_flow_control_window":
            conn.increment_flow_control_window(numbers[0], numbers[1] or None)
        elif name == "initiate_upgrade_connection":
            conn.initiate_upgrade_connection(named.get("data"))
        else:
            getattr(conn, name)(*numbers)

    def query(self, name, *numbers):
        if self.unfit:
            return self
        self.lines.append(" ".join(["query", name, *map(str, numbers), "=", self.answer(name, numbers)]))
        return self

    def answer(self, name, numbers):
        conn = self.conn
        plain = {"local_window": conn.local_flow_control_window, "remote_window": conn.remote_flow_control_window,
                 "next_stream_id": conn.get_next_available_stream_id}
        if name in plain:
            try:
                return str(plain[name](*numbers))
            except h2.exceptions.H2Error as e:
                return type(e).__name__
        if name in ("open_inbound_streams", "open_outbound_streams", "max_inbound_frame_size",
                    "max_outbound_frame_size"):
            return str(getattr(conn, name))
        if name in ("local_setting", "remote_setting"):
            return str(getattr(conn, name + "s").get(numbers[0], "none"))
        if name == "state":
            return conn.state_machine.state.name
        if name == "stream_state":
            stream = conn.streams.get(numbers[0])
            return stream.state_machine.state.name if stream else "none"
        if name == "closed_by":
            reason = conn._stream_closed_by(numbers[0])
            if reason and reason.name.endswith("END_STREAM") and numbers[0] not in conn.streams:
                return "END_STREAM"
            return reason.name if reason else "none"
        if name == "outbound_window":
            return str(conn.outbound_flow_control_window)
        if name == "inbound_window":
            return str(conn.inbound_flow_control_window)
        if name == "upgrade_settings":
            return wire.quote(copy.deepcopy(conn).initiate_upgrade_connection())
        raise KeyError(name)

    def out(self):
        """Takes all output and writes it down."""
        self.lines.append("out")
        taken = self.pending + self.conn.data_to_send()
        self.pending = b""
        self.sent += taken
        self.lines += ["  " + wire.line(part) for part in wire.split(taken)]
        return taken

    def after(self):
        self.pending += self.conn.data_to_send() if self.drain else b""
        if self.drain and self.pending:
            self.out()

    def note(self, text):
        self.lines.append("# " + text)
        return self

    # Shorthands.

    def block(self, fields):
        return self.peer.encode(fields)

    def request(self, stream=1, fields=None, end=False, **more):
        return self.recv(wire.headers(stream, self.block(fields or (REQUEST if end else POST)), end=end, **more))

    def send_request(self, stream=1, fields=None, end_stream=False, **more):
        return self.call("send_headers", stream, headers=fields or (REQUEST if end_stream else POST),
                         end_stream=end_stream, **more)

    def respond(self, stream=1, fields=None, end=False):
        return self.recv(wire.headers(stream, self.block(fields or RESPONSE), end=end))

    def send_response(self, stream=1, fields=None, end_stream=False):
        return self.call("send_headers", stream, headers=fields or RESPONSE, end_stream=end_stream)

    def end(self):
        """Closes the transcript: the rest of the output, then what the connection has come to."""
        if self.unfit:
            self.book.left_out.append(self.lines[0])
            return
        self.out()
        if self.final:
            self.query("state")
            streams = self.conn.streams
            for stream_id in list(streams)[:6]:
                if not self.both:
                    self.query("stream_state", stream_id).query("closed_by", stream_id)
                if not self.failed and streams[stream_id].open:
                    self.query("local_window", stream_id).query("remote_window", stream_id)
            if not self.failed:
                self.query("outbound_window").query("inbound_window")
        self.book.parts.append("\n".join(self.lines) + "\n")


def call_words(numbers, named):
    words = [str(n) for n in numbers]
    if named.get("end_stream"):
        words.append("end_stream")
    for key in ("data", "origin"):
        if named.get(key) is not None:
            words.append(f"{key}={wire.quote(named[key])}")
    for key in ("pad", "last", "stream"):
        if named.get(key) is not None:
            words.append(f"{key}={named[key]}")
    if named.get("priority"):
        depends_on, weight, exclusive = named["priority"]
        words.append(f"priority={depends_on}/{weight}/{int(exclusive)}")
    words += [f"{k}={v}" for k, v in named.get("settings", ())]
    return words
