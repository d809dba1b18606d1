"""A server on our h2 that does what servers seldom do, in a thread: /trailers, /reset, /goaway, /sum and anything else."""
import hashlib
import socketserver
import threading

import h2.config
import h2.connection
import h2.exceptions


class Conversation(socketserver.BaseRequestHandler):
    def handle(self):
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        self.h2.initiate_connection()
        self.paths, self.sums, self.waiting = {}, {}, []
        self.flush()
        while got := self.receive():
            try:
                events = self.h2.receive_data(got)
                for event in events:
                    self.react(event)
            except h2.exceptions.ProtocolError as error:
                self.server.faults.append(repr(error))
            self.flush()

    def receive(self):
        try:
            return self.request.recv(65536)
        except OSError:
            return b""

    def flush(self):
        try:
            self.request.sendall(self.h2.data_to_send())
        except OSError:
            pass

    def react(self, event):
        kind = type(event).__name__
        if kind == "RequestReceived":
            self.paths[event.stream_id] = dict(event.headers)[b":path"]
            self.sums[event.stream_id] = hashlib.sha256()
        elif kind == "DataReceived":
            self.sums[event.stream_id].update(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif kind == "StreamEnded":
            self.answer(event.stream_id, self.paths[event.stream_id])

    def answer(self, stream, path):
        self.h2.send_headers(stream, [(":status", "200"), ("x-path", path)])
        if path == b"/trailers":
            self.h2.send_data(stream, b"body")
            self.h2.send_headers(stream, [("x-sum", "1")], end_stream=True)
        elif path == b"/reset":
            self.h2.send_data(stream, b"half")
            self.flush()
            self.h2.reset_stream(stream, 2)
        elif path == b"/goaway":
            self.h2.send_data(stream, b"half")
            self.waiting.append(stream)
            if len(self.waiting) == 3:
                self.h2.close_connection(2)
        else:
            self.h2.send_data(stream, self.sums[stream].hexdigest().encode(), end_stream=True)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.port = self.server_address[1]
        self.faults = []
        threading.Thread(target=self.serve_forever, daemon=True).start()
