"""`h2 serve --workers`: connections are spread over the threads, each is served whole, and all of them end together."""

import os
import re
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import case  # noqa: E402

WORKERS, CONNECTIONS, REQUESTS = 3, 12, 20
BODY = b"0123456789abcdef" * 2048

# ThreadSanitizer does not see openat and openat2, so it takes the next use of a descriptor's number for a race.
SUPPRESSED = "race:file_new\nrace:file_cache_find\nrace:file_release\n"


def watched(server):
    """How many sockets each event loop watches."""
    process = Path(f"/proc/{server.process.pid}")
    sockets = {link.name for link in (process / "fd").iterdir() if os.readlink(link).startswith("socket:")}
    loops = [link.name for link in (process / "fd").iterdir() if "eventpoll" in os.readlink(link)]
    found = (re.findall(r"tfd:\s+(\d+)", (process / "fdinfo" / loop).read_text()) for loop in loops)
    return [sum(fd in sockets for fd in watching) for watching in found]


def converse(peer, right):
    for _ in range(REQUESTS):
        right.append(peer.response(peer.request(b"/file")) == (200, BODY))


def spread(server, tls):
    name, right = "TLS" if tls else "cleartext", []
    peers = [rawh2.Peer(server, tls) for _ in range(CONNECTIONS)]
    threads = [threading.Thread(target=converse, args=(peer, right)) for peer in peers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    case(f"{name}: {CONNECTIONS} connections on {WORKERS} workers", right == [True] * (CONNECTIONS * REQUESTS),
         f"{right.count(True)} right answers of {len(right)}")
    loops = watched(server)
    case(f"{name}: every worker has its share", len(loops) == WORKERS and min(loops) >= CONNECTIONS // WORKERS, loops)
    for peer in peers:
        peer.close()


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as root:
        Path(root, "file").write_bytes(BODY)
        with tempfile.NamedTemporaryFile("w", suffix=".supp") as suppressions:
            suppressions.write(SUPPRESSED)
            suppressions.flush()
            options = os.environ.get("TSAN_OPTIONS", "")
            os.environ["TSAN_OPTIONS"] = f"{options}:suppressions={suppressions.name}"
            with rawh2.Server(root, "--workers", str(WORKERS)) as server:
                spread(server, False)
                spread(server, True)
    rawh2.finish()


if __name__ == "__main__":
    main()
