"""Wrong types, wrong sizes, wrong order, wrong thread: an exception that says so, and never a crash."""
import copy
import gc
import pickle
import random
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "common"))
import under_test  # noqa: E402
import wire  # noqa: E402
from wire import REQUEST, RESPONSE  # noqa: E402

import h2._h2  # noqa: E402
import h2.connection  # noqa: E402
import h2.stream  # noqa: E402
from h2 import events, exceptions, settings  # noqa: E402
from h2.config import DummyLogger, H2Configuration  # noqa: E402
from h2.connection import H2Connection  # noqa: E402

METHODS = {
    "initiate_connection": 0, "initiate_upgrade_connection": 1, "receive_data": 1, "data_to_send": 1,
    "clear_outbound_data_buffer": 0, "get_next_available_stream_id": 0, "send_headers": 6, "send_data": 4,
    "end_stream": 1, "reset_stream": 2, "push_stream": 3, "ping": 1, "prioritize": 4, "update_settings": 1,
    "close_connection": 3, "advertise_alternative_service": 3, "increment_flow_control_window": 2,
    "acknowledge_received_data": 2, "local_flow_control_window": 1, "remote_flow_control_window": 1,
    "limit_counters": 0, "memory_used": 0,
}
ATTRIBUTES = (
    "config", "local_settings", "remote_settings", "outbound_flow_control_window", "inbound_flow_control_window",
    "max_inbound_frame_size", "max_outbound_frame_size", "highest_inbound_stream_id", "highest_outbound_stream_id",
    "streams", "state_machine", "encoder", "decoder", "open_inbound_streams", "open_outbound_streams",
)


def server_with_request(config=None):
    server = H2Connection(config or H2Configuration(client_side=False))
    server.initiate_connection()
    server.receive_data(wire.PREFACE + wire.settings() + wire.headers(1, REQUEST))
    return server


class Awkward:
    """Raises wherever it is asked for anything."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __index__(self):
        raise RuntimeError("index")

    def __bool__(self):
        raise RuntimeError("bool")

    def __iter__(self):
        raise RuntimeError("iter")

    def __repr__(self):
        raise RuntimeError("repr")


VALUES = (
    None, True, False, 0, 1, 2, 3, -1, 255, 256, 65535, 16777216, 2**31 - 1, 2**31, 2**32, 2**63, 2**64, -2**63, -2**70, 10**400,
    1.5, float("nan"), "", "text", "\ud800", "\0", b"", b"octets", b"12345678", bytearray(b"12345678"),
    memoryview(b"12345678"), [], [()], [("a",)], [("a", "b")], [(":status", "200")], [("\ud800", "x")], [("a", None)],
    [(1, 2)], [b"ab"], [["a", "b"]], ["ab"], [None], {}, {1: 2}, {"a": "b"}, {4: 2**40}, {4: -1}, {2**20: 1}, {None: None},
    REQUEST, RESPONSE, set(), object(), Awkward(), [Awkward()], [(Awkward(), "x")], range(3), (x for x in "ab"), int, ...,
)


class TestArguments(unittest.TestCase):
    def test_random_calls_raise_or_return(self):
        chance = random.Random(7541)
        for _ in range(60):
            conn = server_with_request() if chance.random() < 0.7 else H2Connection()
            for _ in range(300):
                name = chance.choice(list(METHODS))
                given = [chance.choice(VALUES) for _ in range(chance.randint(0, METHODS[name] + 1))]
                try:
                    getattr(conn, name)(*given)
                except Exception as error:  # noqa: BLE001
                    self.assertNotIsInstance(error, (SystemError, MemoryError), (name, given))
                if chance.random() < 0.1:
                    try:
                        setattr(conn, chance.choice(ATTRIBUTES), chance.choice(VALUES))
                    except Exception as error:  # noqa: BLE001
                        self.assertNotIsInstance(error, (SystemError, MemoryError))

    def test_random_calls_of_the_parts(self):
        chance = random.Random(9113)
        server = server_with_request()
        parts = [h2._h2.cell, h2._h2.validate, h2._h2.normalize, h2._h2.state_names, h2._h2.input_names,
                 settings.Settings, h2.stream.H2Stream, h2.stream.H2StreamStateMachine,
                 h2.connection.H2ConnectionStateMachine, H2Connection, H2Configuration,
                 server.local_settings.validate_received_setting, server.local_settings.__setitem__,
                 server.local_settings.__getitem__, server.local_settings.__delitem__, server.streams.__getitem__,
                 events.RemoteSettingsChanged.from_settings, server.local_settings.__eq__]
        parts += [getattr(events, name) for name in events.__all__]
        for _ in range(6000):
            part = chance.choice(parts)
            given = [chance.choice(VALUES) for _ in range(chance.randint(0, 4))]
            try:
                made = part(*given)
            except Exception as error:  # noqa: BLE001
                self.assertNotIsInstance(error, (SystemError, MemoryError), (part, given))
                continue
            if not any(isinstance(value, Awkward) for value in given):
                repr(made)

    def test_random_values_in_events(self):
        chance = random.Random(7838)
        for _ in range(4000):
            event = getattr(events, chance.choice(events.__all__))()
            for name in ("stream_id", "headers", "data", "changed_settings", "error_code", "additional_data", "origin",
                         "ping_data", "field_value", "weight"):
                setattr(event, name, chance.choice(VALUES))
            for use in (repr, hash, lambda made: made == copy.copy(made)):
                try:
                    use(event)
                except Exception as error:  # noqa: BLE001
                    self.assertNotIsInstance(error, (SystemError, MemoryError))

    def test_headers_of_other_types(self):
        client = H2Connection()
        for wrong, kind in (([(1, "x")], AttributeError), ([("x", None)], AttributeError), ([("x",)], IndexError),
                            ([()], IndexError), (5, TypeError), (None, TypeError), ([5], TypeError),
                            ([("\ud800", "x")], UnicodeEncodeError), ([(bytearray(b"a"), b"b")], AttributeError)):
            with self.assertRaises(kind):
                client.send_headers(1, wrong)
        self.assertEqual(client.get_next_available_stream_id(), 1)
        client.send_headers(1, REQUEST)

    def test_a_list_that_changes_while_it_is_read(self):
        class Clearing(str):
            def encode(self, *args):
                fields.clear()
                gc.collect()
                return b"x"

        class Name:
            def encode(self, *args):
                fields.clear()
                gc.collect()
                return b"name"

        fields = [*REQUEST, (Clearing("a"), "b"), [Name(), Name()], ("last", "value" * 100)]
        client = H2Connection()
        client.send_headers(1, fields)
        self.assertEqual(fields, [])

    def test_names_of_arguments(self):
        client = H2Connection()
        for call in (lambda: client.ping(), lambda: client.ping(b"12345678", 1), lambda: client.ping(b"", opaque_data=b""),
                     lambda: client.ping(data=b"12345678"), lambda: client.initiate_connection(1),
                     lambda: H2Connection(1), lambda: H2Connection(configuration=None),
                     lambda: H2Connection(H2Configuration(), 1)):
            with self.assertRaises(TypeError):
                call()

    def test_streams_that_cannot_be(self):
        client = H2Connection()
        for stream in (2**31, 2**40, 2**80):
            with self.assertRaises(ValueError):
                client.send_headers(stream, REQUEST)
            with self.assertRaises(exceptions.NoSuchStreamError):
                client.send_data(stream, b"x")
        with self.assertRaises(exceptions.StreamIDTooLowError):
            client.send_headers(-1, REQUEST)
        with self.assertRaises(exceptions.StreamClosedError):
            client.end_stream(-5)

    def test_data_of_other_types(self):
        server = server_with_request()
        server.send_headers(1, RESPONSE)
        for wrong in ("text", None, 5, [1]):
            with self.assertRaises(TypeError):
                server.send_data(1, wrong)
        with self.assertRaisesRegex(TypeError, "^pad_length must be an int$"):
            server.send_data(1, b"x", pad_length="1")
        for wrong in (-1, 256, 2**70):
            with self.assertRaisesRegex(ValueError, r"^pad_length must be within range: \[0, 255\]$"):
                server.send_data(1, b"x", pad_length=wrong)
        server.data_to_send()
        server.send_data(1, memoryview(bytes(range(100)))[::3])
        self.assertEqual(wire.parse(server.data_to_send())[0][3], bytes(range(0, 100, 3)))

    def test_data_that_is_lent_stays_as_it_was(self):
        server = server_with_request()
        server.send_headers(1, RESPONSE)
        server.data_to_send()
        changing = bytearray(b"x" * 5000)
        server.send_data(1, changing)
        changing[:] = b"y" * 5000
        server.send_data(1, bytes(5000))
        self.assertEqual(server.data_to_send(), wire.frame(0, 1, b"x" * 5000) + wire.frame(0, 1, bytes(5000)))


class TestOrder(unittest.TestCase):
    def test_a_class_that_forgets_to_call_init(self):
        class Forgetful(H2Connection):
            def __init__(self):
                pass

        conn = Forgetful()
        for name, count in METHODS.items():
            given = {"ping": [b"12345678"], "send_headers": [1, REQUEST], "push_stream": [1, 2, REQUEST],
                     "update_settings": [{}], "receive_data": [b""], "send_data": [1, b""],
                     "advertise_alternative_service": [b""], "acknowledge_received_data": [1, 1],
                     "data_to_send": [], "close_connection": [], "initiate_upgrade_connection": [],
                     "reset_stream": [1], "prioritize": [1], "increment_flow_control_window": [1]}
            if name == "memory_used":
                continue
            with self.assertRaises(RuntimeError, msg=name):
                getattr(conn, name)(*given.get(name, [1] * count))
        for name in ATTRIBUTES:
            if name != "config":
                with self.assertRaises(RuntimeError, msg=name):
                    getattr(conn, name)
        with self.assertRaises(RuntimeError):
            settings.Settings.__new__(settings.Settings)[1]

    def test_init_again(self):
        conn = server_with_request()
        kept, streams = conn.local_settings, conn.streams
        stream = streams[1]
        conn.__init__()
        self.assertEqual(conn.data_to_send(), b"")
        self.assertEqual(kept.max_concurrent_streams, 100)
        self.assertEqual(list(streams), [])
        self.assertTrue(stream.closed)
        with self.assertRaises(TypeError):
            conn.__init__(5)
        conn.ping(b"12345678")

    def test_no_copies_no_pickles(self):
        conn = H2Connection()
        for use in (copy.copy, copy.deepcopy, pickle.dumps):
            with self.assertRaisesRegex(TypeError, "^cannot pickle or copy 'H2Connection' object$"):
                use(conn)

    def test_attributes_that_cannot_be_deleted_or_written(self):
        conn = H2Connection()
        for name in ATTRIBUTES:
            with self.assertRaises((AttributeError, TypeError)):
                delattr(conn, name)
        for name in ("inbound_flow_control_window", "streams", "state_machine", "open_inbound_streams"):
            with self.assertRaises(AttributeError):
                setattr(conn, name, 5)
        for name in ("local_settings", "remote_settings"):
            with self.assertRaises(TypeError):
                setattr(conn, name, {})


class TestLogger(unittest.TestCase):
    def test_calls_and_frames_are_told(self):
        class Lines(DummyLogger):
            def __init__(self):
                self.lines = []

            def debug(self, text, *args):
                self.lines.append("debug " + text % args)

            def trace(self, text, *args):
                self.lines.append("trace " + text % args)

        logger = Lines()
        server_with_request(H2Configuration(client_side=False, logger=logger))
        self.assertIn("debug Initializing connection", logger.lines)
        self.assertTrue(any(line.startswith("trace Process received data on connection. Received data: b'PRI")
                            for line in logger.lines))
        self.assertTrue(any(line.startswith("trace Received frame: ") for line in logger.lines))

    def test_a_logger_may_call_the_connection(self):
        class Calling(DummyLogger):
            def debug(self, *args):
                self.call()

            trace = debug

            def call(self):
                if self.depth < 3:
                    self.depth += 1
                    conn.ping(b"12345678")
                    conn.receive_data(b"")
                    conn.data_to_send(5)

        logger = Calling()
        logger.depth = 0
        conn = H2Connection(H2Configuration(logger=logger))
        conn.initiate_connection()
        for _ in range(5):
            logger.depth = 0
            conn.send_headers(conn.get_next_available_stream_id(), REQUEST)
            conn.receive_data(wire.settings())

    def test_a_logger_that_fails(self):
        class Failing(DummyLogger):
            def debug(self, *args):
                raise ZeroDivisionError

        conn = H2Connection(H2Configuration(logger=Failing()))
        with self.assertRaises(ZeroDivisionError):
            conn.initiate_connection()
        conn.config.logger = None
        conn.ping(b"12345678")

    def test_a_logger_without_trace(self):
        import logging

        server = H2Connection(H2Configuration(client_side=False, logger=logging.getLogger("h2.test")))
        server.initiate_connection()
        with self.assertRaises(AttributeError):
            server.receive_data(wire.PREFACE)
        server.config.logger = DummyLogger()
        server.receive_data(wire.PREFACE)

    def test_a_logger_that_drops_the_connection(self):
        class Dropping(DummyLogger):
            def debug(self, *args):
                held.clear()
                gc.collect()

        held = [H2Connection(H2Configuration(logger=Dropping()))]
        held[0].initiate_connection()
        self.assertEqual(held, [])


class TestThreadsAndReentry(unittest.TestCase):
    def test_a_codec_that_calls_the_connection(self):
        import codecs

        raised = []

        def decode(octets, errors="strict"):
            for call in (lambda: conn.ping(b"12345678"), lambda: conn.receive_data(b""), conn.__init__):
                try:
                    call()
                except RuntimeError as error:
                    raised.append(error)
            list(conn.streams), conn.local_settings.copy if False else dict(conn.local_settings)
            return bytes(octets).decode(), len(octets)

        def find(name):
            return codecs.CodecInfo(codecs.lookup("utf-8").encode, decode) if name == "h2_test" else None

        codecs.register(find)
        conn = H2Connection(H2Configuration(client_side=False, header_encoding="h2_test"))
        found = conn.receive_data(wire.PREFACE + wire.settings() + wire.headers(1, REQUEST))
        self.assertEqual(found[1].headers, REQUEST)
        self.assertEqual(len(raised), 3 * 2 * len(REQUEST))
        conn.ping(b"12345678")
        codecs.unregister(find)

    def test_a_finalizer_that_calls_the_connection(self):
        class Final:
            def __init__(self):
                self.me = self

            def __del__(self):
                conn.ping(b"12345678")

        conn = server_with_request()
        threshold = gc.get_threshold()
        gc.set_threshold(1)
        try:
            for stream in range(3, 400, 2):
                Final()
                conn.receive_data(wire.headers(stream, REQUEST) + wire.rst_stream(stream, 8))
        finally:
            gc.set_threshold(*threshold)
        conn.data_to_send()

    def test_two_threads(self):
        server = server_with_request()
        stop = threading.Event()
        unexpected = []
        octets = b"".join(wire.frame(wire.PING, 0, b"12345678") for _ in range(20)) + wire.frame(0xBB, 0, b"unknown")

        def use(seed):
            chance = random.Random(seed)
            try:
                while not stop.is_set():
                    call = chance.choice((
                        lambda: server.receive_data(octets), server.data_to_send, lambda: server.ping(b"12345678"),
                        lambda: server.send_headers(1, [(":status", "103")]), lambda: len(server.streams),
                        lambda: server.local_settings[1], lambda: server.streams[1].state_machine.state))
                    try:
                        call()
                    except (RuntimeError, exceptions.ProtocolError):
                        pass
            except BaseException as error:  # noqa: BLE001
                unexpected.append(error)

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        threads = [threading.Thread(target=use, args=(seed,)) for seed in range(2)]
        for thread in threads:
            thread.start()
        stop.wait(1.5)
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
        self.assertEqual(unexpected, [])
        self.assertEqual(set(kind for kind, *_ in wire.parse(server.data_to_send())) - {wire.PING, wire.HEADERS,
                                                                                      wire.SETTINGS}, set())


if __name__ == "__main__":
    under_test.main()
