"""What a step did, as plain values that can be compared between two packages."""
import re

NAMED = (1, 2, 3, 4, 5, 6, 8)
LONGEST = 100
SETS = re.compile(r"\{b'[^{}]*\}")
UNPRINTABLE = re.compile(r"[^ -~]")
ATTRIBUTES = {
    "RequestReceived": ("stream_id", "headers", "stream_ended", "priority_updated"),
    "ResponseReceived": ("stream_id", "headers", "stream_ended", "priority_updated"),
    "TrailersReceived": ("stream_id", "headers", "stream_ended", "priority_updated"),
    "InformationalResponseReceived": ("stream_id", "headers", "priority_updated"),
    "DataReceived": ("stream_id", "data", "flow_controlled_length", "stream_ended"),
    "WindowUpdated": ("stream_id", "delta"),
    "RemoteSettingsChanged": ("changed_settings",),
    "SettingsAcknowledged": ("changed_settings",),
    "PingReceived": ("ping_data",),
    "PingAckReceived": ("ping_data",),
    "StreamEnded": ("stream_id",),
    "StreamReset": ("stream_id", "error_code", "remote_reset"),
    "PushedStreamReceived": ("pushed_stream_id", "parent_stream_id", "headers"),
    "PriorityUpdated": ("stream_id", "weight", "depends_on", "exclusive"),
    "ConnectionTerminated": ("error_code", "last_stream_id", "additional_data"),
    "AlternativeServiceAvailable": ("origin", "field_value"),
    "UnknownFrameReceived": ("frame",),
}


def plain(value, among):
    """A value of an attribute. Events become their place in the list that was returned."""
    kind = type(value)
    if kind in (int, bytes, str, bool, type(None)):
        return kind, value
    if kind is list:  # fields
        return [(type(field), tuple(field), [type(part) for part in field]) for field in value]
    if kind is dict:
        return [(code(key), type(change).__name__, code(change.setting), plain(change.original_value, ()),
                 plain(change.new_value, ()), repr(change)) for key, change in value.items()]
    if kind.__name__ in ATTRIBUTES:
        places = [i for i, event in enumerate(among) if event is value]
        return kind.__name__, places
    if isinstance(value, int):
        return kind.__module__, kind.__name__, int(value)
    if kind.__name__ == "ExtensionFrame":
        return kind, value.type, value.stream_id, value.flag_byte, bytes(value.body), repr(value)
    return kind, repr(value)


def code(key):
    """A setting's identifier. Those that have a name are equal to their numbers, and stand for them."""
    return int(key), isinstance(key, int), int(key) in NAMED or type(key).__name__


def events(returned):
    found = []
    for event in returned:
        kind = type(event)
        attributes = ATTRIBUTES[kind.__name__]
        found.append((kind.__module__, kind.__name__, [plain(getattr(event, name), returned) for name in attributes], repr(event)))
    return found


def exception(error, pinned):
    """The class, what it says and its attributes. Of what is no H2Error and no plain ValueError or TypeError, the class alone."""
    kind = type(error)
    found = [kind.__module__, kind.__name__]
    if not pinned and kind not in (ValueError, TypeError):
        return found
    if kind is TypeError:
        return found
    text = UNPRINTABLE.sub(lambda m: ascii(m.group())[1:-1], str(error))
    text = SETS.sub(lambda m: "{" + ", ".join(sorted(m.group()[1:-1].split(", "))) + "}", text)
    if text.startswith("Error decoding header block"):
        text = "Error decoding header block"
    found.append(text if len(text) < LONGEST else text[:LONGEST])
    for name in ("error_code", "stream_id", "max_stream_id", "expected_length", "actual_length"):
        if hasattr(error, name):
            found.append((name, plain(getattr(error, name), ())))
    return found


def stream(view, is_open=True):
    machine = view.state_machine
    reason = view.closed_by
    return (machine.state.value, reason and reason.name, machine.client, machine.headers_sent, machine.trailers_sent,
            machine.headers_received, machine.trailers_received, is_open and view.outbound_flow_control_window,
            is_open and view.inbound_flow_control_window, is_open and view.max_outbound_frame_size, view.open, view.closed, view.stream_id)


def settings(mapping):
    in_force = [(code(key), mapping[key]) for key in mapping if key in mapping]
    return in_force, [reading(mapping, name) for name in PROPERTIES]


PROPERTIES = ("header_table_size", "enable_push", "initial_window_size", "max_frame_size", "max_concurrent_streams",
              "max_header_list_size", "enable_connect_protocol")


def reading(mapping, name):
    try:
        return getattr(mapping, name)
    except KeyError as error:
        return type(error)


def connection(conn):
    is_open = conn.state_machine.state.value != 3
    return (conn.state_machine.state.value, conn.outbound_flow_control_window, conn.inbound_flow_control_window,
            conn.max_inbound_frame_size, is_open and conn.max_outbound_frame_size, conn.highest_inbound_stream_id,
            conn.highest_outbound_stream_id)


def everything(conn):
    """All attributes."""
    is_open = conn.state_machine.state.value != 3
    streams = [(key, stream(view, is_open)) for key, view in conn.streams.items()]
    return (connection(conn), streams, settings(conn.local_settings), settings(conn.remote_settings),
            conn.decoder.header_table_size, is_open and conn.encoder.header_table_size)
