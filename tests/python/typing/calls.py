"""Calls as programs make them, for a type checker; never run. Lines that end in `# wrong` must be refused."""
from __future__ import annotations

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.frame_buffer
import h2.settings
import h2.stream
import h2.utilities
import h2.windows
from h2.settings import SettingCodes


class Derived(h2.connection.H2Connection):
    def receive_data(self, data: bytes | bytearray | memoryview) -> list[h2.events.Event]:
        return super().receive_data(data)


def begin() -> Derived:
    config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8", limits={"resets_burst": None})
    conn = Derived(config=config)
    conn.local_settings = h2.settings.Settings(client=False, initial_values={SettingCodes.MAX_FRAME_SIZE: 20000})
    del conn.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]
    conn.initiate_connection()
    conn.update_settings({SettingCodes.ENABLE_PUSH: 0})
    value: bytes | None = conn.initiate_upgrade_connection("AAMAAABk")
    return conn if value is None else Derived()


def serve(conn: Derived, octets: memoryview) -> bytes:
    for event in conn.receive_data(octets):
        if isinstance(event, h2.events.RequestReceived):
            ended: h2.events.StreamEnded | None = event.stream_ended
            conn.send_headers(event.stream_id, [(":status", "200")], end_stream=ended is None)
            conn.send_headers(event.stream_id, event.headers)
            conn.push_stream(event.stream_id, 2, [(b":method", b"GET")])
        elif isinstance(event, h2.events.DataReceived):
            conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            conn.send_data(event.stream_id, event.data, end_stream=True, pad_length=None)
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            changed: int = event.changed_settings[SettingCodes.MAX_FRAME_SIZE].new_value
            conn.max_outbound_frame_size = changed
        elif isinstance(event, h2.events.ConnectionTerminated):
            code: h2.errors.ErrorCodes | int = event.error_code
            conn.close_connection(code, event.additional_data, last_stream_id=event.last_stream_id)
    if conn.state_machine.state is h2.connection.ConnectionState.CLOSED:
        raise h2.exceptions.ProtocolError("closed")
    stream = conn.streams.get(1)
    if stream is not None and stream.state_machine.state is h2.stream.StreamState.OPEN:
        conn.reset_stream(1, h2.errors.ErrorCodes.CANCEL)
    window: int = conn.local_flow_control_window(1)
    return conn.data_to_send(window)


def fail(conn: Derived) -> None:
    conn.send_data(1, "text")  # wrong
    conn.send_headers(1, 5)  # wrong
    conn.send_headers("1", [("a", "b")])  # wrong
    conn.ping("12345678")  # wrong
    conn.no_such_method()  # wrong
    conn.update_settings({"a": 1})  # wrong
    h2.config.H2Configuration(client_side=5)  # wrong
    h2.events.StreamEnded(1)  # wrong
    h2.windows.WindowManager("5")  # wrong
    conn.streams["1"]  # wrong
