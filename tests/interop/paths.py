#!/usr/bin/python3
"""Nothing outside the folder that `h2 serve` serves can be had, however the path is spelled."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402

SECRET = b"not for the public"
OUTSIDE = [
    b"/../secret", b"/..", b"/../", b"/sub/../../secret", b"/./../secret", b"//../secret", b"/..//secret",
    b"/%2e%2e/secret", b"/%2E%2E/secret", b"/.%2e/secret", b"/%2e./secret", b"/..%2fsecret", b"/%2e%2e%2fsecret",
    b"/..%5csecret", b"/..\\secret", b"/%252e%252e/secret", b"/%c0%ae%c0%ae/secret", b"/sub/%2e%2e/%2e%2e/secret",
    b"/link-file", b"/link-folder/secret", b"/link-up/secret", b"/sub/link/secret", b"/link-absolute",
    b"/file%00", b"/file%00.html", b"/%00", b"/../secret%00.html", b"/sub/..%00/../secret",
    b"/etc/passwd", b"//etc/passwd", b"/%2fetc/passwd", b"/" + b"../" * 40 + b"etc/passwd",
    b"/" + b"%2e%2e/" * 40 + b"etc/passwd", b"/?/../../secret", b"/file/../../secret", b"/file/../secret",
    b"/" + b"a/../" * 1000 + b"../secret", b"/" + b"x" * 5000, b"/%", b"/%2", b"/%zz", b"/fifo", b"/loop",
]
MALFORMED = [b"", b"file", b"*", b"../secret", b"http://localhost/../secret", b"/a b", b"/\x00", b"/\x7f", b"/\xff"]


def build_tree(top):
    root = top / "root"
    (root / "sub").mkdir(parents=True)
    (top / "secret").write_bytes(SECRET)
    (root / "file").write_bytes(b"public")
    (root / "sub" / "inner").write_bytes(b"inner")
    (root / "sub" / "a b&c.txt").write_bytes(b"spaced")
    (root / "link-file").symlink_to("../secret")
    (root / "link-folder").symlink_to("..")
    (root / "link-up").symlink_to(top)
    (root / "link-absolute").symlink_to("/etc/passwd")
    (root / "sub" / "link").symlink_to("../..")
    (root / "loop").symlink_to("loop")
    (root / "link-inside").symlink_to("sub/inner")
    os.mkfifo(root / "fifo")
    return root


def ask(server, path):
    peer = rawh2.Peer(server)
    try:
        return peer.response(peer.request(path))
    finally:
        peer.close()


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as top:
        root = build_tree(Path(top))
        with rawh2.Server(root) as server:
            for path in OUTSIDE:
                status, body = ask(server, path)
                leaked = SECRET in body or b"root:" in body or b"secret" in body
                good = status in (400, 403, 404, 414) or (status in (200, 301) and not leaked and b"?" in path)
                rawh2.case(f"kept in: {ascii(path.decode('latin-1'))[:60]}", good and not leaked, (status, body[:80]))
            for path in MALFORMED:
                status, body = ask(server, path)
                refused = status in (400, 404) or (isinstance(status, str) and status.startswith(("RST_STREAM", "GOAWAY")))
                rawh2.case(f"malformed: {ascii(path.decode('latin-1'))[:60]}", refused and not body.startswith(SECRET),
                           (status, body[:80]))
            for path, wanted in ((b"/file", b"public"), (b"/sub/../file", b"public"), (b"/./file", b"public"),
                                 (b"/%66ile", b"public"), (b"/file?a=../b", b"public"), (b"/sub/inner", b"inner"),
                                 (b"/sub/a%20b&c.txt", b"spaced"), (b"/sub/a%20b%26c.txt", b"spaced"),
                                 (b"/link-inside", b"inner")):
                status, body = ask(server, path)
                rawh2.case(f"served: {path.decode()}", (status, body) == (200, wanted), (status, body[:80]))
    rawh2.finish()


if __name__ == "__main__":
    main()
