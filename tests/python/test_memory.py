"""Nothing is kept that need not be: no leaks over many requests, no cycles, nothing after the last reference."""
import gc
import os
import sys
import unittest
import weakref
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "common"))
import under_test  # noqa: E402
import wire  # noqa: E402
from wire import REQUEST, RESPONSE  # noqa: E402

from h2 import events, exceptions  # noqa: E402
from h2.config import DummyLogger, H2Configuration  # noqa: E402
from h2.connection import H2Connection  # noqa: E402
from h2.settings import Settings  # noqa: E402

# Under the sanitizers and the debugging allocator everything is slower; a leak of one object for a request shows all the same.
REQUESTS = 20000 if under_test.SANITIZED else int(os.environ.get("H2_LEAK_REQUESTS", "20000"))

# Objects that are kept for reuse, here and in the interpreter, and are not all made at once.
KEPT = 600


def blocks():
    gc.collect()
    return sys.getallocatedblocks()


def converse(client, server, count):
    """Requests with everything on them, each answered; one in ten is reset, one in ten refused."""
    for i in range(count):
        stream = client.get_next_available_stream_id()
        client.send_headers(stream, [*REQUEST, ("x-number", str(i))], priority_weight=5)
        client.send_data(stream, b"body" * 500, end_stream=True, pad_length=3)
        for event in server.receive_data(client.data_to_send()):
            if isinstance(event, events.DataReceived):
                server.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if i % 10 == 0:
            server.reset_stream(stream)
        else:
            server.send_headers(stream, RESPONSE)
            server.send_data(stream, b"answer" * 300)
            server.send_headers(stream, [("trailer", str(i))], end_stream=True)
        client.ping(b"12345678")
        for event in client.receive_data(server.data_to_send()):
            if isinstance(event, events.DataReceived):
                client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        server.receive_data(client.data_to_send())
        if i % 10 == 1:
            for wrong in (lambda: server.send_data(stream, b"x"), lambda: client.send_headers(stream, REQUEST),
                          lambda: client.send_headers(stream + 2, [("Bad", None)]), lambda: client.ping(5)):
                try:
                    wrong()
                except (exceptions.ProtocolError, AttributeError, ValueError):
                    pass
        client.data_to_send()
        assert client.open_outbound_streams == server.open_inbound_streams == 0


def pair(**options):
    client = H2Connection(H2Configuration(**options))
    server = H2Connection(H2Configuration(client_side=False, **options))
    client.initiate_connection()
    server.initiate_connection()
    server.receive_data(client.data_to_send())
    client.receive_data(server.data_to_send())
    return client, server


class TestLeaks(unittest.TestCase):
    def test_many_requests(self):
        client, server = pair(limits={"resets_burst": None})
        converse(client, server, 2000)
        memory, before = server.memory_used(), blocks()
        converse(client, server, REQUESTS)
        self.assertLess(blocks() - before, KEPT)
        # Closed streams are remembered up to a bound; nothing else may grow.
        self.assertLess(server.memory_used() - memory, 1 << 20)

    def test_many_connections(self):
        def use():
            client, server = pair(header_encoding="utf-8", logger=DummyLogger())
            converse(client, server, 3)
            client.local_settings, server.remote_settings, list(client.streams.values())
            client.local_settings = Settings()
            server.close_connection()
            client.receive_data(server.data_to_send())

        for _ in range(200):
            use()
        before = blocks()
        for _ in range(REQUESTS // 20):
            use()
        self.assertLess(blocks() - before, KEPT)

    def test_many_errors(self):
        def use():
            server = H2Connection(H2Configuration(client_side=False))
            octets = wire.PREFACE + wire.settings() + wire.headers(1, REQUEST)
            for bad in (b"\0\0\1\6\0\0\0\0\0\0", wire.headers(1, [("Upper", "x")]), b"\xff" * 40):
                try:
                    server.receive_data(octets + bad + octets)
                except exceptions.ProtocolError:
                    octets = b""

        for _ in range(200):
            use()
        before = blocks()
        for _ in range(REQUESTS // 10):
            use()
        self.assertLess(blocks() - before, KEPT)

    def test_many_events(self):
        def use():
            for name in events.__all__:
                event = getattr(events, name)()
                event.more = [event]
                repr(event)

        for _ in range(200):
            use()
        before = blocks()
        for _ in range(REQUESTS // 20):
            use()
        self.assertLess(blocks() - before, KEPT)


class TestCycles(unittest.TestCase):
    def setUp(self):
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)

    def test_a_connection_goes_with_its_last_reference(self):
        client, server = pair()
        converse(client, server, 5)
        for conn in (client, server):
            conn.local_settings, conn.remote_settings, conn.streams, conn.state_machine, conn.encoder
        gone = [weakref.ref(client), weakref.ref(server), weakref.ref(client.config)]
        del client, server, conn
        self.assertEqual([reference() for reference in gone], [None] * 3)

    def test_a_view_keeps_its_connection(self):
        client, _ = pair()
        client.send_headers(1, REQUEST)
        reference = weakref.ref(client)
        stream = client.streams[1]
        machine = stream.state_machine
        del client, stream
        self.assertIsNotNone(reference())
        self.assertTrue(machine.headers_sent)
        del machine
        self.assertIsNone(reference())

    def test_settings_do_not_keep_their_connection(self):
        client, _ = pair()
        kept, reference = client.local_settings, weakref.ref(client)
        del client
        self.assertIsNone(reference())
        self.assertEqual(kept.max_concurrent_streams, 100)

    def test_a_cycle_that_a_user_makes_is_collected(self):
        client, _ = pair()
        client.myself = client
        reference = weakref.ref(client)
        del client
        self.assertIsNotNone(reference())
        gc.collect()
        self.assertIsNone(reference())

    def test_a_logger_that_knows_its_connection_is_collected(self):
        logger = DummyLogger()
        client = H2Connection(H2Configuration(logger=logger))
        logger.connection = client
        reference = weakref.ref(client)
        del client, logger
        gc.collect()
        self.assertIsNone(reference())


if __name__ == "__main__":
    under_test.main()
