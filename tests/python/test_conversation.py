"""What a connection does: requests and responses, every event, every call, and what is raised when a rule is broken."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "common"))
import under_test  # noqa: E402
import wire  # noqa: E402
from hpack import HeaderTuple, NeverIndexedHeaderTuple  # noqa: E402
from hyperframe.frame import ExtensionFrame  # noqa: E402
from wire import REQUEST, RESPONSE  # noqa: E402

import h2.stream  # noqa: E402
from h2 import events, exceptions  # noqa: E402
from h2.config import H2Configuration  # noqa: E402
from h2.connection import ConnectionState, H2Connection  # noqa: E402
from h2.errors import ErrorCodes  # noqa: E402
from h2.settings import SettingCodes, Settings  # noqa: E402

octets_of = [(name.encode(), value.encode()) for name, value in REQUEST]


def connection(client=True, **options):
    made = H2Connection(H2Configuration(client_side=client, **options))
    made.initiate_connection()
    return made


def pair(**options):
    client, server = connection(), connection(False, **options)
    exchange(client, server)
    return client, server


def exchange(client, server):
    """Carries octets until neither side has any; the events of each."""
    of_client, of_server = [], []
    while True:
        there, back = client.data_to_send(), server.data_to_send()
        if not there and not back:
            return of_client, of_server
        of_server += server.receive_data(there)
        of_client += client.receive_data(back)


def open_server(fields=REQUEST, flags=wire.END_HEADERS, **options):
    """A server that has received a request on stream 1; its events."""
    server = connection(False, **options)
    server.data_to_send()
    found = server.receive_data(wire.PREFACE + wire.settings() + wire.headers(1, fields, flags))
    server.data_to_send()
    return server, found


class TestBeginning(unittest.TestCase):
    def test_nothing_is_sent_before_it_begins(self):
        self.assertEqual(H2Connection().data_to_send(), b"")

    def test_the_client_s_first_octets(self):
        sent = connection().data_to_send()
        self.assertTrue(sent.startswith(wire.PREFACE))
        values = [(1, 4096), (2, 1), (4, 65535), (5, 16384), (8, 0), (3, 100), (6, 65536)]
        self.assertEqual(sent[len(wire.PREFACE):], wire.settings(values))

    def test_settings_are_told_and_acknowledged(self):
        client, server = connection(), connection(False)
        of_client, of_server = exchange(client, server)
        self.assertEqual([type(event) for event in of_client],
                         [events.RemoteSettingsChanged, events.SettingsAcknowledged])
        changed = of_server[0].changed_settings[SettingCodes.MAX_CONCURRENT_STREAMS]
        self.assertEqual((changed.original_value, changed.new_value), (None, 100))
        self.assertEqual(client.remote_settings.max_concurrent_streams, 100)

    def test_preface_in_pieces_and_a_wrong_one(self):
        server = connection(False)
        server.data_to_send()
        with self.assertRaisesRegex(exceptions.ProtocolError, "^Invalid HTTP/2 preamble.$"):
            server.receive_data(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(server.data_to_send(), b"")
        for i in range(len(wire.PREFACE)):
            self.assertEqual(server.receive_data(wire.PREFACE[i:i + 1]), [])
        self.assertIsInstance(server.receive_data(wire.settings())[0], events.RemoteSettingsChanged)

    def test_upgrade(self):
        client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
        value = client.initiate_upgrade_connection()
        self.assertIsInstance(value, bytes)
        self.assertIsNone(server.initiate_upgrade_connection(value.decode()))
        self.assertEqual(server.remote_settings.max_concurrent_streams, 100)
        exchange(client, server)
        server.send_headers(1, RESPONSE, end_stream=True)
        self.assertIsInstance(exchange(client, server)[0][0], events.ResponseReceived)

    def test_upgrade_with_a_bad_value(self):
        for bad in (b"AAA", "AAMAAAB", b"\xff\xff\xff\xff"):
            with self.assertRaises(ValueError):
                H2Connection(H2Configuration(client_side=False)).initiate_upgrade_connection(bad)


class TestMessages(unittest.TestCase):
    def test_a_request_and_its_response(self):
        client, server = pair()
        client.send_headers(1, REQUEST, end_stream=True)
        request, ended = exchange(client, server)[1]
        self.assertEqual(request.headers, octets_of)
        self.assertIs(request.stream_ended, ended)
        self.assertIsNone(request.priority_updated)
        server.send_headers(1, RESPONSE)
        server.send_data(1, b"hello")
        server.send_headers(1, [("trailer", "x")], end_stream=True)
        response, data, trailers, ended = exchange(client, server)[0]
        self.assertEqual(response.headers, [(b":status", b"200"), (b"server", b"libh2")])
        self.assertEqual((data.data, data.flow_controlled_length, data.stream_ended), (b"hello", 5, None))
        self.assertIs(trailers.stream_ended, ended)
        self.assertEqual(client.get_next_available_stream_id(), 3)

    def test_the_last_data_carries_the_end(self):
        client, server = pair()
        client.send_headers(1, REQUEST)
        client.send_data(1, b"abc", end_stream=True, pad_length=3)
        data, ended = exchange(client, server)[1][1:]
        self.assertEqual((data.data, data.flow_controlled_length), (b"abc", 7))
        self.assertIs(data.stream_ended, ended)

    def test_any_iterable_of_pairs_is_sent(self):
        client, server = pair()
        for stream, fields in enumerate((tuple(REQUEST), iter(REQUEST), (list(pair) for pair in REQUEST),
                                         dict(REQUEST).items(), [HeaderTuple(*pair) for pair in REQUEST], octets_of,
                                         [(name, value, "and more") for name, value in REQUEST])):
            client.send_headers(2 * stream + 1, fields, end_stream=True)
            self.assertEqual(exchange(client, server)[1][0].headers, octets_of)

    def test_classes_of_headers(self):
        fields = [*REQUEST, ("authorization", "secret"), ("cookie", "short"), ("cookie", "x" * 20),
                  NeverIndexedHeaderTuple("mine", "secret"), HeaderTuple("other", "plain")]
        client, server = pair()
        client.send_headers(1, fields)
        found = exchange(client, server)[1][0].headers
        classes = {name: type(field) for field in found for name in field[:1]}
        self.assertIs(classes[b":path"], HeaderTuple)
        self.assertIs(classes[b"authorization"], NeverIndexedHeaderTuple)
        self.assertIs(classes[b"mine"], NeverIndexedHeaderTuple)
        self.assertIs(classes[b"other"], HeaderTuple)
        self.assertEqual(found[-1], (b"cookie", b"short; " + b"x" * 20))
        self.assertIs(type(found[-1]), NeverIndexedHeaderTuple)

    def test_headers_hash_and_compare_as_tuples(self):
        _, found = open_server()
        header = found[1].headers[0]
        self.assertEqual(hash(header), hash((b":method", b"GET")))
        self.assertIn((b":method", b"GET"), set(found[1].headers))

    def test_text_instead_of_octets(self):
        _, found = open_server(header_encoding="utf-8")
        self.assertEqual(found[1].headers, REQUEST)
        self.assertIs(type(found[1].headers[0]), HeaderTuple)

    def test_octets_that_are_no_text_lose_the_event_alone(self):
        server = connection(False, header_encoding="utf-8")
        bad = wire.headers(1, [*octets_of, (b"name", b"\xff")], wire.END_HEADERS | wire.END_STREAM)
        octets = wire.PREFACE + wire.settings() + bad + wire.frame(wire.PING, 0, b"12345678")
        with self.assertRaises(UnicodeDecodeError):
            server.receive_data(octets)
        self.assertIs(server.state_machine.state, ConnectionState.SERVER_OPEN)
        self.assertEqual(server.receive_data(b""), [events.PingReceived(ping_data=b"12345678")])

    def test_informational_responses(self):
        client, server = pair()
        client.send_headers(1, REQUEST)
        exchange(client, server)
        server.send_headers(1, [(":status", "103"), ("link", "x")])
        server.send_headers(1, RESPONSE)
        first, second = exchange(client, server)[0]
        self.assertIs(type(first), events.InformationalResponseReceived)
        self.assertIs(type(second), events.ResponseReceived)
        self.assertIsNone(first.priority_updated)

    def test_options_are_read_at_each_call(self):
        client, server = pair()
        client.config.validate_outbound_headers = False
        client.config.normalize_outbound_headers = False
        server.config.validate_inbound_headers = False
        client.send_headers(1, [("Upper", "x")])
        self.assertEqual(exchange(client, server)[1][0].headers, [(b"Upper", b"x")])
        client.config = H2Configuration()
        with self.assertRaises(exceptions.ProtocolError):
            client.send_headers(3, [("Upper", "x")])

    def test_a_promise(self):
        client, server = pair()
        client.send_headers(1, REQUEST)
        exchange(client, server)
        server.push_stream(1, 2, REQUEST)
        server.send_headers(2, RESPONSE, end_stream=True)
        pushed, response, _ = exchange(client, server)[0]
        self.assertEqual((pushed.pushed_stream_id, pushed.parent_stream_id), (2, 1))
        self.assertEqual(pushed.headers, octets_of)
        self.assertEqual(response.stream_id, 2)


class TestOtherFrames(unittest.TestCase):
    def test_priority(self):
        client, server = pair()
        client.send_headers(1, REQUEST, True, 256, 0, True)
        client.prioritize(3, weight=1, depends_on=1)
        request, ended, priority, alone = exchange(client, server)[1]
        self.assertIs(request.priority_updated, priority)
        self.assertIs(request.stream_ended, ended)
        self.assertEqual((priority.weight, priority.depends_on, priority.exclusive), (256, 0, True))
        self.assertEqual((alone.stream_id, alone.weight, alone.depends_on, alone.exclusive), (3, 1, 1, False))

    def test_priority_is_checked(self):
        client, server = pair()
        for weight in (0, 257, -1, 2**70):
            with self.assertRaisesRegex(exceptions.ProtocolError, "^Weight must be between 1 and 256, not "):
                client.prioritize(1, weight=weight)
        with self.assertRaisesRegex(exceptions.ProtocolError, "^Stream 1 may not depend on itself$"):
            client.prioritize(1, depends_on=1)
        with self.assertRaises(exceptions.RFC1122Error):
            server.prioritize(1)

    def test_ping(self):
        client, server = pair()
        client.ping(b"12345678")
        of_client, of_server = exchange(client, server)
        self.assertEqual(of_server, [events.PingReceived(ping_data=b"12345678")])
        self.assertEqual(of_client, [events.PingAckReceived(ping_data=b"12345678")])
        for wrong in (b"", b"123456789", "12345678", None, bytearray(8)):
            with self.assertRaisesRegex(ValueError, "^Invalid value for ping data: "):
                client.ping(wrong)

    def test_reset(self):
        client, server = pair()
        client.send_headers(1, REQUEST)
        client.reset_stream(1, ErrorCodes.CANCEL)
        reset = exchange(client, server)[1][-1]
        self.assertEqual(reset, events.StreamReset(stream_id=1, error_code=8, remote_reset=True))
        self.assertIs(reset.error_code, ErrorCodes.CANCEL)
        with self.assertRaises(exceptions.StreamClosedError) as raised:
            server.send_headers(1, RESPONSE)
        self.assertEqual((raised.exception.stream_id, raised.exception.error_code), (1, ErrorCodes.STREAM_CLOSED))
        server, _ = open_server()
        code = server.receive_data(wire.rst_stream(1, 0xFEED))[0].error_code
        self.assertEqual((code, type(code)), (0xFEED, int))

    def test_goaway(self):
        client, server = pair()
        client.close_connection(ErrorCodes.ENHANCE_YOUR_CALM, b"why", 7)
        event, = exchange(client, server)[1]
        self.assertEqual((event.error_code, event.last_stream_id, event.additional_data), (11, 7, b"why"))
        self.assertIs(server.state_machine.state, ConnectionState.CLOSED)
        with self.assertRaisesRegex(exceptions.ProtocolError,
                                    r"^Invalid input ConnectionInputs.SEND_PING in state ConnectionState.CLOSED$"):
            server.ping(b"12345678")
        self.assertIsNone(server.receive_data(wire.goaway(0, 0))[0].additional_data)

    def test_alternative_services(self):
        client, server = pair()
        client.send_headers(1, REQUEST)
        exchange(client, server)
        server.advertise_alternative_service(b'h2=":1"', origin=b"example.org")
        server.advertise_alternative_service(b'h2=":2"', stream_id=1)
        first, second = exchange(client, server)[0]
        self.assertEqual((first.origin, first.field_value), (b"example.org", b'h2=":1"'))
        self.assertEqual((second.origin, second.field_value), (b"example.com", b'h2=":2"'))
        with self.assertRaises(ValueError):
            server.advertise_alternative_service(b"x", origin=b"y", stream_id=1)
        with self.assertRaises(ValueError):
            server.advertise_alternative_service("x", origin=b"y")
        with self.assertRaises(exceptions.NoSuchStreamError):
            server.advertise_alternative_service(b"x")

    def test_unknown_frames(self):
        server, _ = open_server()
        event, = server.receive_data(wire.frame(0xBB, 5, b"body", 0x91))
        self.assertIs(type(event.frame), ExtensionFrame)
        self.assertEqual((event.frame.type, event.frame.stream_id, event.frame.flag_byte, event.frame.body,
                          event.frame.body_len), (0xBB, 5, 0x91, b"body", 4))

    def test_settings(self):
        client, server = pair()
        client.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 10, 0xFE03: 1})
        of_client, of_server = exchange(client, server)
        self.assertEqual(list(of_server[0].changed_settings), [4, 0xFE03])
        self.assertEqual(of_client[0].changed_settings[4].new_value, 10)
        self.assertEqual(client.local_settings[0xFE03], 1)
        with self.assertRaises(exceptions.InvalidSettingsValueError):
            client.update_settings({SettingCodes.MAX_FRAME_SIZE: 1})


class TestFlowControl(unittest.TestCase):
    def test_windows(self):
        client, server = pair()
        client.send_headers(1, REQUEST)
        client.send_data(1, b"x" * 10000)
        self.assertEqual((client.local_flow_control_window(1), client.outbound_flow_control_window), (55535, 55535))
        exchange(client, server)
        self.assertEqual((server.remote_flow_control_window(1), server.inbound_flow_control_window), (55535, 55535))
        server.acknowledge_received_data(10000, 1)
        self.assertEqual(server.data_to_send(), b"")
        server.increment_flow_control_window(100, stream_id=1)
        server.increment_flow_control_window(200)
        self.assertEqual(exchange(client, server)[0], [events.WindowUpdated(stream_id=1, delta=100),
                                                       events.WindowUpdated(stream_id=0, delta=200)])
        client.outbound_flow_control_window = 5
        self.assertEqual(client.local_flow_control_window(1), 5)
        with self.assertRaisesRegex(exceptions.FlowControlError, "^Cannot send 6 bytes, flow control window is 5$"):
            client.send_data(1, b"123456")
        client.outbound_flow_control_window = -5
        self.assertEqual(client.local_flow_control_window(1), -5)

    def test_acknowledging_opens_the_windows_again(self):
        client, server = pair()
        client.send_headers(1, REQUEST)
        for _ in range(4):
            client.send_data(1, b"x" * 10000)
        exchange(client, server)
        server.acknowledge_received_data(40000, 1)
        self.assertEqual(exchange(client, server)[0], [events.WindowUpdated(stream_id=0, delta=40000),
                                                       events.WindowUpdated(stream_id=1, delta=40000)])

    def test_frames_are_not_split(self):
        client, _ = pair()
        client.send_headers(1, REQUEST)
        with self.assertRaisesRegex(exceptions.FrameTooLargeError, "^Cannot send frame size 20000, max frame size is"):
            client.send_data(1, b"x" * 20000)
        client.max_outbound_frame_size = 20000
        client.send_data(1, b"x" * 20000)

    def test_stream_0_is_not_the_connection(self):
        server, _ = open_server()
        with self.assertRaises(KeyError):
            server.increment_flow_control_window(1, stream_id=0)
        with self.assertRaises(ValueError):
            server.acknowledge_received_data(1, 0)
        with self.assertRaises(ValueError):
            server.acknowledge_received_data(-1, 1)
        for wrong in (0, -1, 2**31):
            with self.assertRaises(ValueError):
                server.increment_flow_control_window(wrong)


class TestInput(unittest.TestCase):
    OCTETS = (wire.PREFACE + wire.settings([(4, 100)]) + wire.headers(1, REQUEST)
              + wire.frame(wire.DATA, 1, b"some data", wire.END_STREAM) + wire.frame(wire.PING, 0, b"12345678")
              + wire.goaway(0, 0))

    def outcome(self, pieces):
        server = connection(False)
        found = [event for piece in pieces for event in server.receive_data(piece)]
        return [repr(event) for event in found], server.data_to_send()

    def test_any_buffer(self):
        expected = self.outcome([self.OCTETS])
        for kind in (bytes, bytearray, memoryview):
            self.assertEqual(self.outcome([kind(self.OCTETS)]), expected)
        self.assertEqual(self.outcome([memoryview(bytes(c for octet in self.OCTETS for c in (octet, 0)))[::2]]), expected)
        for wrong in ("text", 5, None, [1]):
            with self.assertRaises(TypeError):
                connection(False).receive_data(wrong)

    def test_every_split(self):
        expected = self.outcome([self.OCTETS])
        for i in range(len(self.OCTETS)):
            self.assertEqual(self.outcome([self.OCTETS[:i], self.OCTETS[i:]]), expected)
        self.assertEqual(self.outcome([self.OCTETS[i:i + 1] for i in range(len(self.OCTETS))]), expected)

    def test_an_error_loses_events_and_keeps_what_follows(self):
        server, _ = open_server()
        ping = wire.frame(wire.PING, 0, b"12345678")
        with self.assertRaises(exceptions.ProtocolError) as raised:
            server.receive_data(ping + wire.window_update(0, 0) + wire.goaway(9, 2) + ping)
        self.assertEqual(raised.exception.error_code, ErrorCodes.PROTOCOL_ERROR)
        sent = wire.parse(server.data_to_send())
        self.assertEqual([kind for kind, *_ in sent], [wire.PING, wire.GOAWAY])
        with self.assertRaisesRegex(exceptions.ProtocolError, "RECV_PING in state ConnectionState.CLOSED"):
            server.receive_data(b"")
        self.assertEqual(server.receive_data(wire.goaway(1, 0))[0].last_stream_id, 1)

    def test_what_is_raised(self):
        for octets, kind, code in (
            (wire.frame(wire.PING, 0, b"1"), exceptions.FrameDataMissingError, 6),
            (wire.frame(wire.PING, 1, b"12345678"), exceptions.ProtocolError, 1),
            (wire.frame(wire.DATA, 1, b"x" * 16385), exceptions.FrameTooLargeError, 6),
            (wire.frame(wire.DATA, 5, b"x"), exceptions.NoSuchStreamError, 1),
            (wire.window_update(0, 2**31 - 1), exceptions.FlowControlError, 3),
            (wire.settings([(4, 2**31)]), exceptions.InvalidSettingsValueError, 3),
            (wire.headers(1, [(":status", "200")]), exceptions.ProtocolError, 1),
            (wire.headers(3, [*REQUEST, ("large", "x" * 70000)])[:16384 + 9], exceptions.FrameTooLargeError, 6),
        ):
            server, _ = open_server()
            server.max_inbound_frame_size = 16384
            with self.assertRaises(kind) as raised:
                server.receive_data(octets + b"\0" * 60000)
            self.assertEqual(raised.exception.error_code, code)
            self.assertIsInstance(raised.exception.error_code, ErrorCodes)
            self.assertEqual(wire.parse(server.data_to_send())[-1][0], wire.GOAWAY)

    def test_attributes_of_exceptions(self):
        server, _ = open_server()
        server.receive_data(wire.headers(5, REQUEST))
        with self.assertRaises(exceptions.StreamIDTooLowError) as raised:
            server.receive_data(wire.headers(3, REQUEST))
        self.assertEqual((raised.exception.stream_id, raised.exception.max_stream_id), (3, 5))
        server, _ = open_server([*REQUEST, ("content-length", "5")])
        with self.assertRaises(exceptions.InvalidBodyLengthError) as raised:
            server.receive_data(wire.frame(wire.DATA, 1, b"123", wire.END_STREAM))
        self.assertEqual((raised.exception.expected_length, raised.exception.actual_length), (5, 3))

    def test_output_is_taken_as_a_slice_would(self):
        for amount in (0, 1, 20, 10**6, -1, -20, -10**6, None):
            server, twin = connection(False), connection(False)
            whole = twin.data_to_send()
            self.assertEqual(server.data_to_send(amount), whole[:amount])
            self.assertEqual(server.data_to_send(), b"" if amount is None else whole[amount:])
        server = connection(False)
        server.clear_outbound_data_buffer()
        self.assertEqual(server.data_to_send(), b"")


class TestViews(unittest.TestCase):
    def test_streams(self):
        server, _ = open_server()
        server.receive_data(wire.headers(3, REQUEST, wire.END_HEADERS | wire.END_STREAM))
        self.assertEqual((list(server.streams), len(server.streams)), ([1, 3], 2))
        self.assertIn(1, server.streams)
        self.assertNotIn(5, server.streams)
        self.assertNotIn("1", server.streams)
        self.assertIsNone(server.streams.get(5))
        with self.assertRaises(KeyError):
            server.streams[5]
        self.assertEqual([stream.stream_id for stream in server.streams.values()], [1, 3])
        stream = server.streams[3]
        self.assertEqual(repr(stream), f"<H2Stream id:3 state:{h2.stream.StreamState.HALF_CLOSED_REMOTE!r}>")
        self.assertIs(stream.state_machine.state, h2.stream.StreamState.HALF_CLOSED_REMOTE)
        self.assertEqual((stream.open, stream.closed, stream.closed_by), (True, False, None))
        self.assertEqual((stream.state_machine.client, stream.state_machine.headers_sent,
                          stream.state_machine.headers_received), (False, None, True))
        self.assertEqual((stream.outbound_flow_control_window, stream.inbound_flow_control_window), (65535, 65535))
        stream.outbound_flow_control_window = -100
        self.assertEqual(server.local_flow_control_window(3), -100)
        server.send_headers(3, RESPONSE, end_stream=True)
        self.assertTrue(stream.closed)
        self.assertEqual(server.open_inbound_streams, 1)
        self.assertEqual(list(server.streams), [1])
        self.assertIs(stream.state_machine.state, h2.stream.StreamState.CLOSED)
        self.assertIs(stream.closed_by, h2.stream.StreamClosedBy.SEND_END_STREAM)

    def test_views_of_a_connection_change_nothing(self):
        server, _ = open_server()
        with self.assertRaises(AttributeError):
            server.state_machine.state = ConnectionState.IDLE
        with self.assertRaises(AttributeError):
            server.streams[1].state_machine.state = h2.stream.StreamState.IDLE
        with self.assertRaises(AttributeError):
            server.streams[1].state_machine.process_input(h2.stream.StreamInputs.SEND_DATA)

    def test_tables_of_the_coders(self):
        server, _ = open_server()
        self.assertEqual((server.encoder.header_table_size, server.decoder.header_table_size), (4096, 4096))
        server.receive_data(wire.settings([(1, 80)]))
        self.assertEqual(server.encoder.header_table_size, 80)

    def test_highest_streams_and_frame_sizes(self):
        client, server = pair()
        client.send_headers(5, REQUEST)
        exchange(client, server)
        self.assertEqual((client.highest_outbound_stream_id, server.highest_inbound_stream_id), (5, 5))
        self.assertEqual((server.open_inbound_streams, client.open_outbound_streams), (1, 1))
        self.assertEqual((server.max_inbound_frame_size, server.max_outbound_frame_size), (16384, 16384))
        server.max_inbound_frame_size = 2**24
        self.assertEqual(server.max_inbound_frame_size, 2**24 - 1)

    def test_settings_can_be_replaced(self):
        client = H2Connection()
        mine = Settings(client=True, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: 7})
        del mine[SettingCodes.ENABLE_CONNECT_PROTOCOL]
        client.local_settings = mine
        self.assertIs(client.local_settings, mine)
        mine.initial_window_size = 10  # proposed only: not sent first
        client.initiate_connection()
        sent = wire.parse(client.data_to_send())[0][3]
        self.assertEqual(sent, wire.settings([(1, 4096), (2, 1), (4, 65535), (5, 16384), (3, 7)])[9:])
        client.receive_data(wire.settings(ack=True))
        self.assertEqual(mine.initial_window_size, 10)

    def test_settings_outlive_their_connection_and_are_not_shared(self):
        client = H2Connection()
        first = client.local_settings
        self.assertIs(client.local_settings, first)
        client.local_settings = client.local_settings
        self.assertIs(client.local_settings, first)
        other = H2Connection()
        other.local_settings = first
        self.assertIsNot(other.local_settings, first)
        self.assertEqual(other.local_settings, first)
        first[SettingCodes.MAX_FRAME_SIZE] = 20000
        del client
        self.assertEqual(first[SettingCodes.MAX_CONCURRENT_STREAMS], 100)
        first.acknowledge()
        self.assertEqual(first.max_frame_size, 20000)
        self.assertEqual(other.local_settings.max_frame_size, 16384)

    def test_a_derived_class(self):
        class Mine(H2Connection):
            MAX_CLOSED_STREAMS = 3
            DEFAULT_MAX_HEADER_LIST_SIZE = 1000

            def __init__(self, name):
                super().__init__(H2Configuration(client_side=False))
                self.name = name

            def receive_data(self, data):
                return [(self.name, event) for event in super().receive_data(data)]

        mine = Mine("server")
        mine.DEFAULT_MAX_INBOUND_FRAME_SIZE = 5
        self.assertEqual(mine.local_settings.max_header_list_size, 1000)
        found = mine.receive_data(wire.PREFACE + wire.settings())
        self.assertEqual(found[0][0], "server")
        with self.assertRaises(exceptions.DenialOfServiceError):
            mine.receive_data(wire.headers(1, [*REQUEST, ("large", "x" * 1000)]))


class TestBounds(unittest.TestCase):
    def test_a_bound_is_raised_and_counted(self):
        server, _ = open_server(limits={"resets_burst": 3, "resets_per_second": 1})
        with self.assertRaises(exceptions.DenialOfServiceError) as raised:
            for stream in range(3, 20, 2):
                server.receive_data(wire.headers(stream, REQUEST) + wire.rst_stream(stream, 8))
        self.assertIs(raised.exception.error_code, ErrorCodes.ENHANCE_YOUR_CALM)
        self.assertEqual(server.limit_counters()["resets_burst"], 1)

    def test_without_bounds_of_its_own_a_crowd_passes(self):
        server, _ = open_server()
        for stream in range(3, 4000, 2):
            server.receive_data(wire.headers(stream, REQUEST) + wire.rst_stream(stream, 8))
        self.assertEqual(sum(server.limit_counters().values()), 0)
        self.assertGreater(server.memory_used(), 0)

    def test_bounds_can_be_changed(self):
        server, _ = open_server(limits={"resets_burst": 3})
        server.config.limits = {"resets_burst": None}
        for stream in range(3, 400, 2):
            server.receive_data(wire.headers(stream, REQUEST) + wire.rst_stream(stream, 8))


if __name__ == "__main__":
    under_test.main()
