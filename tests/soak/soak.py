"""One soak: servers, clients, attackers, samples, verdicts. Started by scripts/soak and by the test of it."""

import os
import random
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import hostile
import honest
import rawh2
import report
import watch
from tally import Tally

SETTLES = 20  # seconds that a server has to let go of all descriptors
NAMES = ("one worker", "two workers")


def limits(seconds):
    """The servers' time-outs: short enough for each to strike more than once."""
    return {"handshake": 5, "stall": 8, "idle": 20} if seconds < 300 else {"handshake": 10, "stall": 20, "idle": 45}


def start(root, seconds):
    times = [text for name, value in limits(seconds).items() for text in (f"--{name}-timeout", str(value))]
    servers = [rawh2.Server(root, "--workers", str(workers), *times) for workers in (1, 2)]
    for server in servers:
        server.root = root
    return servers


def clients(servers, tally, stop, options):
    """The threads of all who speak to the servers."""
    out = []

    def add(function, *rest):
        out.append(threading.Thread(target=function, args=rest, daemon=True))

    for number, server in enumerate(servers):
        rng = [random.Random(1000 * number + i) for i in range(40)]
        for i, (kind, pause) in enumerate(honest.KINDS):
            add(honest.go_on, kind, pause * options.pace, server, rng[i], tally, stop)
        add(hostile.floods, server, rng[20], tally, stop, 0.5 * options.pace)
        add(hostile.strokes, server, rng[21], tally, stop, 0.3 * options.pace)
        for i in range(6):
            add(hostile.holders, hostile.HOLDERS[i::6], server, rng[22 + i], limits(options.seconds), tally, stop)
    return out


def look(servers, seen, began, tally):
    """One sample of each server and of what has been counted."""
    now = time.monotonic() - began
    good, bad, attacks = tally.sums()
    for samples, server in zip(seen, servers):
        samples.append({"seconds": round(now, 2), "honest": good, "failed": bad, "attacks": attacks,
                        **watch.sample(server.process.pid)})


def run(servers, tally, options):
    """The samples of each server, and its state after everybody has left."""
    before = [watch.sample(server.process.pid) for server in servers]
    seen, stop, began = [[] for _ in servers], threading.Event(), time.monotonic()
    threads = clients(servers, tally, stop, options)
    for thread in threads:
        thread.start()
    number = 0
    while time.monotonic() - began < options.seconds and all(server.process.poll() is None for server in servers):
        number += 1
        time.sleep(max(0.0, began + number * options.sample - time.monotonic()))
        look(servers, seen, began, tally)
    stop.set()
    for thread in threads:
        thread.join(120)
    late = sum(thread.is_alive() for thread in threads)
    after = [watch.settled(server.process.pid, state["descriptors"], SETTLES) for server, state in zip(servers, before)]
    return before, seen, after, late


def end(server):
    """Exit code and what was said on standard error."""
    try:
        code = server.stop(60)
    except Exception:  # it does not end
        server.process.kill()
        code = "none within a minute"
    server.log.seek(0)
    return code, server.log.read().decode(errors="replace")


def judge(before, seen, after, late, ends, tally):
    good, bad, attacks = tally.sums()
    out = [(f"{good:,} honest requests answered, {bad:,} not", good > 0 and bad == 0, "\n".join(tally.reasons)),
           (f"{attacks:,} attacks, {sum(tally.unexpected.values())} of them not ended as they should",
            attacks > 0 and not tally.unexpected, "\n".join(tally.reasons)),
           ("every client came to its end", late == 0, f"{late} threads hang")]
    for name, *figures, (code, said) in zip(NAMES, before, seen, after, ends):
        out += watch.verdicts(name, *figures, code, said, rawh2.SANITIZED)
    return out


def version():
    said = subprocess.run(["git", "-C", str(rawh2.SOURCE), "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout.strip()
    return said or "no commit"


def main(options):
    rawh2.need_command()
    tally, clock = Tally(), os.times()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, octets in honest.FILES.items():
            (root / name).write_bytes(octets)
        servers = start(root, options.seconds)
        try:
            before, seen, after, late = run(servers, tally, options)
            ends = [end(server) for server in servers]
        finally:
            for server in servers:
                server.process.kill()
    used = sum(os.times()[:4]) - sum(clock[:4])
    verdicts = judge(before, seen, after, late, ends, tally)
    for what, good, detail in verdicts:
        rawh2.case(what, good, detail.replace("\n", "\n#   "))
    record = {"version": version(), "seconds": options.seconds, "names": NAMES, "before": before, "samples": seen, "after": after,
              "clients_cpu": used, "honest": tally.good, "failed": tally.bad, "attacks": tally.attacks,
              "limits": limits(options.seconds), "verdicts": [(what, good) for what, good, _ in verdicts]}
    print(report.summary(record))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "soak.md").write_text(report.page(record))
        (options.out / "soak.svg").write_text(report.plot(record))
    return 0 if all(good for _, good, _ in verdicts) else 1
