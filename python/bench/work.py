"""The work that the two packages are compared on. Run by compare.py, once for each package:

    work.py NAME ROUNDS [FOLDER]      FOLDER is put in front of sys.path

Prints seconds of processor time per unit of work, a line for each round."""
import sys
import time

NAME, ROUNDS = sys.argv[1], int(sys.argv[2])
sys.path[0:1] = sys.argv[3:4]

import h2.config  # noqa: E402
import h2.connection  # noqa: E402
import h2.events  # noqa: E402

REQUEST = [
    (":method", "GET"),
    (":scheme", "https"),
    (":authority", "www.example.com"),
    (":path", "/articles/2024/05/some-article?page=2"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate, br"),
    ("referer", "https://www.example.com/articles/"),
    ("cookie", "session=0123456789abcdef0123456789abcdef"),
]
RESPONSE = [
    (":status", "200"),
    ("server", "example"),
    ("date", "Mon, 06 May 2024 12:00:00 GMT"),
    ("content-type", "text/html; charset=utf-8"),
    ("content-length", "1024"),
    ("cache-control", "private, max-age=60"),
    ("etag", '"5f3a-18c9d1a2b3c"'),
    ("vary", "Accept-Encoding"),
]
BODY = b"x" * 1024
FRAME = b"x" * 16384


def pair():
    """A client and a server that have exchanged their SETTINGS."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    server.receive_data(client.data_to_send())
    client.receive_data(server.data_to_send())
    server.receive_data(client.data_to_send())
    return client, server


def requests(count):
    """Requests and responses of 10 and 8 fields and 1 KiB, from the first call to the last event."""
    client, server = pair()
    for _ in range(count):
        stream = client.get_next_available_stream_id()
        client.send_headers(stream, REQUEST, end_stream=True)
        for event in server.receive_data(client.data_to_send()):
            if isinstance(event, h2.events.RequestReceived):
                server.send_headers(event.stream_id, RESPONSE)
                server.send_data(event.stream_id, BODY, end_stream=True)
        for event in client.receive_data(server.data_to_send()):
            if isinstance(event, h2.events.DataReceived):
                client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        server.receive_data(client.data_to_send())


def data(count):
    """DATA frames of 16 KiB: sent, received, acknowledged, the WINDOW_UPDATE received."""
    client, server = pair()
    client.send_headers(1, REQUEST)
    server.receive_data(client.data_to_send())
    for _ in range(count):
        client.send_data(1, FRAME)
        for event in server.receive_data(client.data_to_send()):
            server.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        update = server.data_to_send()
        if update:
            client.receive_data(update)


def pings(count):
    """PING frames: sent, received, answered, the answer received, one at a time."""
    client, server = pair()
    for _ in range(count):
        client.ping(b"12345678")
        server.receive_data(client.data_to_send())
        client.receive_data(server.data_to_send())


def ping_frames(count):
    """PING frames received 100 at a time, and the answers taken."""
    client, server = pair()
    for _ in range(100):
        client.ping(b"12345678")
    octets = client.data_to_send()
    for _ in range(count // 100):
        server.receive_data(octets)
        server.data_to_send()


WORK = {"requests": requests, "data": data, "pings": pings, "ping_frames": ping_frames}
LEAST = 0.2  # seconds a round must take, for the clock's sake


def main():
    work, count = WORK[NAME], 200
    while True:
        begin = time.process_time()
        work(count)
        if time.process_time() - begin > LEAST:
            break
        count *= 2
    for _ in range(ROUNDS):
        begin = time.process_time()
        work(count)
        print((time.process_time() - begin) / count, flush=True)


main()
