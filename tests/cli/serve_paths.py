"""Paths where the kernel has no openat2: `h2 serve` then looks where what it has opened lies. tests/interop/paths.py has
the long list of spellings for kernels that have it; this one keeps openat2 from the server and asks what matters there."""

import ctypes
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import case  # noqa: E402

SECRET = b"not for the public"
OPENAT2, ENOSYS = 437, 38
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


def forbid_openat2():
    """A seccomp filter for this process and its children: openat2 is not there."""
    def op(code, true, false, value):
        return struct.pack("HBBI", code, true, false, value)

    program = (op(0x20, 0, 0, 0) +               # load the number of the system call
               op(0x15, 0, 1, OPENAT2) +         # openat2?
               op(0x06, 0, 0, 0x00050000 | ENOSYS) + op(0x06, 0, 0, 0x7FFF0000))
    text = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    unsigned = ctypes.c_ulong
    return (libc.prctl(PR_SET_NO_NEW_PRIVS, unsigned(1), unsigned(0), unsigned(0), unsigned(0)) == 0 and
            libc.prctl(PR_SET_SECCOMP, unsigned(SECCOMP_MODE_FILTER), header, unsigned(0), unsigned(0)) == 0)


def build_tree(top):
    root = top / "root"
    (root / "sub").mkdir(parents=True)
    (top / "secret").write_bytes(SECRET)
    (top / "root-beside").mkdir()
    (top / "root-beside" / "secret").write_bytes(SECRET)
    (root / "file").write_bytes(b"public")
    (root / "link-file").symlink_to("../secret")
    (root / "link-folder").symlink_to("..")
    (root / "link-beside").symlink_to("../root-beside")
    (root / "link-inside").symlink_to("sub/../file")
    return root


def ask(server, path):
    peer = rawh2.Peer(server)
    try:
        return peer.response(peer.request(path))
    finally:
        peer.close()


def ask_all(server):
    for path in (b"/link-file", b"/link-folder/secret", b"/link-folder/", b"/link-beside/secret", b"/link-beside/",
                 b"/../secret", b"/%2e%2e/secret"):
        status, body = ask(server, path)
        case(f"kept in: {path.decode()}", status in (400, 404) and SECRET not in body and b"secret" not in body,
             (status, body[:80]))
    for path in (b"/file", b"/link-inside", b"/sub/../file"):
        got = ask(server, path)
        case(f"served: {path.decode()}", got == (200, b"public"), got)
    status, body = ask(server, b"/")
    case("the folder itself is listed", status == 200 and b"link-inside" in body, (status, body[:80]))


def main():
    rawh2.need_command()
    if not forbid_openat2():
        print("ok # SKIP no seccomp here")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as top, rawh2.Server(build_tree(Path(top))) as server:
        ask_all(server)
    rawh2.finish()


if __name__ == "__main__":
    main()
