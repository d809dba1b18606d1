"""How `h2 serve` answers for files and folders: fields, ranges, conditions, redirects, listings, other methods."""

import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import case  # noqa: E402

BODY = bytes(range(256)) * 40  # 10,240 octets
MODIFIED = 784111777           # Sun, 06 Nov 1994 08:49:37 GMT
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


class Answer:
    def __init__(self, head, body):
        lines = head.decode("latin-1").replace("\r", "").strip().split("\n")
        self.status = int(lines[0].split()[1])
        self.fields = dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in lines[1:])
        self.body = body

    def __getattr__(self, name):
        return self.fields.get(name.replace("_", "-"))

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:60]}"


def curl(server, path, *options):
    with tempfile.NamedTemporaryFile() as head:
        done = subprocess.run(["curl", "-sS", "-m", "30", "--path-as-is", "--http2-prior-knowledge", "-D", head.name, *options,
                               f"http://127.0.0.1:{server.port}{path}"], capture_output=True, check=True)
        return Answer(Path(head.name).read_bytes(), done.stdout)


def fields(server):
    answer = curl(server, "/data.txt")
    case("GET", (answer.status, answer.body) == (200, BODY), answer)
    case("content-length", answer.content_length == str(len(BODY)), answer)
    case("content-type", answer.content_type == "text/plain; charset=utf-8", answer)
    case("last-modified", answer.last_modified == DATE, answer)
    case("etag", re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+"', answer.etag or "") is not None, answer)
    case("accept-ranges", answer.accept_ranges == "bytes", answer)
    case("date", re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.date or "") is not None, answer)
    head = curl(server, "/data.txt", "-I")
    case("HEAD has the same fields and no body",
         head.body == answer.body[:0] or head.body.startswith(b"HTTP/2"), head)
    for name in ("content-length", "content-type", "etag", "last-modified"):
        case(f"HEAD: {name}", head.fields.get(name) == answer.fields[name], head)
    empty = curl(server, "/empty")
    case("an empty file", (empty.status, empty.body, empty.content_length) == (200, b"", "0"), empty)
    case("a type that is not known", empty.content_type == "application/octet-stream", empty)
    for name, wanted in (("a.html", "text/html; charset=utf-8"), ("a.JPG", "image/jpeg"), (".html", "application/octet-stream")):
        case(f"type of {name}", curl(server, f"/types/{name}").content_type == wanted)


def ranges(server):
    size = len(BODY)
    for value, first, last in (("0-0", 0, 0), ("100-199", 100, 199), ("10000-", 10000, size - 1), ("-5", size - 5, size - 1),
                               ("-99999", 0, size - 1), ("10239-99999999999999999999999", size - 1, size - 1)):
        answer = curl(server, "/data.txt", "-H", f"range: bytes={value}")
        case(f"range {value}", answer.status == 206 and answer.body == BODY[first:last + 1] and
             answer.content_range == f"bytes {first}-{last}/{size}" and answer.content_length == str(last - first + 1), answer)
    for value in ("bytes=10240-", "bytes=99999-100000", "bytes=-0"):
        answer = curl(server, "/data.txt", "-H", f"range: {value}")
        case(f"range {value} cannot be", (answer.status, answer.content_range) == (416, f"bytes */{size}"), answer)
    for value in ("bytes=5-2", "bytes=a-b", "bytes=", "lines=1-2", "bytes=0-1,5-6", "bytes=-"):
        answer = curl(server, "/data.txt", "-H", f"range: {value}")
        case(f"range '{value}' is not taken", (answer.status, answer.body) == (200, BODY), answer)
    case("a range of nothing", curl(server, "/empty", "-H", "range: bytes=0-").status == 416)
    head = curl(server, "/data.txt", "-I", "-H", "range: bytes=0-0")
    case("HEAD knows no ranges", (head.status, head.content_length) == (200, str(size)), head)
    etag = curl(server, "/data.txt").etag
    for validator, status in ((etag, 206), (DATE, 206), ('"other"', 200), (f"W/{etag}", 200),
                              ("Sun, 06 Nov 1994 08:49:38 GMT", 200)):
        answer = curl(server, "/data.txt", "-H", "range: bytes=1-2", "-H", f"if-range: {validator}")
        case(f"if-range {validator}", answer.status == status, answer)


def conditions(server):
    etag = curl(server, "/data.txt").etag
    before, after = "Sun, 06 Nov 1994 08:49:36 GMT", "Mon, 07 Nov 1994 08:49:37 GMT"
    for field, value, status in (
            ("if-none-match", etag, 304), ("if-none-match", f"W/{etag}", 304), ("if-none-match", f'"x", {etag}', 304),
            ("if-none-match", "*", 304), ("if-none-match", '"x"', 200), ("if-none-match", "", 200),
            ("if-modified-since", DATE, 304), ("if-modified-since", after, 304), ("if-modified-since", before, 200),
            ("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT", 304),
            ("if-modified-since", "Sun Nov  6 08:49:37 1994", 304), ("if-modified-since", "yesterday", 200),
            ("if-match", etag, 200), ("if-match", "*", 200), ("if-match", '"x"', 412), ("if-match", f"W/{etag}", 412),
            ("if-unmodified-since", DATE, 200), ("if-unmodified-since", before, 412)):
        answer = curl(server, "/data.txt", "-H", f"{field}: {value}" if value else f"{field};")
        case(f"{field}: {value}", answer.status == status, answer)
        case(f"{field}: {value}: body", answer.body == (BODY if status == 200 else b"") or status == 412, answer)
    answer = curl(server, "/data.txt", "-H", f"if-none-match: {etag}")
    case("304 names the file's version", answer.etag == etag and answer.content_length is None, answer)
    answer = curl(server, "/data.txt", "-H", 'if-none-match: "x"', "-H", f"if-modified-since: {after}")
    case("if-none-match goes before if-modified-since", answer.status == 200, answer)
    answer = curl(server, "/data.txt", "-H", f"if-none-match: {etag}", "-H", "range: bytes=0-1")
    case("304 goes before a range", answer.status == 304, answer)


def folders(server):
    answer = curl(server, "/types")
    case("a folder without its slash is elsewhere", (answer.status, answer.location) == (301, "/types/"), answer)
    answer = curl(server, "/types?a=b")
    case("and keeps its query", answer.location == "/types/?a=b", answer)
    answer = curl(server, "//types")
    case("a redirect stays on this server", answer.location == "/types/", answer)
    case("index.html", curl(server, "/indexed/").body == b"index")
    listing = curl(server, "/types/")
    case("a listing", listing.status == 200 and listing.content_type == "text/html; charset=utf-8", listing)
    case("its length", listing.content_length == str(len(listing.body)), listing)
    case("its names are escaped", b"&lt;b&gt;&amp;&quot;.html" in listing.body and b"<b>" not in listing.body, listing)
    link = re.search(rb'href="([^"]*b%3E[^"]*)"', listing.body)
    case("and its links lead there", bool(link) and curl(server, f"/types/{link.group(1).decode()}").body == b"odd", listing)
    case("a sub-folder's name ends in a slash", b'href="./sub/"' in listing.body, listing)
    case("a file is no folder", curl(server, "/data.txt/").status == 404)
    head = curl(server, "/types/", "-I")
    case("HEAD of a listing", (head.status, head.content_length) == (200, listing.content_length), head)


def errors(server):
    case("404", curl(server, "/none").status == 404)
    case("404 below a file", curl(server, "/data.txt/x").status == 404)
    case("400", curl(server, "/%zz").status == 400)
    case("414", curl(server, "/" + "x" * 5000).status == 414)
    for spelling in ("x", "/x", "%78"):  # what is left of it counts
        case(f"404 as long as a name can be: {spelling}", curl(server, f"/{spelling}" + "x" * 4093).status == 404)
        case(f"414 with one octet more: {spelling}", curl(server, f"/{spelling}" + "x" * 4094).status == 414)
    case("a FIFO is not opened", curl(server, "/fifo").status == 404)
    if os.geteuid() != 0:
        case("403", curl(server, "/unreadable").status == 403)
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        answer = curl(server, "/data.txt", "-X", method)
        case(f"{method} is not allowed", (answer.status, answer.allow) == (405, "GET, HEAD"), answer)
    answer = curl(server, "/data.txt", "-d", "x" * 100000)
    case("POST to a file, its body is not wanted", (answer.status, answer.allow) == (405, "GET, HEAD"), answer)
    case("PUT to /echo", curl(server, "/echo", "-T", __file__).allow == "GET, HEAD, POST")
    case("GET of /echo", curl(server, "/echo").status == 404)


def changes(server, root):
    """What was read once is not shown when the file has changed."""
    for text in (b"one", b"two", b"three"):
        (root / "changing").write_bytes(text)
        time.sleep(0.02)
        case(f"a file that changes: {text.decode()}", curl(server, "/changing").body == text)
    (root / "changing").unlink()
    case("and goes", curl(server, "/changing").status == 404)


def shared(server, root, idle):
    """A large file that many send at once is open once, and those who began before it was replaced get what they began."""
    old, new = b"old" * 10_000, b"new" * 20_000
    (root / "large").write_bytes(old)
    time.sleep(0.1)  # one that has just changed is opened anew each time
    peer = rawh2.Peer(server, window=0)
    peer.response(peer.request(b"/none", method=b"HEAD"))
    rawh2.wait_until(lambda: server.descriptors() <= idle + 1)  # those who asked before have left
    before = server.descriptors()
    streams = [peer.request(b"/large") for _ in range(50)]
    waiting = set(streams)
    while waiting:
        got = peer.read_frame()
        waiting.discard(got[2] if got[0] == rawh2.HEADERS else None)
    held = server.descriptors() - before
    case("50 requests for a large file that wait for a window open it once", held == 1, held)
    (root / "next").write_bytes(new)
    (root / "next").rename(root / "large")
    case("a large file that is replaced", curl(server, "/large").body == new)
    rawh2.wait_until(lambda: server.descriptors() == before + 1)
    held = server.descriptors() - before
    case("what was replaced is still open, what came in its place is not", held == 1, held)
    right = 0
    for on in streams:
        peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, on, struct.pack(">I", len(old))))
        right += peer.response(on)[1] == old
    case("the old one is sent to its end", right == len(streams), right)
    rawh2.wait_until(lambda: server.descriptors() <= before)
    held = server.descriptors() - before
    case("and closed", held == 0, held)
    peer.close()


def content(n, size):
    return random.Random(n).randbytes(size)


def take_data(peer, bodies, octets):
    """Reads until so many octets of bodies have come, which go to their streams' places."""
    while octets > 0:
        kind, _, stream, payload = peer.read_frame()
        if kind == rawh2.DATA:
            bodies[stream] = bodies.get(stream, b"") + payload
            octets -= len(payload)
    return octets


def windows(server, root):
    """Bodies that fit in a frame, and windows that they do not fit."""
    small = content(4, 1000)
    (root / "small").write_bytes(small)
    peer, bodies = rawh2.Peer(server, window=300), {}
    stream = peer.request(b"/small")
    case("as much of a small body as its window lets through", take_data(peer, bodies, 300) == 0, bodies)
    peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, stream, struct.pack(">I", 700)))
    case("and the rest of it", peer.response(stream) == (None, small[300:]) and bodies[stream] == small[:300])
    peer.close()
    peer, bodies = rawh2.Peer(server), {}
    streams = [peer.request(b"/small") for _ in range(100)]
    case("as many small bodies as the connection's window lets through", take_data(peer, bodies, 65535) == 0)
    peer.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 100_000)))
    take_data(peer, bodies, 100_000 - 65535)
    case("and the rest of them", [bodies.get(on) == small for on in streams] == [True] * 100, len(bodies))
    peer.close()


def held(server, root):
    """Files up to 1 MiB are held in memory after they were sent, as long as they do not change."""
    kib, mib = 1024, 1024 * 1024
    for size in (16 * kib, 16 * kib + 1, 100_000, mib - 1, mib, mib + 1):
        (root / f"size-{size}").write_bytes(content(size, size))
    time.sleep(0.1)  # a file that has just changed is not held
    for size in (16 * kib, 16 * kib + 1, 100_000, mib - 1, mib, mib + 1):
        body = content(size, size)
        middle = curl(server, f"/size-{size}", "-r", "10000-15999").body
        case(f"the middle of {size} octets", middle == body[10000:16000])
        seen = [curl(server, f"/size-{size}").body == body for _ in range(3)]
        case(f"{size} octets, three times", all(seen), seen)
        case(f"the end of {size} octets", curl(server, f"/size-{size}", "-r", "-7000").body == body[-7000:])


def held_and_changed(server, root):
    path, size = root / "held", 300_000
    path.write_bytes(content(1, size))
    time.sleep(0.1)
    case("a large file", [curl(server, "/held").body == content(1, size) for _ in range(2)] == [True, True])
    with open(path, "r+b") as file:
        file.seek(size // 2)
        file.write(b"changed")
    wanted = content(1, size)[:size // 2] + b"changed" + content(1, size)[size // 2 + 7:]
    case("a large file that changed where it lies", curl(server, "/held").body == wanted)
    time.sleep(0.1)
    case("and again", curl(server, "/held").body == wanted)
    os.truncate(path, 100_000)
    case("that became shorter", curl(server, "/held").body == wanted[:100_000])
    time.sleep(0.1)
    case("shorter, again", curl(server, "/held").body == wanted[:100_000])
    path.unlink()
    case("that is gone", curl(server, "/held").status == 404)


def held_in_part(server, root):
    """Two who send the same file, one far behind the other, and the file is replaced in between."""
    (root / "part").write_bytes(content(2, 200_000))
    time.sleep(0.1)
    slow = rawh2.Peer(server, window=20_000)
    stream, got = slow.request(b"/part"), b""
    while len(got) < 20_000:
        frame = slow.read_frame()
        got += frame[3] if frame[0] == rawh2.DATA else b""
    case("another one passes", curl(server, "/part").body == content(2, 200_000))
    (root / "next").write_bytes(content(3, 200_000))
    (root / "next").rename(root / "part")
    case("and another version", curl(server, "/part").body == content(3, 200_000))
    slow.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, stream, struct.pack(">I", 200_000)))
    slow.send(rawh2.frame(rawh2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 200_000)))
    case("the first one ends as it began", got + slow.response(stream)[1] == content(2, 200_000))
    slow.close()


def held_at_most(server, root):
    """However many there are, files take no more memory than the bound of 4 MiB."""
    for i in range(40):
        (root / f"many-{i}").write_bytes(content(i, 1_000_000))
    time.sleep(0.1)
    before = server.resident()
    right = [curl(server, f"/many-{i}").body == content(i, 1_000_000) for _ in range(2) for i in range(40)]
    grown = server.resident() - before
    case("forty files of 1 MB", all(right), right)
    case("the server holds few of them", rawh2.SANITIZED or grown < 7 * 1024, f"{grown} KiB")


def looked_at_again(server, root):
    """A file that was served is only looked at when it is asked for again: whatever has come in its place is answered as if
    it had never been served."""
    outside, top = root.parent / "outside", root / "again"
    body, secret = b"as it was", b"elsewhere"  # of the same length

    def served(path):
        """Puts the file there and has it served until it is remembered."""
        shutil.rmtree(top, ignore_errors=True)
        shutil.rmtree(outside, ignore_errors=True)
        outside.mkdir()
        path.parent.mkdir(parents=True)
        path.write_bytes(body)
        (outside / path.name).write_bytes(secret)
        time.sleep(0.1)  # what has just changed is not remembered
        case(f"{path.relative_to(root)}", [get(path) for _ in range(2)] == [(200, body)] * 2)

    def get(path):
        answer = curl(server, f"/{path.relative_to(root)}")
        return (answer.status, answer.body if answer.status == 200 else None)

    def now(path, what, *wanted):
        got = [get(path) for _ in range(2)]
        case(f"{path.relative_to(root)}: {what}", got == [wanted] * 2, got)

    def times(path):
        return (path.stat().st_atime_ns, path.stat().st_mtime_ns)

    for path in (top / "file", top / "a" / "file", top / "a" / "b" / "file"):
        served(path)
        then = times(path)
        path.write_bytes(b"different")
        os.utime(path, ns=then)
        now(path, "written, with its old times", 200, b"different")
        served(path)
        then = times(path)
        (root / "next").write_bytes(b"different")
        os.utime(root / "next", ns=then)
        (root / "next").rename(path)
        now(path, "replaced, with the old times", 200, b"different")
        served(path)
        path.unlink()
        path.symlink_to(outside / "file")
        now(path, "a link that leads outside", 404, None)
        served(path)
        path.rename(outside / "moved")
        path.symlink_to(os.path.relpath(outside / "moved", path.parent))
        now(path, "moved outside, with a link to it", 404, None)
        path.unlink()
        path.hardlink_to(outside / "moved")
        now(path, "there again", 200, body)
        path.unlink()
        (path.parent / "other").hardlink_to(outside / "moved")
        path.symlink_to("other")
        now(path, "a link that stays inside", 200, body)
        served(path)
        path.unlink()
        path.mkdir()
        now(path, "a folder", 301, None)
        served(path)
        path.unlink()
        os.mkfifo(path)
        now(path, "a FIFO", 404, None)
        served(path)
        path.unlink()
        now(path, "gone", 404, None)
        if os.geteuid() != 0:
            served(path)
            path.chmod(0)
            now(path, "no longer readable", 403, None)
            served(path)
            path.parent.chmod(0)
            now(path, "in a folder that is closed", 403, None)
            path.parent.chmod(0o755)
        for folder in path.relative_to(root).parents[:-1]:
            served(path)
            (root / folder).rename(outside / "folder")
            (root / folder).symlink_to(outside / "folder")
            now(path, f"{folder} moved outside, with a link to it", 404, None)
            (root / folder).unlink()
            (root / folder).symlink_to(os.path.relpath(outside / "folder", (root / folder).parent))
            now(path, f"{folder} moved outside, with a relative link to it", 404, None)
            (root / folder).unlink()
            (outside / "folder").rename(root / "inside")
            (root / folder).symlink_to(os.path.relpath(root / "inside", (root / folder).parent))
            now(path, f"{folder} moved, with a link to it", 200, body)
            (root / folder).unlink()
            shutil.rmtree(root / "inside")


def spellings(server, root):
    """A file that is asked for by several paths, and a folder whose index.html goes."""
    folder = root / "spelt"
    folder.mkdir()
    paths = ("/spelt/index.html", "/spelt/", "//spelt/./index.html", "/spelt/%69ndex.html?a=b", "/spelt/?c", "/spelt")

    def ask_all(what, *wanted):
        got = [(answer.status, answer.body if answer.status == 200 else None)
               for answer in (curl(server, path) for path in paths * 2)]
        case(f"however it is spelt, {what}", got == [*wanted] * 2, got)

    for text in (b"one", b"two, longer"):
        (folder / "index.html").write_bytes(text)
        time.sleep(0.1)  # what has just changed is not remembered
        ask_all(f"the file that says {text.decode()}", *[(200, text)] * 5, (301, None))
    (folder / "index.html").unlink()
    case("and when it is gone, the folder's list", [curl(server, path).status for path in paths] == [404, 200, 404, 404, 200, 301])
    (folder / "other").write_bytes(b"other")
    time.sleep(0.1)
    many = [f"/{'./' * i}spelt/other" for i in (0, 1, 2, 500, 511, 600)]  # some too long to be noted
    got = {curl(server, path).body for path in many * 2}
    case("one file by many paths", got == {b"other"}, got)


def build_tree(root):
    (root / "data.txt").write_bytes(BODY)
    os.utime(root / "data.txt", (MODIFIED, MODIFIED))
    (root / "empty").write_bytes(b"")
    (root / "types" / "sub").mkdir(parents=True)
    for name in ("a.html", "a.JPG", ".html"):
        (root / "types" / name).write_bytes(b"x")
    (root / "types" / '<b>&".html').write_bytes(b"odd")
    (root / "indexed").mkdir()
    (root / "indexed" / "index.html").write_bytes(b"index")
    (root / "unreadable").write_bytes(b"x")
    (root / "unreadable").chmod(0)
    os.mkfifo(root / "fifo")


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        build_tree(root)
        with rawh2.Server(root) as server:
            idle = server.descriptors()
            fields(server)
            ranges(server)
            conditions(server)
            folders(server)
            errors(server)
            changes(server, root)
            looked_at_again(server, root)
            spellings(server, root)
            shared(server, root, idle)
            windows(server, root)
            held(server, root)
            held_and_changed(server, root)
            held_in_part(server, root)
            held_at_most(server, root)
            case("no file stays open", rawh2.wait_until(lambda: server.descriptors() <= idle), server.descriptors() - idle)
    rawh2.finish()


if __name__ == "__main__":
    main()
