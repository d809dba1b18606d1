#!/usr/bin/python3
"""Header compression against Python's hpack (4.2), which has to be importable.

    hpack_python.py record                         prints what tests/vectors/hpack_python.txt holds
    hpack_python.py compare LIBH2.SO [ROUNDS]      compares with a library, live
"""

import ctypes
import random
import sys

from hpack import Decoder, Encoder, HeaderTuple, NeverIndexedHeaderTuple
from hpack.exceptions import HPACKError, OversizedHeaderListError

NAMES = [b":method", b":path", b":status", b":scheme", b":authority", b"accept", b"accept-encoding", b"cookie",
         b"set-cookie", b"etag", b"x-a", b"x-b", b"x-some-field", b"user-agent", b"content-length", b"date", b"via",
         b"authorization", b"location", b"www-authenticate", b"X-Upper", b""]
VALUES = [b"", b"GET", b"POST", b"200", b"404", b"302", b"/", b"/index.html", b"https", b"gzip, deflate", b"0", b"1",
          b"no-cache", b"text/html; charset=utf-8", b"Mon, 21 Oct 2013 20:13:21 GMT", b"a" * 126, b"0" * 210, b"e" * 205,
          b"\xff\x00\x7f", bytes(range(0, 256, 3)), b"x" * 900, b"{}" * 70, b"%%%%%"]
SIZES = [0, 31, 32, 33, 64, 100, 256, 1000, 4096, 4097, 8192, 65536]
LIST_SIZE = 1200


def random_octets(source):
    if source.random() < 0.6:
        return source.choice(VALUES)
    alphabet = source.choice([b"abcdefghijklmnopqrstuvwxyz0123456789-", b"ABCDEFabcdef/=+", bytes(range(256))])
    return bytes(source.choice(alphabet) for _ in range(int(source.expovariate(1 / 20))))


def random_field(source):
    name = source.choice(NAMES) if source.random() < 0.85 else random_octets(source)
    return name, random_octets(source), source.random() < 0.08


def steps(source, blocks):
    """What happens to an encoder: ("size", n) or ("fields", [...]). A size differs from the one before it: Python's
    hpack forgets to announce a change that was followed by the same size again."""
    size = 4096
    for _ in range(blocks):
        while source.random() < 0.15:
            new = source.choice(SIZES)
            if new != size:
                size = new
                yield "size", size
        yield "fields", [random_field(source) for _ in range(source.randrange(12))]


def encode(encoder, fields):
    return encoder.encode([(NeverIndexedHeaderTuple if never else HeaderTuple)(name, value)
                           for name, value, never in fields], huffman=True)


def decode(decoder, block):
    """The fields, or the kind of error."""
    try:
        return [(bytes(field[0]), bytes(field[1]), not field.indexable) for field in decoder.decode(block, raw=True)]
    except OversizedHeaderListError:
        return "oversized"
    except (HPACKError, UnicodeDecodeError):
        return "broken"


def damaged(source, block):
    block = bytearray(block)
    for _ in range(source.randrange(3)):
        if block:
            at = source.randrange(min(len(block), 40))
            block[at] = source.choice([source.randrange(256), block[at] ^ 1 << source.randrange(8), 0xff, 0x3f, 0x20])
    if source.random() < 0.15:
        del block[source.randrange(len(block) + 1):]
    if source.random() < 0.1:
        block[:0] = source.choice([b"\x20", b"\x20\x3f\xe1\x1f", b"\x3f\xe2\x1f", b"\x3f\xe1\x1f"])
    return bytes(block)


def decoder_steps(source, blocks):
    """What happens to a decoder: ("max", n) or ("block", octets)."""
    encoder = Encoder()
    for _ in range(blocks):
        if source.random() < 0.1:
            size = source.choice(SIZES)
            yield "max", size
            if size != encoder.header_table_size and source.random() < 0.8:
                encoder.header_table_size = size
        block = encode(encoder, [random_field(source) for _ in range(source.randrange(8))])
        yield "block", damaged(source, block) if source.random() < 0.3 else block


def hexed(octets):
    return octets.hex() or "-"


def field_line(field):
    return f"field {hexed(field[0])} {hexed(field[1])}{' never' if field[2] else ''}"


def record():
    print("# Recorded from Python's hpack by tests/vectors/hpack_python.py, octets in hex.\n"
          "# After \"encoder\": table sizes, fields, and the block of the fields since the last block.\n"
          "# After \"decoder\": maximal table sizes, blocks, and what each is: fields (its fields follow), broken or\n"
          f"# oversized (lists above {LIST_SIZE}); either ends the decoder.")
    source = random.Random(7541)
    for _ in range(9):
        print("encoder")
        encoder = Encoder()
        for kind, what in steps(source, 14):
            if kind == "size":
                encoder.header_table_size = what
                print("size", what)
                continue
            for field in what:
                print(field_line(field))
            print("block", hexed(encode(encoder, what)))
    for _ in range(70):
        print("decoder")
        decoder = Decoder(max_header_list_size=LIST_SIZE)
        for kind, what in decoder_steps(source, 6):
            if kind == "max":
                decoder.max_allowed_table_size = what
                print("max", what)
                continue
            print("block", hexed(what))
            fields = decode(decoder, what)
            if isinstance(fields, str):
                print(fields)
                break
            print("fields", len(fields))
            for field in fields:
                print(field_line(field))


class Header(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_len", ctypes.c_size_t), ("value", ctypes.c_void_p),
                ("value_len", ctypes.c_size_t), ("flags", ctypes.c_uint)]


class OurEncoder:
    def __init__(self, library):
        self.library, self.coder = library, ctypes.c_void_p()
        assert library.h2_hpack_encoder_new(ctypes.byref(self.coder), 4096, 1, None) == 0

    def set_size(self, size):
        assert self.library.h2_hpack_encoder_set_table_size(self.coder, size) == 0

    def encode(self, fields):
        def keep(octets):
            return ctypes.cast(ctypes.c_char_p(octets), ctypes.c_void_p)

        array = (Header * max(1, len(fields)))(*[
            Header(keep(name), len(name), keep(value), len(value), int(never)) for name, value, never in fields])
        self.library.h2_hpack_encode_bound.restype = ctypes.c_size_t
        cap = self.library.h2_hpack_encode_bound(array, ctypes.c_size_t(len(fields)))
        out, size = ctypes.create_string_buffer(cap), ctypes.c_size_t()
        assert self.library.h2_hpack_encode(self.coder, array, ctypes.c_size_t(len(fields)), out,
                                            ctypes.c_size_t(cap), ctypes.byref(size)) == 0
        return out.raw[:size.value]

    def close(self):
        self.library.h2_hpack_encoder_free(self.coder)


class OurDecoder:
    def __init__(self, library):
        self.library, self.coder = library, ctypes.c_void_p()
        assert library.h2_hpack_decoder_new(ctypes.byref(self.coder), 4096, LIST_SIZE, None) == 0

    def set_max(self, size):
        assert self.library.h2_hpack_decoder_set_max_table_size(self.coder, size) == 0

    def decode(self, block):
        fields, count = ctypes.POINTER(Header)(), ctypes.c_size_t()
        status = self.library.h2_hpack_decode(self.coder, block, ctypes.c_size_t(len(block)), ctypes.byref(fields),
                                              ctypes.byref(count))
        if status == -14:
            return "oversized"
        if status != 0:
            return "broken"
        return [(ctypes.string_at(field.name, field.name_len), ctypes.string_at(field.value, field.value_len),
                 bool(field.flags & 1))
                for field in fields[:count.value]]

    def close(self):
        self.library.h2_hpack_decoder_free(self.coder)


def compare(path, rounds):
    library = ctypes.CDLL(path)
    blocks = 0
    for seed in range(rounds):
        source = random.Random(seed)
        ours, theirs = OurEncoder(library), Encoder()
        for kind, what in steps(source, 20):
            if kind == "size":
                ours.set_size(what)
                theirs.header_table_size = what
                continue
            got, want = ours.encode(what), encode(theirs, what)
            assert got == want, f"seed {seed}: {what}\n ours   {got.hex()}\n theirs {want.hex()}"
            blocks += 1
        ours.close()
        ours, theirs = OurDecoder(library), Decoder(max_header_list_size=LIST_SIZE)
        for kind, what in decoder_steps(source, 12):
            if kind == "max":
                ours.set_max(what)
                theirs.max_allowed_table_size = what
                continue
            got, want = ours.decode(what), decode(theirs, what)
            blocks += 1
            # Alone, our decoder reads an oversized block to its end, where it may be broken too.
            if want == "oversized" and got in ("oversized", "broken"):
                break
            assert got == want, f"seed {seed}: {what.hex()}\n ours   {got}\n theirs {want}"
            if isinstance(want, str):
                break
        ours.close()
    print(f"{blocks} blocks of {rounds} connections are equal")


if __name__ == "__main__":
    if sys.argv[1:2] == ["record"]:
        record()
    elif sys.argv[1:2] == ["compare"] and len(sys.argv) > 2:
        compare(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1000)
    else:
        sys.exit(__doc__)
