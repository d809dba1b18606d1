"""Calls, their arguments, and the connection's states."""
from . import wire
from .recorder import POST, REQUEST, RESPONSE, TRAILERS, Conversation


def calls(book):
    connection_calls(book)
    data_calls(book)
    priorities(book)
    alternatives(book)
    upgrades(book)
    output(book)


def connection_calls(book):
    for role in ("server", "client"):
        c = Conversation(book, f"{role}: ping", role, about="RFC 9113 section 6.7")
        c.call("ping", data=b"\x00\x01\x02\x03\xfc\xfd\xfe\xff").recv(wire.ping(b"\x00\x01\x02\x03\xfc\xfd\xfe\xff", ack=True))
        c.recv(wire.ping(b"unasked.", ack=True)).end()
        for code, data, last in ((0, None, None), (2, b"why", None), (0xffffffff, b"\x00\xff" * 8, 0), (1, b"", 7), (0, None, 0x7fffffff)):
            c = Conversation(book, f"{role}: close_connection with {code:#x}, {data!r}, {last}", role, about="RFC 9113 section 6.8")
            if role == "server":
                c.request(5)
            else:
                c.send_request(5)
            c.call("close_connection", code, data=data, last=last).end()
        c = Conversation(book, f"{role}: close_connection again", role, about="RFC 9113 section 6.8")
        c.call("close_connection", 0).call("close_connection", 2, data=b"again").recv(wire.goaway(0, 0)).call("close_connection", 1).end()
    c = Conversation(book, "client: reset_stream with any code", "client", about="RFC 9113 section 6.4")
    for stream, code in ((1, 0), (3, 13), (5, 99), (7, 0xffffffff)):
        c.send_request(stream).call("reset_stream", stream, code)
    c.end()


def data_calls(book):
    about = "RFC 9113 section 6.1"
    for size in (0, 1, 100, 16383, 16384, 16385):
        for pad in (None, 0, 1, 255):
            c = Conversation(book, f"client: send_data of {size} octets, padding {pad}", "client", about=about)
            c.send_request(1).call("send_data", 1, data=b"d" * size, pad=pad, end_stream=size == 100).end()
    for pad in (256, -2, 1000):
        if pad > 0:
            c = Conversation(book, f"client: send_data with padding of {pad}", "client", about="a length of padding is an octet")
            c.send_request(1).call("send_data", 1, data=b"x", pad=pad).end()
    c = Conversation(book, "client: sends until the window is empty", "client", about="RFC 9113 section 6.9")
    c.send_request(1)
    for _ in range(3):
        c.call("send_data", 1, data=bytes(16384))
    c.query("local_window", 1).call("send_data", 1, data=bytes(16384)).call("send_data", 1, data=bytes(16383))
    c.query("local_window", 1).call("send_data", 1, data=b"x").call("send_data", 1, data=b"").call("send_data", 1, data=b"", pad=0)
    c.recv(wire.window_update(0, 10)).call("send_data", 1, data=b"x").recv(wire.window_update(1, 5)).call("send_data", 1, data=b"123456")
    c.call("send_data", 1, data=b"123", pad=1).call("send_data", 1, data=b"123", pad=2).call("end_stream", 1).end()
    c = Conversation(book, "client: two streams share the connection's window", "client", about="RFC 9113 section 6.9.1")
    c.send_request(1).send_request(3)
    for stream in (1, 1, 3):
        c.call("send_data", stream, data=bytes(16000))
    c.query("local_window", 1).query("local_window", 3).call("send_data", 3, data=bytes(16384)).call("send_data", 1, data=bytes(2000))
    c.call("send_data", 3, data=bytes(1151)).query("local_window", 3).query("local_window", 1).end()
    c = Conversation(book, "client: a greater MAX_FRAME_SIZE of the peer", "client", about="RFC 9113 section 4.2")
    c.send_request(1).recv(wire.settings((5, 20000))).query("max_outbound_frame_size").send_request(3)
    c.call("send_data", 1, data=bytes(20000)).call("send_data", 3, data=bytes(20001)).end()


def priorities(book):
    about = "RFC 7540 section 6.3"
    for role in ("client", "server"):
        for label, stream, priority in (("defaults", 1, None), ("weight 1", 1, (0, 1, False)), ("weight 256", 3, (1, 256, True)),
                                        ("weight 0", 1, (0, 0, False)), ("weight 257", 1, (0, 257, False)), ("itself", 5, (5, 10, False)),
                                        ("a stream that is not there", 9, (11, 10, True))):
            c = Conversation(book, f"{role}: prioritize, {label}", role, about=about)
            c.call("prioritize", stream, priority=priority).end()
    for label, priority in (("weight 1", (0, 1, False)), ("weight 256", (3, 256, True)), ("itself", (1, 16, False)), ("weight 257", (0, 257, False)),
                            ("weight 0", (0, 0, False))):
        c = Conversation(book, f"client: send_headers with priority, {label}", "client", about=about)
        c.call("send_headers", 1, headers=REQUEST, priority=priority, end_stream=True).call("send_headers", 3, headers=REQUEST).end()
    c = Conversation(book, "server: send_headers with priority", about=about)
    c.request(1, end=True).call("send_headers", 1, headers=RESPONSE, priority=(0, 16, False)).end()


def alternatives(book):
    about = "RFC 7838 section 4"
    field = b"h2=\":8000\"; ma=60"
    c = Conversation(book, "server: an alternative for an origin", about=about)
    c.call("advertise_alternative_service", data=field, origin=b"https://example.com").end()
    c = Conversation(book, "server: an alternative for an empty origin", about=about)
    c.call("advertise_alternative_service", data=field, origin=b"").end()
    c = Conversation(book, "server: an alternative for both", about=about)
    c.request(1).call("advertise_alternative_service", data=field, origin=b"a", stream=1).end()
    c = Conversation(book, "server: an alternative for neither", about=about)
    c.request(1).call("advertise_alternative_service", data=field).end()
    c = Conversation(book, "client: an alternative", "client", about=about)
    c.send_request(1).call("advertise_alternative_service", data=field, origin=b"a").end()
    c = Conversation(book, "client: alternatives arrive", "client", about=about)
    c.recv(wire.altsvc(0, b"https://a", field), wire.altsvc(0, b"", field), wire.altsvc(3, b"", field), wire.altsvc(0, b"b", b""))
    c.send_request(1).recv(wire.altsvc(1, b"", field), wire.altsvc(1, b"c", field)).respond(1).recv(wire.altsvc(1, b"", field)).end()
    c = Conversation(book, "client: an alternative for a stream whose request has only host", "client", about=about)
    c.send_request(1, POST[:2] + POST[3:] + [(b"host", b"h.example")]).recv(wire.altsvc(1, b"", field)).end()
    c = Conversation(book, "client: an alternative for a promised stream", "client", about=about)
    c.send_request(1).recv(wire.push_promise(1, 2, c.block(REQUEST)), wire.altsvc(2, b"", field)).end()
    c = Conversation(book, "client: an alternative before anything else", "client", about=about)
    c.recv(wire.altsvc(0, b"https://a", field)).query("state").end()
    c = Conversation(book, "server: alternatives arrive", about=about)
    c.request(1).recv(wire.altsvc(0, b"https://a", field), wire.altsvc(1, b"", field)).end()


def upgrades(book):
    about = "RFC 7540 section 3.2"
    for settings in ((), ((4, 1000), (3, 5)), ((2, 0), (5, 20000))):
        c = Conversation(book, f"client: an upgrade with {settings}", "client", about=about, begin=False, settings=settings)
        c.query("upgrade_settings").call("initiate_upgrade_connection").query("next_stream_id")
        c.recv(wire.settings(), wire.settings_ack()).respond(1).recv(wire.data(1, b"hello", end=True)).send_request(3, end_stream=True).end()
    c = Conversation(book, "client: an upgraded stream cannot send", "client", about=about, begin=False)
    c.call("initiate_upgrade_connection").call("send_data", 1, data=b"x").end()
    c = Conversation(book, "client: an alternative for the upgraded stream", "client", about=about, begin=False)
    c.call("initiate_upgrade_connection").recv(wire.settings(), wire.altsvc(1, b"", b"h2")).end()
    import base64
    for label, payload in (("none", None), ("no settings", b""), ("one setting", wire.settings_payload([(4, 99)])),
                           ("seven settings", wire.settings_payload([(1, 100), (3, 4), (4, 70000), (5, 20000), (6, 100), (8, 1), (99, 5)]))):
        value = None if payload is None else base64.urlsafe_b64encode(payload)
        c = Conversation(book, f"server: an upgrade with {label}", about=about, begin=False)
        c.call("initiate_upgrade_connection", data=value).query("remote_setting", 4).query("remote_setting", 99)
        c.send_response(1).call("send_data", 1, data=b"body", end_stream=True)
        c.recv(wire.PREFACE, wire.settings(), wire.settings_ack()).request(3, end=True).end()
    for label, payload in (("ENABLE_PUSH 2", [(2, 2)]), ("INITIAL_WINDOW_SIZE too great", [(4, 1 << 31)]), ("MAX_FRAME_SIZE too small", [(5, 1)])):
        c = Conversation(book, f"server: an upgrade with {label}", about=about, begin=False)
        c.call("initiate_upgrade_connection", data=base64.urlsafe_b64encode(wire.settings_payload(payload))).end()
    c = Conversation(book, "server: an upgraded stream receives DATA", about=about, begin=False)
    c.call("initiate_upgrade_connection").recv(wire.PREFACE, wire.settings(), wire.data(1, b"x")).end()
    c = Conversation(book, "server: an upgraded stream receives HEADERS", about=about, begin=False)
    c.call("initiate_upgrade_connection").recv(wire.PREFACE, wire.settings()).request(1, end=True).end()
    c = Conversation(book, "server: an upgraded stream is reset", about=about, begin=False)
    c.call("initiate_upgrade_connection").recv(wire.PREFACE, wire.settings(), wire.rst_stream(1)).end()


def output(book):
    c = Conversation(book, "client: output that is cleared", "client", drain=False)
    c.out()
    c.send_request(1).call("clear_outbound_data_buffer").call("ping", data=b"12345678").end()
    c = Conversation(book, "client: GOAWAY clears the output", "client", drain=False, about="as h2")
    c.out()
    c.send_request(1).call("ping", data=b"12345678").recv(wire.ping(), wire.goaway(0, 0)).end()
    c = Conversation(book, "server: replies stay in front of GOAWAY", drain=False)
    c.out()
    c.recv(wire.ping(), wire.settings((4, 3)), wire.ping(b"12345678"), wire.data(0, b"")).end()


# States.

def states(book):
    for role in ("server", "client"):
        for state in ("IDLE", "CLIENT_OPEN", "SERVER_OPEN", "CLOSED"):
            for name, make in received(role).items():
                c = in_state(book, f"{role}: {state}, {name} arrives", role, state)
                if c:
                    c.recv(make(c)).query("state")
                    if not c.failed:
                        c.recv(wire.ping()) if state != "CLOSED" and name != "GOAWAY" else None
                    c.end()
            for name, act in called(role).items():
                c = in_state(book, f"{role}: {state}, {name}", role, state)
                if c:
                    act(c)
                    c.query("state").call("ping", data=b"12345678").end()
    after_the_end(book)


def in_state(book, name, role, state):
    """A connection in a state of h2's machine, however odd its role there."""
    c = Conversation(book, name, role, about="the connection's machine")
    if state == "CLIENT_OPEN" and role == "client":
        c.send_request(1)
    elif state == "CLIENT_OPEN":
        c.send_request(2)
    elif state == "SERVER_OPEN" and role == "server":
        c.request(1)
    elif state == "SERVER_OPEN":
        c.request(2)
    elif state == "CLOSED":
        c.send_request(1) if role == "client" else c.request(1)
        c.call("close_connection", 0)
    assert c.conn.state_machine.state.name == state, name
    return c


def received(role):
    new = 3 if role == "server" else 4
    return {
        "HEADERS": lambda c: wire.headers(new, c.block(REQUEST), end=True), "DATA": lambda c: wire.data(1, b"x"),
        "PUSH_PROMISE": lambda c: wire.push_promise(1, 6, c.block(REQUEST)), "GOAWAY": lambda c: wire.goaway(1, 2, b"bye"),
        "WINDOW_UPDATE": lambda c: wire.window_update(0, 1), "PING": lambda c: wire.ping(), "PING ACK": lambda c: wire.ping(ack=True),
        "SETTINGS": lambda c: wire.settings((3, 9)), "SETTINGS ACK": lambda c: wire.settings_ack(),
        "RST_STREAM": lambda c: wire.rst_stream(1), "PRIORITY": lambda c: wire.priority(1), "ALTSVC": lambda c: wire.altsvc(0, b"a", b"b"),
        "unknown": lambda c: wire.frame(0xcc, 0, 0, b"?"), "CONTINUATION": lambda c: wire.continuation(1, b""),
    }


def called(role):
    new = 3 if role == "client" else 4
    return {
        "send_headers": lambda c: c.call("send_headers", new, headers=REQUEST), "send_data": lambda c: c.call("send_data", 1, data=b"x"),
        "end_stream": lambda c: c.call("end_stream", 1), "reset_stream": lambda c: c.call("reset_stream", 1, 8),
        "push_stream": lambda c: c.call("push_stream", 1, 6, headers=REQUEST), "ping": lambda c: c.call("ping", data=b"abcdefgh"),
        "update_settings": lambda c: c.call("update_settings", settings=[(3, 7)]), "close_connection": lambda c: c.call("close_connection", 0),
        "prioritize": lambda c: c.call("prioritize", 1, priority=(0, 5, False)),
        "increment_flow_control_window": lambda c: c.call("increment_flow_control_window", 100, 0),
        "acknowledge_received_data": lambda c: c.call("acknowledge_received_data", 40000, 1),
        "advertise_alternative_service": lambda c: c.call("advertise_alternative_service", data=b"f", origin=b"o"),
        "initiate_connection": lambda c: c.call("initiate_connection"),
    }


def after_the_end(book):
    about = "frames after GOAWAY"
    for role in ("server", "client"):
        c = Conversation(book, f"{role}: GOAWAY again and again", role, about=about)
        c.recv(wire.goaway(7, 0, b"one"), wire.goaway(3, 1), wire.goaway(9, 2, b"\x00")).recv(wire.goaway(0, 0)).end()
        c = Conversation(book, f"{role}: unknown frames after GOAWAY", role, about=about)
        c.recv(wire.goaway(7, 0), wire.frame(0x42, 0, 1, b"x")).end()
        c = Conversation(book, f"{role}: windows after GOAWAY", role, about=about)
        c.send_request(1) if role == "client" else c.request(1)
        c.recv(wire.goaway(7, 0)).query("local_window", 1).query("remote_window", 1).query("next_stream_id")
        c.call("acknowledge_received_data", 40000, 1).end()
        for name, chunk in (("PING", wire.ping()), ("SETTINGS", wire.settings()), ("WINDOW_UPDATE", wire.window_update(0, 1))):
            c = Conversation(book, f"{role}: {name} twice after GOAWAY", role, about="as h2: another GOAWAY each")
            c.recv(wire.goaway(0, 0)).recv(chunk).recv(chunk).end()
        c = Conversation(book, f"{role}: GOAWAY after our own fatal one", role, about=about)
        c.recv(wire.window_update(0, 0x7fffffff)).recv(wire.goaway(0, 3)).end()
