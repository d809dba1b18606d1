"""`h2 frames`: text and JSON of streams made by hand, header blocks, malformed and cut input."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from rawh2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, H2, HEADERS, PING, PREFACE, PRIORITY,
                   PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, case, finish, frame, header_block, need_command)

PADDED, WITH_PRIORITY = 8, 0x20
ALTSVC, ORIGIN, PRIORITY_UPDATE = 10, 12, 16


def run(octets, *options, operand="-"):
    done = subprocess.run([str(H2), "frames", *options, operand], input=octets, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def number(value):
    return struct.pack(">I", value)


def one(octets, *options):
    """The last frame as JSON."""
    code, out, err = run(octets, "--json", *options)
    assert code == 0, err
    return json.loads(out.splitlines()[-1])


def shows(name, octets, **expected):
    try:
        got = one(octets)
    except Exception as error:
        case(name, False, error)
        return
    wrong = {key: got.get(key) for key in expected if got.get(key) != expected[key]}
    case(name, not wrong, f"{wrong} in {got}")


def each_type():
    block = header_block([(b":method", b"GET"), (b"x", b"y")])
    fields = [{"name": ":method", "value": "GET"}, {"name": "x", "value": "y"}]
    shows("DATA", frame(DATA, END_STREAM, 1, b"abc"), type="DATA", offset=0, length=3, stream_id=1, flags=["END_STREAM"])
    shows("DATA with padding", frame(DATA, PADDED, 1, b"\x02abc\0\0"), padding=2, length=6, flags=["PADDED"])
    shows("HEADERS", frame(HEADERS, END_HEADERS | END_STREAM, 3, block), headers=fields, stream_id=3,
          flags=["END_STREAM", "END_HEADERS"])
    shows("HEADERS with padding and priority",
          frame(HEADERS, END_HEADERS | PADDED | WITH_PRIORITY, 5, b"\x03" + number(0x80000003) + b"\xff" + block + b"\0\0\0"),
          headers=fields, padding=3, depends_on=3, weight=256, exclusive=True)
    shows("CONTINUATION shows the whole block",
          frame(HEADERS, 0, 1, block[:4]) + frame(CONTINUATION, 0, 1, block[4:5]) +
          frame(CONTINUATION, END_HEADERS, 1, block[5:]), type="CONTINUATION", headers=fields, fragment=len(block) - 5)
    shows("PRIORITY", frame(PRIORITY, 0, 7, number(1) + b"\x0f"), depends_on=1, weight=16, exclusive=False)
    shows("RST_STREAM", frame(RST_STREAM, 0, 1, number(8)), error="CANCEL", error_code=8)
    shows("RST_STREAM with an unknown code", frame(RST_STREAM, 0, 1, number(0xFEDCBA98)), error="UNKNOWN",
          error_code=0xFEDCBA98)
    shows("SETTINGS", frame(SETTINGS, 0, 0, b"\0\x03" + number(100) + b"\0\x99" + number(7)),
          settings=[{"id": 3, "name": "MAX_CONCURRENT_STREAMS", "value": 100}, {"id": 153, "name": "UNKNOWN", "value": 7}])
    shows("SETTINGS acknowledgement", frame(SETTINGS, ACK, 0), flags=["ACK"], settings=[])
    shows("PUSH_PROMISE", frame(PUSH_PROMISE, END_HEADERS | PADDED, 1, b"\x01" + number(2) + block + b"\0"),
          promised_stream_id=2, headers=fields)
    shows("PING", frame(PING, ACK, 0, b"\0\x01\xfe\xff1234"), opaque_data="0001feff31323334", flags=["ACK"])
    shows("GOAWAY", frame(GOAWAY, 0, 0, number(7) + number(11) + b"calm \"down\""), last_stream_id=7,
          error="ENHANCE_YOUR_CALM", debug_data='calm "down"')
    shows("GOAWAY with octets that are no UTF-8", frame(GOAWAY, 0, 0, number(7) + number(0) + b"\xff\xfe"),
          debug_data_hex="fffe")
    shows("WINDOW_UPDATE, reserved bit ignored", frame(WINDOW_UPDATE, 0, 0, number(0x80000005)), increment=5)
    shows("reserved bit of the stream", frame(DATA, 0, 0x80000001, b""), stream_id=1)
    shows("ALTSVC", frame(ALTSVC, 0, 0, b"\0\x01o" + b"h3=\":443\""), origin="o", field_value='h3=":443"')
    shows("ORIGIN", frame(ORIGIN, 0, 0, b"\0\x01a\0\x02bc"), origins=[{"text": "a"}, {"text": "bc"}])
    shows("PRIORITY_UPDATE", frame(PRIORITY_UPDATE, 0, 0, number(3) + b"u=1"), prioritized_stream_id=3, field_value="u=1")
    shows("unknown type", frame(0x42, 0xFF, 9, b"\x01\x02"), type="UNKNOWN", type_code=0x42, payload="0102",
          undefined_flags=0xFF)
    shows("undefined flags", frame(PING, 0xF1, 0, b"12345678"), flags=["ACK"], undefined_flags=0xF0)
    shows("never indexed", frame(HEADERS, END_HEADERS, 1, b"\x10\x01k\x01v"),
          headers=[{"name": "k", "value": "v", "never_indexed": True}])
    shows("values that are no UTF-8", frame(HEADERS, END_HEADERS, 1, b"\0\x01k\x03\xc3\x28\x80"),
          headers=[{"name": "k", "value_hex": "c32880"}])
    shows("values that are UTF-8, quotes and controls", frame(HEADERS, END_HEADERS, 1, b"\0\x01k\x05\xc3\xa4\"\\\n"),
          headers=[{"name": "k", "value": "ä\"\\\n"}])


def tables():
    big = b"\x3f\xe1\x7f"  # size update to 16,384
    add = b"\x40\x01a\x01b"
    shows("the dynamic table lasts", frame(HEADERS, END_HEADERS, 1, add) + frame(HEADERS, END_HEADERS, 3, b"\xbe"),
          headers=[{"name": "a", "value": "b"}])
    code, _, err = run(frame(HEADERS, END_HEADERS, 1, big + add))
    case("a table above 4,096 is refused", code == 5 and "offset 0" in err, err)
    code, out, err = run(frame(HEADERS, END_HEADERS, 1, big + add), "--header-table-size", "16384")
    case("and taken with --header-table-size", code == 0 and "a: b" in out, err)


def text():
    stream = PREFACE + frame(SETTINGS, 0, 0, b"\0\x04" + number(65535)) + frame(
        HEADERS, END_HEADERS | END_STREAM, 1, header_block([(b":path", b"/\x1b[31m\xff\\")])) + frame(
            GOAWAY, 0, 0, number(0) + number(1))
    code, out, err = run(stream)
    lines = out.splitlines()
    case("text: exit code", code == 0, err)
    case("text: a line for each frame and row", len(lines) == 6, out)
    case("text: preface", lines[0].split() == ["0", "PREFACE"], lines[0])
    case("text: frame", lines[1].split() == ["24", "SETTINGS", "stream_id=0", "length=6"], lines[1])
    case("text: setting", lines[2].split() == ["INITIAL_WINDOW_SIZE(4)", "=", "65535"], lines[2])
    case("text: flags", "flags=END_STREAM,END_HEADERS" in lines[3], lines[3])
    case("text: octets are escaped", lines[4].strip() == r":path: /\x1b[31m\xff\\", lines[4])
    case("text: error by name", "error=PROTOCOL_ERROR" in lines[5], lines[5])
    code, out, err = run(stream[24:])
    case("without the preface", code == 0 and out.split()[:2] == ["0", "SETTINGS"], out + err)


def malformed():
    ping = frame(PING, 0, 0, b"12345678")
    broken = {
        "SETTINGS length": frame(SETTINGS, 0, 0, b"12345"),
        "SETTINGS acknowledgement with payload": frame(SETTINGS, ACK, 0, b"123456"),
        "SETTINGS on a stream": frame(SETTINGS, 0, 1),
        "PING length": frame(PING, 0, 0, b"1234567"),
        "RST_STREAM length": frame(RST_STREAM, 0, 1, b"123"),
        "WINDOW_UPDATE length": frame(WINDOW_UPDATE, 0, 1, b"12345"),
        "PRIORITY length": frame(PRIORITY, 0, 1, b"1234"),
        "GOAWAY length": frame(GOAWAY, 0, 0, b"1234567"),
        "DATA on stream 0": frame(DATA, 0, 0, b"x"),
        "DATA padding": frame(DATA, PADDED, 1, b"\x03ab"),
        "DATA without a padding length": frame(DATA, PADDED, 1),
        "HEADERS padding": frame(HEADERS, PADDED | END_HEADERS, 1, b"\x05\x82"),
        "HEADERS without room for priority": frame(HEADERS, WITH_PRIORITY | END_HEADERS, 1, b"\0\0\0"),
        "PUSH_PROMISE without room": frame(PUSH_PROMISE, END_HEADERS | PADDED, 1, b"\x01\0\0\0"),
        "CONTINUATION alone": frame(CONTINUATION, END_HEADERS, 1, b"\x82"),
        "a block that is interrupted": frame(HEADERS, 0, 1, b"\x82") + ping,
        "CONTINUATION on another stream": frame(HEADERS, 0, 1, b"\x82") + frame(CONTINUATION, END_HEADERS, 3),
        "HPACK": frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff"),
        "ORIGIN": frame(ORIGIN, 0, 0, b"\0\x05ab"),
        "ALTSVC": frame(ALTSVC, 0, 0, b"\0\x05ab"),
        "cut in a header": ping[:5],
        "cut in a payload": ping[:12],
        "cut in DATA": frame(DATA, 0, 1, b"abc")[:-1],
        "cut in a block": frame(HEADERS, 0, 1, b"\x82"),
        "HTTP/1.1": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    }
    for name, octets in broken.items():
        for options in ((), ("--json",)):
            code, out, err = run(ping + octets, *options)
            good = code == 5 and "offset " in err and err.count("\n") == 1 and "PING" in out.splitlines()[0]
            case(f"malformed: {name} {' '.join(options)}", good, f"{code} {err}{out}")
            if options:
                [json.loads(line) for line in out.splitlines()]
    code, out, err = run(ping + broken["PING length"])
    case("the offset is that of the frame", "offset 17:" in err, err)
    code, out, err = run(PREFACE[:-1] + b"x" + ping)
    case("a broken preface", code == 5 and "preface" in err, err)


def splits():
    """Input in pieces gives the same output: a pipe that is written octet by octet."""
    stream = PREFACE + frame(SETTINGS, 0, 0, b"\0\x04" + number(65535)) + frame(DATA, PADDED, 1, b"\x02abc\0\0") + frame(
        HEADERS, END_HEADERS, 1, header_block([(b"a", b"b")]))
    whole = run(stream)
    process = subprocess.Popen([str(H2), "frames", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    for at in range(len(stream)):
        process.stdin.write(stream[at:at + 1])
    out = process.communicate(timeout=30)[0].decode()
    case("octet by octet", out == whole[1], out)
    empty = run(b"")
    case("nothing", empty[0] == 0 and empty[1] == "", empty)
    large = frame(DATA, 0, 1, bytes(1 << 20)) * 3 + frame(PING, 0, 0, b"12345678")
    code, out, _ = run(large)
    case("large frames", code == 0 and len(out.splitlines()) == 4, out)


def usage():
    def code_of(*arguments):
        return subprocess.run([str(H2), "frames", *arguments], capture_output=True, stdin=subprocess.DEVNULL).returncode

    case("no file: 2", code_of() == 2)
    case("two files: 2", code_of("a", "b") == 2)
    case("unknown option: 2", code_of("--what", "-") == 2)
    case("no table size: 2", code_of("--header-table-size", "x", "-") == 2)
    case("missing file: 7", code_of("/nonexistent/file") == 7)
    case("a folder: 7", code_of("/") == 7)
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(H2), "frames", "-"], input=frame(PING, 0, 0, b"12345678"), stdout=full,
                              stderr=subprocess.PIPE)
    case("full disk: 7", done.returncode == 7 and b"cannot write" in done.stderr, done.stderr)
    done = subprocess.run([str(H2), "frames", "--help"], capture_output=True)
    case("--help", done.returncode == 0 and all(w in done.stdout for w in (b"--json", b"--header-table-size", b"FILE")))


def from_file():
    path = f"/tmp/h2-frames-{os.getpid()}"
    Path(path).write_bytes(frame(PING, 0, 0, b"12345678"))
    code, out, _ = run(b"", operand=path)
    case("from a file", code == 0 and "PING" in out)
    os.unlink(path)


need_command()
each_type()
tables()
text()
malformed()
splits()
from_file()
usage()
finish()
