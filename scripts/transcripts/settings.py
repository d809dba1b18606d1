"""Settings: values, their checks, when they take effect."""
from . import wire
from .recorder import REQUEST, RESPONSE, Conversation

VALUES = {
    1: (0, 1, 4096, 65536), 2: (0, 1, 2, 0xffffffff), 3: (0, 1, 0xffffffff),
    4: (0, 1, 65535, 0x7fffffff, 0x80000000, 0xffffffff), 5: (0, 16383, 16384, 16777215, 16777216, 0xffffffff),
    6: (0, 1, 0xffffffff), 7: (0, 5), 8: (0, 1, 2, 0xffffffff), 9: (0, 1, 2), 0: (0, 1), 0xfe03: (7,), 0xffff: (0xffffffff,),
}


def settings(book):
    about = "RFC 9113 section 6.5.2"
    for role in ("server", "client"):
        for code, values in VALUES.items():
            for value in values:
                c = Conversation(book, f"{role}: setting {code} of {value} arrives", role, about=about)
                c.recv(wire.settings((code, value))).query("remote_setting", code).end()
                if value == 0xffffffff and code not in (2, 8):
                    continue
                c = Conversation(book, f"{role}: update_settings {code} to {value}", role, about=about)
                c.call("update_settings", settings=[(code, value)]).query("local_setting", code)
                c.recv(wire.settings_ack()).query("local_setting", code).end()
        c = Conversation(book, f"{role}: nothing of a bad frame takes effect", role, about=about)
        c.recv(wire.settings((3, 5), (4, 100), (5, 1), (6, 7))).query("remote_setting", 3).query("remote_setting", 4).end()
        c = Conversation(book, f"{role}: several bad settings, the first speaks", role, about=about)
        c.recv(wire.settings((3, 5), (4, 0xffffffff), (5, 1))).end()
        c = Conversation(book, f"{role}: what was, is told", role, about=about)
        c.recv(wire.settings((1, 100), (3, 5), (0x77, 8)), wire.settings((3, 6), (0x77, 8), (4, 65535))).end()
        c = Conversation(book, f"{role}: no setting at all", role, about=about)
        c.recv(wire.settings()).call("update_settings", settings=[]).recv(wire.settings_ack()).end()
        initial(book, role)
        acknowledged(book, role)
    streams(book)


def initial(book, role):
    about = "what the first SETTINGS frame carries"
    c = Conversation(book, f"{role}: the defaults", role, about=about, begin=False)
    c.call("initiate_connection")
    for code in (1, 2, 3, 4, 5, 6, 8, 9):
        c.query("local_setting", code).query("remote_setting", code)
    c.end()
    for pairs in ([(3, 7)], [(4, 1000000)], [(2, 0), (3, 1), (8, 1)], [(0x55, 5)]):
        c = Conversation(book, f"{role}: {pairs} from the start", role, about=about, begin=False, settings=pairs)
        c.call("initiate_connection")
        first = [wire.PREFACE] if role == "server" else []
        c.recv(*first, wire.settings(), wire.settings_ack())
        for code, _ in pairs:
            c.query("local_setting", code)
        c.send_request(1) if role == "client" else c.request(1)
        c.query("remote_window", 1).end()
    c = Conversation(book, f"{role}: proposed values are not in the first frame", role, about=about, begin=False)
    c.call("update_settings", settings=[(3, 5)]).call("initiate_connection").end()


def acknowledged(book, role):
    about = "RFC 9113 section 6.5.3"
    c = Conversation(book, f"{role}: an acknowledgement that nothing waits for", role, about=about)
    c.recv(wire.settings_ack(), wire.settings_ack()).end()
    c = Conversation(book, f"{role}: two updates, two acknowledgements", role, about=about)
    c.call("update_settings", settings=[(3, 5), (4, 70000)]).call("update_settings", settings=[(3, 6), (0x99, 1)])
    c.query("local_setting", 3).recv(wire.settings_ack()).query("local_setting", 3).recv(wire.settings_ack())
    c.query("local_setting", 3).recv(wire.settings_ack()).end()
    c = Conversation(book, f"{role}: the first acknowledgement activates an update too", role, about="as h2", begin=False)
    c.call("initiate_connection").call("update_settings", settings=[(4, 5)])
    first = [wire.PREFACE] if role == "server" else []
    c.recv(*first, wire.settings(), wire.settings_ack()).query("local_setting", 4).recv(wire.settings_ack()).end()
    for code, value in ((2, 7), (4, 0x80000000), (5, 5), (8, 9)):
        c = Conversation(book, f"{role}: update_settings with {code} of {value} among good ones", role, about=about)
        c.call("update_settings", settings=[(3, 5), (code, value), (6, 9)]).end()


def streams(book):
    about = "RFC 9113 section 6.9.2"
    c = Conversation(book, "client: INITIAL_WINDOW_SIZE moves the windows of open streams", "client", about=about)
    c.send_request(1).call("send_data", 1, data=bytes(1000)).recv(wire.settings((4, 2000))).query("local_window", 1)
    c.recv(wire.settings((4, 100))).query("local_window", 1).call("send_data", 1, data=b"x").call("send_data", 1, data=b"")
    c.send_request(3).query("local_window", 3).recv(wire.window_update(1, 900)).query("local_window", 1)
    c.recv(wire.window_update(1, 5)).call("send_data", 1, data=b"12345").recv(wire.settings((4, 0x7fffffff))).query("local_window", 1)
    c.query("outbound_window").end()
    c = Conversation(book, "client: INITIAL_WINDOW_SIZE that overflows a window", "client", about=about)
    c.send_request(1).recv(wire.window_update(1, 1)).recv(wire.settings((4, 0x7fffffff))).end()
    c = Conversation(book, "client: INITIAL_WINDOW_SIZE that just does not overflow", "client", about=about)
    c.send_request(1).recv(wire.settings((4, 0x7fffffff))).query("local_window", 1).recv(wire.window_update(1, 1)).end()
    c = Conversation(book, "client: INITIAL_WINDOW_SIZE that brings a window to its greatest", "client", about=about)
    c.send_request(1).recv(wire.window_update(1, 1)).recv(wire.settings((4, 0x7ffffffe))).query("local_window", 1)
    c.recv(wire.settings((4, 0x7fffffff))).end()
    c = Conversation(book, "server: our INITIAL_WINDOW_SIZE moves the windows of open streams", about=about)
    c.request(1).recv(wire.data(1, bytes(1000))).call("update_settings", settings=[(4, 500)]).query("remote_window", 1)
    c.recv(wire.settings_ack()).query("remote_window", 1).call("acknowledge_received_data", 1000, 1).query("remote_window", 1)
    c.call("update_settings", settings=[(4, 100000)]).recv(wire.settings_ack()).query("remote_window", 1).request(3)
    c.query("remote_window", 3).query("inbound_window").end()
    c = Conversation(book, "server: our INITIAL_WINDOW_SIZE below what was sent", about=about)
    c.request(1).recv(wire.data(1, bytes(1000))).call("update_settings", settings=[(4, 500)]).recv(wire.settings_ack())
    c.recv(wire.data(1, b"")).recv(wire.data(1, b"x")).end()
    c = Conversation(book, "server: our INITIAL_WINDOW_SIZE overflows a window", about=about)
    c.request(1).call("increment_flow_control_window", 0x7fffffff - 65535, 1).call("update_settings", settings=[(4, 65536)])
    c.recv(wire.settings_ack()).end()
