"""What the clients of a soak count. Shared by their threads."""

import collections
import threading

KEPT = 40  # reasons; the rest is only counted


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.good, self.bad = collections.Counter(), collections.Counter()
        self.attacks, self.unexpected = collections.Counter(), collections.Counter()
        self.reasons = []

    def honest(self, kind, requests):
        with self.lock:
            self.good[kind] += requests

    def honest_failed(self, kind, why):
        with self.lock:
            self.bad[kind] += 1
            self.remember(f"honest, {kind}: {why}")

    def attack(self, kind, as_expected=True, why=""):
        with self.lock:
            self.attacks[kind] += 1
            if not as_expected:
                self.unexpected[kind] += 1
                self.remember(f"attack, {kind}: {why}")

    def remember(self, reason):
        if len(self.reasons) < KEPT:
            self.reasons.append(reason)

    def sums(self):
        with self.lock:
            return sum(self.good.values()), sum(self.bad.values()), sum(self.attacks.values())
