#!/usr/bin/python3
"""The conversations in tests/transcripts/python, which were recorded from Python's h2 4.4.1, acted out on the package: a
frame a call, an octet a call, and as much as goes into a call. tests/transcripts/README.md is their format."""
import re
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "common"), str(HERE.parent.parent / "scripts")]
import under_test  # noqa: E402,F401
from hpack import HeaderTuple, NeverIndexedHeaderTuple  # noqa: E402
from transcripts import wire  # noqa: E402
from transcripts.recorder import event_line, fails_line, field_lines  # noqa: E402

from h2.config import H2Configuration  # noqa: E402
from h2.connection import H2Connection  # noqa: E402
from h2.exceptions import H2Error  # noqa: E402
from h2.settings import Settings  # noqa: E402

FOLDER = HERE.parent / "transcripts" / "python"
WAYS = ("a frame a call", "an octet a call", "all in a call")
WORD = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^\s"])+')
PART = re.compile(r'("(?:\\.|[^"\\])*"|x[0-9a-f]*)(?:\*(\d+))?\+?')
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|.)")
SEVERAL = 1500  # octets above which a frame is parted in a few pieces only


class Wrong(Exception):
    """What came is not what the transcript says."""


def octets(expression):
    """The value of an expression: "text"+x00ff+x00*16."""
    out = b""
    for text, count in PART.findall(expression):
        if text[0] == "x":
            value = bytes.fromhex(text[1:])
        else:
            value = ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 3 else m[1], text[1:-1]).encode("latin-1")
        out += value * int(count or 1)
    return out


def payload(word):
    for width, form in (("u8:", ">B"), ("u16:", ">H"), ("u32:", ">I")):
        if word.startswith(width):
            return struct.pack(form, int(word[len(width):]))
    if word.startswith("setting:"):
        return struct.pack(">HI", *map(int, word[8:].split("=")))
    if word.startswith("field:"):
        return wire.literal(*map(octets, re.match(r'field:("(?:\\.|[^"\\])*")=(.*)', word).groups()))
    return octets(word)


def bits(kind, words):
    names = {name: bit for bit, name in wire.FLAG_NAMES.get(kind, {}).items()}
    return 0 if words == "-" else int(words, 16) if words.startswith("0x") else sum(names[name] for name in words.split("+"))


def octets_of_line(words):
    if words[0] == "preface":
        return wire.PREFACE
    if words[0] == "raw":
        return b"".join(map(payload, words[1:]))
    kind = words[1] if words[1] in wire.TYPES else int(words[1], 16)
    body = b"".join(map(payload, words[4:]))
    if words[0] == "frame":
        return wire.frame(kind, bits(words[1], words[2]), int(words[3], 0), body)
    raise ValueError(words[0])


def read(path):
    """(name, options, steps) of each conversation; a step is its words and the lines that belong to it."""
    found = []
    for line in path.read_text().splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        words = WORD.findall(text)
        if words[0] == "conversation":
            found.append((text[len("conversation "):], [], []))
        elif words[0] in ("about", "profile", "role", "config", "setting", "output"):
            found[-1][1].append(words)
        elif line[0] == " ":
            found[-1][2][-1][1].append((words, text))
        else:
            found[-1][2].append((words, []))
    return found


class Conversation:
    def __init__(self, options, way):
        given = {words[0]: words[1] for words in options if words[0] == "role"}
        self.client, self.way = given.get("role", "server") == "client", way
        flags = {words[1]: words[2] == "yes" for words in options if words[0] == "config"}
        self.conn = H2Connection(H2Configuration(client_side=self.client, header_encoding=None, **flags))
        pairs = {int(words[1]): int(words[2]) for words in options if words[0] == "setting"}
        if pairs:
            self.conn.local_settings = Settings(client=self.client, initial_values={3: 100, 6: 65536, **pairs})

    def act(self, words, lines):
        getattr(self, words[0])(words[1:], lines)

    def begin(self, words, lines):
        self.conn.initiate_connection()
        self.conn.receive_data(b"" if self.client else wire.PREFACE)
        self.conn.receive_data(wire.settings() + wire.settings_ack())
        self.conn.data_to_send()

    # Input.

    def pieces(self, chunks, fails):
        """The octets of a step, call by call. Events in front of an error in one call would be lost."""
        if self.way == "a frame a call" or (self.way == "an octet a call" and not any(chunks)):
            return chunks
        if self.way == "all in a call":
            return [b"".join(chunks[:-1]), chunks[-1]] if fails else [b"".join(chunks)]
        parted = []
        for chunk in chunks:
            size = 1 if len(chunk) <= SEVERAL else len(chunk) // 7
            parted += [chunk[i:i + size] for i in range(0, len(chunk), size)]
        return parted

    def feed(self, words, lines):
        chunks = [octets_of_line(w) for w, _ in lines if w[0] in ("preface", "frame", "raw")]
        fails = any(w[0] == "fails" for w, _ in lines)
        came = []
        for piece in self.pieces(chunks, fails):
            try:
                events = self.conn.receive_data(piece)
            except (H2Error, ValueError) as error:
                came.append(fails_line(error))
                break
            for event in events:
                came.append(event_line(event))
                came += [line.strip() for line in field_lines(getattr(event, "headers", None) or ())]
        expect([text for w, text in lines if w[0] in ("event", "field", "fails")], came)

    # Calls.

    def call(self, words, lines):
        name, numbers, named = words[0], [], {}
        for word in words[1:]:
            key, equals, value = word.partition("=")
            if word == "end_stream":
                named["end_stream"] = True
            elif not equals:
                numbers.append(int(word))
            elif key.isdigit():
                named.setdefault("settings", {})[int(key)] = int(value)
            else:
                named[key] = octets(value) if key in ("data", "origin") else value
        fields = [field(w) for w, _ in lines if w[0] == "field"]
        came = []
        try:
            self.make(name, numbers, named, fields)
        except (H2Error, ValueError) as error:
            came.append(fails_line(error))
        expect([text for w, text in lines if w[0] == "fails"], came)

    def make(self, name, numbers, named, fields):
        conn = self.conn
        depends_on, weight, exclusive = map(int, named["priority"].split("/")) if "priority" in named else (None, None, None)
        exclusive = exclusive if exclusive is None else bool(exclusive)
        if name == "send_headers":
            conn.send_headers(numbers[0], fields, named.get("end_stream", False), weight, depends_on, exclusive)
        elif name == "push_stream":
            conn.push_stream(*numbers, fields)
        elif name == "send_data":
            conn.send_data(numbers[0], named["data"], named.get("end_stream", False), int(named["pad"]) if "pad" in named else None)
        elif name == "ping":
            conn.ping(named["data"])
        elif name == "prioritize":
            conn.prioritize(numbers[0], weight, depends_on, exclusive)
        elif name == "update_settings":
            conn.update_settings(named.get("settings", {}))
        elif name == "close_connection":
            conn.close_connection(*numbers, named.get("data"), int(named["last"]) if "last" in named else None)
        elif name == "advertise_alternative_service":
            conn.advertise_alternative_service(named["data"], named.get("origin"), int(named["stream"]) if "stream" in named else None)
        elif name == "increment_flow_control_window":
            conn.increment_flow_control_window(numbers[0], numbers[1] or None)
        elif name == "initiate_upgrade_connection":
            conn.initiate_upgrade_connection(named.get("data"))
        else:
            getattr(conn, name)(*numbers)

    # Output and answers.

    def out(self, words, lines):
        taken = b""
        if self.way == "an octet a call":
            while octet := self.conn.data_to_send(1):
                taken += octet
        else:
            taken = self.conn.data_to_send()
        if words != ["any"]:
            expect([text for _, text in lines], [wire.line(part) for part in wire.split(taken)])

    def query(self, words, lines):
        conn, name, numbers = self.conn, words[0], list(map(int, words[1:-2]))
        if name == "closed_by" and numbers[0] not in conn.streams:
            return  # the module has no name for it
        expect([words[-1]], [str(getattr(self, "ask_" + name, lambda: getattr(conn, name))(*numbers))])

    def ask_state(self):
        return self.conn.state_machine.state.name

    def ask_stream_state(self, stream):
        view = self.conn.streams.get(stream)
        return view.state_machine.state.name if view else "none"

    def ask_closed_by(self, stream):
        reason = self.conn.streams[stream].closed_by
        return reason.name if reason else "none"

    def ask_local_window(self, stream):
        return answered(self.conn.local_flow_control_window, stream)

    def ask_remote_window(self, stream):
        return answered(self.conn.remote_flow_control_window, stream)

    def ask_next_stream_id(self):
        return answered(self.conn.get_next_available_stream_id)

    def ask_outbound_window(self):
        return self.conn.outbound_flow_control_window

    def ask_inbound_window(self):
        return self.conn.inbound_flow_control_window

    def ask_local_setting(self, number):
        return self.conn.local_settings.get(number, "none")

    def ask_remote_setting(self, number):
        return self.conn.remote_settings.get(number, "none")

    def ask_upgrade_settings(self):
        another = H2Connection(H2Configuration(client_side=self.client))
        another.local_settings = self.conn.local_settings
        return wire.quote(another.initiate_upgrade_connection())


setattr(Conversation, "in", Conversation.feed)


def answered(ask, *numbers):
    try:
        return ask(*numbers)
    except H2Error as error:
        return type(error).__name__


def field(words):
    kind = NeverIndexedHeaderTuple if words[-1] == "never_index" else HeaderTuple
    return kind(octets(words[1]), octets(words[2]))


def expect(wanted, came):
    if len(wanted) != len(came) or not all(map(matches, wanted, came)):
        raise Wrong("\n    ".join(["wanted", *wanted, "came", *came]))


def matches(wanted, came):
    """A failure must have the words that the transcript has."""
    if not wanted.startswith("fails "):
        return wanted == came
    have = WORD.findall(came)
    return all(word in have or begins(word, have) for word in WORD.findall(wanted))


def begins(word, have):
    if not word.startswith("message~"):
        return False
    message = next((w for w in have if w.startswith(("message=", "message~"))), "message=")
    return message[9:].startswith(word[9:-1])


def act_out(path, way):
    """How many there are, and what is wrong with some."""
    conversations, wrong = read(path), []
    for name, options, steps in conversations:
        conversation = Conversation(options, way)
        for words, lines in steps:
            try:
                conversation.act(words, lines)
            except Wrong as error:
                wrong.append(f"{name}: {' '.join(words)}: {error}")
                break
    return len(conversations), wrong


def main():
    failed = total = 0
    for path in sorted(FOLDER.glob("*.txt")):
        for way in WAYS:
            count, wrong = act_out(path, way)
            total += count
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {path.stem}, {way}: {count} conversations, {len(wrong)} differ")
            print(*(f"  {text}" for text in wrong[:5]), sep="\n", end="\n" if wrong else "", flush=True)
    print(f"{total} conversations")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
