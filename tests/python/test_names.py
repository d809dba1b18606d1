"""What the modules offer: names, signatures, defaults, representations, inheritance."""
import copy
import enum
import importlib
import inspect
import logging
import pickle
import sys
import unittest
import weakref
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "common"))
import under_test  # noqa: E402

import h2  # noqa: E402
import h2.config  # noqa: E402
import h2.connection  # noqa: E402
import h2.errors  # noqa: E402
import h2.events  # noqa: E402
import h2.exceptions  # noqa: E402
import h2.settings  # noqa: E402
import h2.stream  # noqa: E402
from h2.config import H2Configuration  # noqa: E402
from h2.connection import H2Connection  # noqa: E402
from h2.errors import ErrorCodes  # noqa: E402
from h2.settings import SettingCodes  # noqa: E402

# class: (attributes in the order of the representation or None, compares by value)
EVENTS = {
    "RequestReceived": (("stream_id", "headers", "stream_ended", "priority_updated"), True),
    "ResponseReceived": (("stream_id", "headers", "stream_ended", "priority_updated"), True),
    "TrailersReceived": (("stream_id", "headers", "stream_ended", "priority_updated"), True),
    "InformationalResponseReceived": (("stream_id", "headers", "priority_updated"), True),
    "DataReceived": (("stream_id", "data", "flow_controlled_length", "stream_ended"), True),
    "WindowUpdated": (("stream_id", "delta"), True),
    "RemoteSettingsChanged": (("changed_settings",), False),
    "SettingsAcknowledged": (("changed_settings",), False),
    "PingReceived": (("ping_data",), True),
    "PingAckReceived": (("ping_data",), True),
    "StreamEnded": (("stream_id",), True),
    "StreamReset": (("stream_id", "error_code", "remote_reset"), True),
    "PushedStreamReceived": (("pushed_stream_id", "parent_stream_id", "headers"), False),
    "PriorityUpdated": (("stream_id", "weight", "depends_on", "exclusive"), False),
    "ConnectionTerminated": (("error_code", "last_stream_id", "additional_data"), False),
    "AlternativeServiceAvailable": (("origin", "field_value"), False),
    "UnknownFrameReceived": (("frame",), True),
}

# What an event without arguments has that is not None.
DEFAULTS = {
    ("StreamReset", "remote_reset"): True,
    ("RemoteSettingsChanged", "changed_settings"): {},
    ("SettingsAcknowledged", "changed_settings"): {},
}

SIGNATURES = {
    "initiate_connection": "(self, /)",
    "initiate_upgrade_connection": "(self, /, settings_header=None)",
    "receive_data": "(self, /, data)",
    "data_to_send": "(self, /, amount=None)",
    "clear_outbound_data_buffer": "(self, /)",
    "get_next_available_stream_id": "(self, /)",
    "send_headers": "(self, /, stream_id, headers, end_stream=False, priority_weight=None, "
    "priority_depends_on=None, priority_exclusive=None)",
    "send_data": "(self, /, stream_id, data, end_stream=False, pad_length=None)",
    "end_stream": "(self, /, stream_id)",
    "reset_stream": "(self, /, stream_id, error_code=0)",
    "push_stream": "(self, /, stream_id, promised_stream_id, request_headers)",
    "ping": "(self, /, opaque_data)",
    "prioritize": "(self, /, stream_id, weight=None, depends_on=None, exclusive=None)",
    "update_settings": "(self, /, new_settings)",
    "close_connection": "(self, /, error_code=0, additional_data=None, last_stream_id=None)",
    "advertise_alternative_service": "(self, /, field_value, origin=None, stream_id=None)",
    "increment_flow_control_window": "(self, /, increment, stream_id=None)",
    "acknowledge_received_data": "(self, /, acknowledged_size, stream_id)",
    "local_flow_control_window": "(self, /, stream_id)",
    "remote_flow_control_window": "(self, /, stream_id)",
}

EXCEPTIONS = {
    "ProtocolError": ("H2Error", 1),
    "FrameTooLargeError": ("ProtocolError", 6),
    "FrameDataMissingError": ("ProtocolError", 6),
    "TooManyStreamsError": ("ProtocolError", 1),
    "FlowControlError": ("ProtocolError", 3),
    "StreamIDTooLowError": ("ProtocolError", 1),
    "NoAvailableStreamIDError": ("ProtocolError", 1),
    "NoSuchStreamError": ("ProtocolError", 1),
    "StreamClosedError": ("NoSuchStreamError", 1),
    "InvalidSettingsValueError": ("ProtocolError", 1),
    "InvalidBodyLengthError": ("ProtocolError", 1),
    "UnsupportedFrameError": ("ProtocolError", 1),
    "RFC1122Error": ("H2Error", None),
    "DenialOfServiceError": ("ProtocolError", 11),
}


def event_class(name):
    return getattr(h2.events, name)


class TestModules(unittest.TestCase):
    def test_version(self):
        self.assertEqual(h2.__version__, "4.4.1")

    def test_modules_that_programs_import(self):
        for name in ("config", "connection", "errors", "events", "exceptions", "frame_buffer", "settings", "stream",
                     "utilities", "windows"):
            self.assertTrue(importlib.import_module(f"h2.{name}").__doc__, name)

    def test_classes_say_where_they_are(self):
        for module in (h2.config, h2.connection, h2.errors, h2.events, h2.exceptions, h2.settings, h2.stream):
            for name in ("H2Connection", "H2Configuration", "ErrorCodes", "Event", "H2Error", "Settings", "H2Stream"):
                found = getattr(module, name, None)
                if found is not None and found.__module__ == module.__name__:
                    self.assertTrue(found.__doc__, name)
        self.assertEqual(H2Connection.__module__, "h2.connection")
        self.assertEqual(h2.stream.H2Stream.__module__, "h2.stream")

    def test_every_public_class_of_events_is_an_event(self):
        for name, found in inspect.getmembers(h2.events, inspect.isclass):
            self.assertTrue(issubclass(found, h2.events.Event), name)
            self.assertEqual(found.__module__, "h2.events")

    def test_signatures(self):
        for name, signature in SIGNATURES.items():
            method = getattr(H2Connection, name)
            self.assertEqual(str(inspect.signature(method)), signature, name)
            self.assertTrue(method.__doc__, name)

    def test_class_attributes(self):
        self.assertEqual(H2Connection.DEFAULT_MAX_OUTBOUND_FRAME_SIZE, 65535)
        self.assertEqual(H2Connection.DEFAULT_MAX_INBOUND_FRAME_SIZE, 2**24)
        self.assertEqual(H2Connection.HIGHEST_ALLOWED_STREAM_ID, 2**31 - 1)
        self.assertEqual(H2Connection.MAX_WINDOW_INCREMENT, 2**31 - 1)
        self.assertEqual(H2Connection.DEFAULT_MAX_HEADER_LIST_SIZE, 65536)
        self.assertEqual(H2Connection.MAX_CLOSED_STREAMS, 65536)


class TestEnums(unittest.TestCase):
    def test_error_codes_are_the_engine_s(self):
        from h2 import _h2

        self.assertEqual([code.name for code in ErrorCodes], _h2.error_names())
        self.assertEqual([int(code) for code in ErrorCodes], list(range(14)))
        self.assertTrue(issubclass(ErrorCodes, enum.IntEnum))

    def test_setting_codes(self):
        codes = {code.name: int(code) for code in SettingCodes}
        self.assertEqual(codes, {
            "HEADER_TABLE_SIZE": 1, "ENABLE_PUSH": 2, "MAX_CONCURRENT_STREAMS": 3, "INITIAL_WINDOW_SIZE": 4,
            "MAX_FRAME_SIZE": 5, "MAX_HEADER_LIST_SIZE": 6, "ENABLE_CONNECT_PROTOCOL": 8,
        })

    def test_states(self):
        self.assertEqual([state.name for state in h2.stream.StreamState], [
            "IDLE", "RESERVED_REMOTE", "RESERVED_LOCAL", "OPEN", "HALF_CLOSED_REMOTE", "HALF_CLOSED_LOCAL", "CLOSED",
        ])
        self.assertIsInstance(h2.stream.StreamState.OPEN, int)
        self.assertEqual([state.value for state in h2.connection.ConnectionState], [0, 1, 2, 3])
        self.assertEqual(h2.connection.ConnectionState.SERVER_OPEN.value, 2)

    def test_inputs(self):
        self.assertEqual(len(h2.connection.ConnectionInputs), 20)
        self.assertEqual(h2.connection.ConnectionInputs.RECV_ALTERNATIVE_SERVICE.value, 19)
        self.assertEqual(len(h2.stream.StreamInputs), 19)
        self.assertEqual(h2.stream.StreamInputs.UPGRADE_SERVER.value, 18)
        self.assertEqual(int(h2.connection.AllowedStreamIDs.ODD), 1)

    def test_enums_can_be_pickled(self):
        for member in (ErrorCodes.CANCEL, SettingCodes.ENABLE_PUSH, h2.stream.StreamState.OPEN,
                       h2.connection.ConnectionState.CLOSED, h2.stream.StreamInputs.RECV_DATA):
            self.assertIs(pickle.loads(pickle.dumps(member)), member)


class TestEvents(unittest.TestCase):
    def test_constructors_take_names_or_nothing(self):
        for name, (attributes, _) in EVENTS.items():
            empty = event_class(name)()
            for attribute in attributes:
                self.assertEqual(getattr(empty, attribute), DEFAULTS.get((name, attribute)), (name, attribute))
            values = {attribute: f"value of {attribute}" for attribute in attributes}
            full = event_class(name)(**values)
            for attribute in attributes:
                self.assertEqual(getattr(full, attribute), values[attribute])

    def test_constructors_refuse_positions_and_other_names(self):
        for name in EVENTS:
            with self.assertRaises(TypeError):
                event_class(name)(1)
            with self.assertRaises(TypeError):
                event_class(name)(nothing_of_the_kind=1)

    def test_attributes_can_be_written_and_others_added(self):
        for name, (attributes, _) in EVENTS.items():
            event = event_class(name)()
            for attribute in attributes:
                setattr(event, attribute, 5)
                self.assertEqual(getattr(event, attribute), 5)
            event.something = "else"
            self.assertEqual(event.__dict__, {"something": "else"})

    def test_equality(self):
        for name, (attributes, by_value) in EVENTS.items():
            values = {attribute: [1] for attribute in attributes}
            one, other = event_class(name)(**values), event_class(name)(**values)
            self.assertEqual(one == other, by_value, name)
            self.assertEqual(one != other, not by_value, name)
            self.assertEqual(one, one)
            if by_value:
                setattr(other, attributes[-1], [2])
                self.assertNotEqual(one, other)
                with self.assertRaises(TypeError):
                    hash(one)
            else:
                self.assertEqual(len({one, other}), 2)
            with self.assertRaises(TypeError):
                one < other  # noqa: B015
        self.assertNotEqual(h2.events.StreamEnded(stream_id=1), h2.events.WindowUpdated(stream_id=1))

    def test_a_class_derived_in_python(self):
        class Mine(h2.events.StreamEnded):
            pass

        mine = Mine(stream_id=3)
        mine.more = 4
        self.assertEqual((mine.stream_id, mine.more, repr(mine)), (3, 4, "<StreamEnded stream_id:3>"))
        self.assertNotEqual(mine, h2.events.StreamEnded(stream_id=3))

    def test_copies_pickles_and_weak_references(self):
        for name, (attributes, _) in EVENTS.items():
            event = event_class(name)(**{attribute: (1, 2) for attribute in attributes})
            event.more = 5
            for other in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
                self.assertIs(type(other), type(event))
                self.assertEqual([getattr(other, attribute) for attribute in attributes], [(1, 2)] * len(attributes))
                self.assertEqual(other.more, 5)
            reference = weakref.ref(event)
            del event
            self.assertIsNone(reference())

    def test_representations(self):
        changed = {SettingCodes.ENABLE_PUSH: h2.settings.ChangedSetting(SettingCodes.ENABLE_PUSH, None, 0)}
        code = str(ErrorCodes.CANCEL)
        for event, text in (
            (h2.events.RequestReceived(stream_id=1, headers=[(b"a", b"b")]),
             "<RequestReceived stream_id:1, headers:[(b'a', b'b')]>"),
            (h2.events.ResponseReceived(stream_id=1, headers=[]), "<ResponseReceived stream_id:1, headers:[]>"),
            (h2.events.TrailersReceived(stream_id=1, headers=[]), "<TrailersReceived stream_id:1, headers:[]>"),
            (h2.events.InformationalResponseReceived(stream_id=1, headers=[]),
             "<InformationalResponseReceived stream_id:1, headers:[]>"),
            (h2.events.DataReceived(stream_id=1, data=bytes(range(30)), flow_controlled_length=31),
             f"<DataReceived stream_id:1, flow_controlled_length:31, data:{bytes(range(20)).hex()}>"),
            (h2.events.DataReceived(stream_id=1, data=b"", flow_controlled_length=0),
             "<DataReceived stream_id:1, flow_controlled_length:0, data:>"),
            (h2.events.WindowUpdated(stream_id=0, delta=9), "<WindowUpdated stream_id:0, delta:9>"),
            (h2.events.RemoteSettingsChanged(changed_settings=changed),
             f"<RemoteSettingsChanged changed_settings:{{{changed[2]!r}}}>"),
            (h2.events.SettingsAcknowledged(), "<SettingsAcknowledged changed_settings:{}>"),
            (h2.events.PingReceived(ping_data=b"abcdefgh"), "<PingReceived ping_data:6162636465666768>"),
            (h2.events.PingAckReceived(ping_data=b"abcdefgh"), "<PingAckReceived ping_data:6162636465666768>"),
            (h2.events.StreamEnded(stream_id=1), "<StreamEnded stream_id:1>"),
            (h2.events.StreamReset(stream_id=1, error_code=ErrorCodes.CANCEL, remote_reset=False),
             f"<StreamReset stream_id:1, error_code:{code}, remote_reset:False>"),
            (h2.events.PushedStreamReceived(pushed_stream_id=2, parent_stream_id=1, headers=[]),
             "<PushedStreamReceived pushed_stream_id:2, parent_stream_id:1, headers:[]>"),
            (h2.events.PriorityUpdated(stream_id=1, weight=2, depends_on=3, exclusive=True),
             "<PriorityUpdated stream_id:1, weight:2, depends_on:3, exclusive:True>"),
            (h2.events.ConnectionTerminated(error_code=ErrorCodes.CANCEL, last_stream_id=1, additional_data=b"x" * 30),
             f"<ConnectionTerminated error_code:{code}, last_stream_id:1, additional_data:{b'x'.hex() * 20}>"),
            (h2.events.ConnectionTerminated(error_code=99, last_stream_id=1),
             "<ConnectionTerminated error_code:99, last_stream_id:1, additional_data:None>"),
            (h2.events.AlternativeServiceAvailable(origin=b"a\xff", field_value=b"b"),
             "<AlternativeServiceAvailable origin:a, field_value:b>"),
            (h2.events.AlternativeServiceAvailable(), "<AlternativeServiceAvailable origin:, field_value:>"),
            (h2.events.UnknownFrameReceived(frame=1), "<UnknownFrameReceived>"),
        ):
            self.assertEqual(repr(event), text)

    def test_settings_changed_from_two_mappings(self):
        event = h2.events.RemoteSettingsChanged.from_settings({4: 65535}, {4: 10, 99: 7})
        self.assertEqual(list(event.changed_settings), [SettingCodes.INITIAL_WINDOW_SIZE, 99])
        change = event.changed_settings[4]
        self.assertEqual((change.setting, change.original_value, change.new_value), (4, 65535, 10))
        self.assertIsInstance(change.setting, SettingCodes)
        self.assertIsNone(event.changed_settings[99].original_value)


class TestExceptions(unittest.TestCase):
    def test_classes(self):
        for name, (parent, code) in EXCEPTIONS.items():
            found = getattr(h2.exceptions, name)
            self.assertEqual(found.__bases__[0].__name__, parent)
            self.assertEqual(getattr(found, "error_code", None), code)
        self.assertTrue(issubclass(h2.exceptions.InvalidSettingsValueError, ValueError))

    def test_instances(self):
        low = h2.exceptions.StreamIDTooLowError(1, 3)
        self.assertEqual((low.stream_id, low.max_stream_id, str(low)), (1, 3, "StreamIDTooLowError: 1 is lower than 3"))
        closed = h2.exceptions.StreamClosedError(7)
        self.assertEqual((closed.stream_id, closed.error_code, str(closed)), (7, ErrorCodes.STREAM_CLOSED, "7"))
        length = h2.exceptions.InvalidBodyLengthError(5, 3)
        self.assertEqual((length.expected_length, length.actual_length), (5, 3))
        self.assertEqual(str(length), "InvalidBodyLengthError: Expected 5 bytes, received 3")
        value = h2.exceptions.InvalidSettingsValueError("no", ErrorCodes.FLOW_CONTROL_ERROR)
        self.assertEqual((value.error_code, str(value)), (ErrorCodes.FLOW_CONTROL_ERROR, "no"))


class TestConfiguration(unittest.TestCase):
    OPTIONS = {
        "client_side": True, "validate_outbound_headers": True, "normalize_outbound_headers": True,
        "split_outbound_cookies": False, "validate_inbound_headers": True, "normalize_inbound_headers": True,
    }

    def test_defaults_and_order(self):
        config = H2Configuration()
        for name, value in self.OPTIONS.items():
            self.assertIs(getattr(config, name), value)
        self.assertIsNone(config.header_encoding)
        self.assertIsInstance(config.logger, h2.config.DummyLogger)
        config = H2Configuration(False, "utf-8", False, False, True, False, False, "a logger")
        self.assertEqual([getattr(config, name) for name in self.OPTIONS], [False, False, False, True, False, False])
        self.assertEqual((config.header_encoding, config.logger), ("utf-8", "a logger"))

    def test_options_take_nothing_but_bool(self):
        config = H2Configuration()
        for name in self.OPTIONS:
            for value in (0, 1, None, "", object()):
                with self.assertRaisesRegex(ValueError, f"^{name} must be a bool$"):
                    H2Configuration(**{name: value})
                with self.assertRaisesRegex(ValueError, f"^{name} must be a bool$"):
                    setattr(config, name, value)
            for value in (True, False):
                setattr(config, name, value)
                self.assertIs(getattr(config, name), value)

    def test_header_encoding(self):
        for value in (None, False, "ascii", "no such encoding"):
            self.assertEqual(H2Configuration(header_encoding=value).header_encoding, value)
        with self.assertRaisesRegex(ValueError, "^header_encoding cannot be True$"):
            H2Configuration(header_encoding=True)
        for value in (1, b"ascii", object()):
            with self.assertRaisesRegex(ValueError, "^header_encoding must be bool, string, or None$"):
                H2Configuration(header_encoding=value)

    def test_logger_is_kept(self):
        config = H2Configuration()
        config.logger = logging.getLogger("h2.test")
        self.assertIs(config.logger, logging.getLogger("h2.test"))

    def test_limits(self):
        config = H2Configuration(limits={"resets_burst": 5, "continuations": None, "max_memory": 1 << 20})
        self.assertEqual(config.limits, {"resets_burst": 5, "continuations": None, "max_memory": 1 << 20})
        config.limits = None
        self.assertEqual(config.limits, {})
        config.limits = {"max_memory": None, "observe_only": True, "continuations": 0}
        self.assertEqual(config.limits, {"max_memory": None, "observe_only": True})
        for wrong in ({"no such limit": 1}, {"resets_burst": -1}, {"resets_burst": 2**32}, {5: 5}, {"max_memory": -1},
                      {"max_memory": 2**63 - 1}, {"max_memory": 2**70}):
            with self.assertRaises(ValueError):
                config.limits = wrong
        with self.assertRaisesRegex(ValueError, "no limit 'bursts'; there are: header_fields, .*resets_burst, .*observe_only$"):
            config.limits = {"bursts": 1}
        for wrong in ({"resets_burst": "many"}, {"max_memory": "much"}, [1], 5):
            with self.assertRaises(TypeError):
                config.limits = wrong
        self.assertEqual(config.limits, {"max_memory": None, "observe_only": True})

    def test_other_attributes_and_derived_classes(self):
        class Mine(H2Configuration):
            pass

        mine = Mine(client_side=False)
        mine.more = 5
        self.assertEqual(mine.more, 5)
        self.assertIs(H2Connection(mine).config, mine)


class TestSettings(unittest.TestCase):
    def test_defaults(self):
        for client in (True, False):
            settings = h2.settings.Settings(client)
            self.assertEqual(list(settings.items()), [(1, 4096), (2, int(client)), (4, 65535), (5, 16384), (8, 0)])
            self.assertTrue(all(isinstance(code, SettingCodes) for code in settings))
            self.assertEqual((settings.max_concurrent_streams, settings.max_header_list_size), (2**32 + 1, None))
            self.assertEqual(len(settings), 5)

    def test_values_come_into_force_one_by_one(self):
        settings = h2.settings.Settings()
        settings.initial_window_size = 10
        settings[SettingCodes.INITIAL_WINDOW_SIZE] = 20
        settings[77] = 5
        self.assertEqual(settings.initial_window_size, 65535)
        self.assertNotIn(77, settings)
        with self.assertRaises(KeyError):
            settings[77]
        changed = settings.acknowledge()
        self.assertEqual({code: (change.original_value, change.new_value) for code, change in changed.items()},
                         {4: (65535, 10), 77: (None, 5)})
        self.assertEqual((settings[4], settings[77]), (10, 5))
        self.assertEqual([change.new_value for change in settings.acknowledge().values()], [20])
        self.assertEqual(settings.acknowledge(), {})

    def test_what_is_not_allowed(self):
        settings = h2.settings.Settings()
        for code, values, error in (
            (SettingCodes.ENABLE_PUSH, (-1, 2), ErrorCodes.PROTOCOL_ERROR),
            (SettingCodes.INITIAL_WINDOW_SIZE, (-1, 2**31), ErrorCodes.FLOW_CONTROL_ERROR),
            (SettingCodes.MAX_FRAME_SIZE, (-1, 16383, 2**24), ErrorCodes.PROTOCOL_ERROR),
            (SettingCodes.MAX_HEADER_LIST_SIZE, (-1,), ErrorCodes.PROTOCOL_ERROR),
            (SettingCodes.ENABLE_CONNECT_PROTOCOL, (-1, 2), ErrorCodes.PROTOCOL_ERROR),
            (SettingCodes.HEADER_TABLE_SIZE, (-1, 2**32), ErrorCodes.PROTOCOL_ERROR),
        ):
            for value in values:
                with self.assertRaises(h2.exceptions.InvalidSettingsValueError) as raised:
                    settings[code] = value
                self.assertEqual(str(raised.exception), f"Setting {code} has invalid value {value}")
                self.assertIs(raised.exception.error_code, error)
                with self.assertRaises(h2.exceptions.InvalidSettingsValueError):
                    h2.settings.Settings(initial_values={code: value})
        self.assertEqual(settings.acknowledge(), {})

    def test_received_push_is_allowed_from_clients_only(self):
        h2.settings.Settings(client=True).validate_received_setting(SettingCodes.ENABLE_PUSH, 1)
        h2.settings.Settings(client=False).validate_received_setting(SettingCodes.ENABLE_PUSH, 0)
        with self.assertRaises(h2.exceptions.InvalidSettingsValueError):
            h2.settings.Settings(client=False).validate_received_setting(SettingCodes.ENABLE_PUSH, 1)

    def test_it_is_a_mapping(self):
        settings = h2.settings.Settings(initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: 7, 99: 1})
        self.assertEqual((settings.max_concurrent_streams, settings[99]), (7, 1))
        self.assertEqual(settings.get(98, "none"), "none")
        self.assertEqual(settings.pop(99), 1)
        settings.update({98: 4})
        self.assertEqual(settings.setdefault(SettingCodes.MAX_CONCURRENT_STREAMS, 8), 7)
        del settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]
        self.assertNotIn(8, settings)
        with self.assertRaises(KeyError):
            del settings[8]
        with self.assertRaises(KeyError):
            settings.enable_connect_protocol  # noqa: B018
        settings.clear()
        self.assertEqual(list(settings), [])
        with self.assertRaises(KeyError):
            settings["text"]
        self.assertNotIn("text", settings)

    def test_equality(self):
        one, other = h2.settings.Settings(), h2.settings.Settings()
        self.assertEqual(one, other)
        one[SettingCodes.MAX_FRAME_SIZE] = 20000
        self.assertNotEqual(one, other)
        other[SettingCodes.MAX_FRAME_SIZE] = 20000
        self.assertEqual(one, other)
        self.assertNotEqual(one, {})
        self.assertNotEqual(h2.settings.Settings(client=False), h2.settings.Settings())
        with self.assertRaises(TypeError):
            hash(one)

    def test_representation_of_a_change(self):
        change = h2.settings.ChangedSetting(SettingCodes.MAX_FRAME_SIZE, 1, 2)
        self.assertEqual(
            repr(change), f"ChangedSetting(setting={SettingCodes.MAX_FRAME_SIZE!s}, original_value=1, new_value=2)")


class TestMachines(unittest.TestCase):
    def test_every_cell_is_the_engine_s(self):
        from h2 import _h2

        for stream, states, inputs, made, enumeration in (
            (True, h2.stream.StreamState, h2.stream.StreamInputs, lambda: h2.stream.H2StreamStateMachine(1), None),
            (False, h2.connection.ConnectionState, h2.connection.ConnectionInputs,
             h2.connection.H2ConnectionStateMachine, None),
        ):
            for state in states:
                for given in inputs:
                    machine = made()
                    machine.state = state
                    cell = _h2.cell(stream, state.value, given.value)
                    try:
                        machine.process_input(given)
                    except h2.exceptions.ProtocolError:
                        closed = states.CLOSED
                        self.assertIs(machine.state, closed, (state, given))
                        continue
                    self.assertIsNotNone(cell, (state, given))
                    self.assertEqual(machine.state.value, cell[0], (state, given))

    def test_texts(self):
        machine = h2.connection.H2ConnectionStateMachine()
        with self.assertRaisesRegex(
                h2.exceptions.ProtocolError,
                r"^Invalid input ConnectionInputs\.SEND_DATA in state ConnectionState\.IDLE$"):
            machine.process_input(h2.connection.ConnectionInputs.SEND_DATA)
        machine = h2.stream.H2StreamStateMachine(1)
        with self.assertRaisesRegex(h2.exceptions.ProtocolError, r"^Invalid input StreamInputs\.SEND_DATA in state 0$"):
            machine.process_input(h2.stream.StreamInputs.SEND_DATA)

    def test_what_is_remembered(self):
        inputs = h2.stream.StreamInputs
        machine = h2.stream.H2StreamStateMachine(stream_id=3)
        self.assertEqual([machine.client, machine.headers_sent, machine.stream_closed_by], [None, None, None])
        self.assertEqual(machine.process_input(inputs.RECV_HEADERS), [h2.events.RequestReceived(stream_id=3)])
        self.assertEqual([machine.client, machine.headers_received], [False, True])
        self.assertEqual(machine.process_input(inputs.RECV_END_STREAM), [h2.events.StreamEnded(stream_id=3)])
        with self.assertRaises(h2.exceptions.StreamClosedError) as raised:
            machine.process_input(inputs.RECV_DATA)
        self.assertEqual(raised.exception._events, [
            h2.events.StreamReset(stream_id=3, error_code=ErrorCodes.STREAM_CLOSED, remote_reset=False)])
        self.assertIs(machine.stream_closed_by, h2.stream.StreamClosedBy.SEND_RST_STREAM)

    def test_inputs_of_another_kind(self):
        for machine in (h2.stream.H2StreamStateMachine(1), h2.connection.H2ConnectionStateMachine()):
            for wrong in (1, None, "SEND_DATA"):
                with self.assertRaises(ValueError):
                    machine.process_input(wrong)
            with self.assertRaises(ValueError):
                machine.state = 3.5


if __name__ == "__main__":
    under_test.main()
