"""Attacks on a running `h2 serve`, with an honest client beside them that must be answered all the while."""

import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import attacks  # noqa: E402
import rawh2  # noqa: E402
from rawh2 import case  # noqa: E402

BODY = b"x" * 20_000


class Honest(threading.Thread):
    """A client that asks again and again, on one connection and on new ones, until it is told to stop."""

    def __init__(self, server):
        super().__init__()
        self.server, self.going_on = server, True
        self.answered, self.slowest, self.wrong = 0, 0.0, None

    def ask(self, peer):
        began = time.monotonic()
        answer = peer.response(peer.request(b"/file"))
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer != (200, BODY):
            raise AssertionError(f"answered {answer[0]} with {len(answer[1])} octets")
        self.answered += 1

    def run(self):
        try:
            kept = rawh2.Peer(self.server)
            while self.going_on:
                self.ask(kept)
                new = rawh2.Peer(self.server)
                self.ask(new)
                new.close()
                time.sleep(0.002)
            kept.close()
        except Exception as wrong:  # whatever it is, the test tells
            self.wrong = wrong


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as root:
        (Path(root) / "file").write_bytes(BODY)
        with rawh2.Server(root) as server:
            honest = Honest(server)
            honest.start()
            for row in attacks.ATTACKS:
                before = honest.answered
                got = attacks.attack(server, row[2], row[3])
                rawh2.wait_until(lambda: honest.answered > before or honest.wrong, 20)
                case(f"{row[0]} {row[1]}: {got[0] if got else 'no GOAWAY'} {got[1].decode() if got else ''}",
                     attacks.as_expected(row, got) and honest.answered > before, (got, honest.wrong))
            honest.going_on = False
            honest.join(30)
            case(f"the honest client was answered {honest.answered} times", honest.wrong is None,
                 honest.wrong)
            print(f"# the slowest answer took {honest.slowest:.3f} s")
            resident = server.resident()
            case(f"resident memory is {resident} KiB", rawh2.SANITIZED or resident < 64 * 1024)
            case("no connection is left", rawh2.wait_until(lambda: server.sockets() <= 16, 10), server.sockets())
    rawh2.finish()


main()
