#!/usr/bin/python3
"""Random conversations with Python's h2 4.4.1 and with ours, side by side: events, octets, exceptions and attributes.

    test_differential.py [--oracle FOLDER] [--steps N] [--seed N] [--one] [--least N]

With h2 4.1 (Debian's), only that is done which has not changed since then; --least is for 4.4.1.
The oracle is the h2 that FOLDER (or H2_ORACLE, or the installation) has. Each conversation has a seed of its own, which a
difference names; --seed N --one acts out that one and prints its steps.
"""
import argparse
import os
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "scripts")]

from differential import modules  # noqa: E402

SKIPPED = 77


def conversation(theirs, ours, seed, tally, verbose=False):
    """One of them; a difference comes back as text."""
    from differential import machines, walk

    rng = random.Random(seed)
    if seed % 4 == 3:
        return machines.alone(theirs, ours, rng, tally)
    tally.conversations += 1
    one = walk.Walk(theirs, ours, rng, tally, verbose)
    try:
        one.run()
    except walk.Ended:
        return None
    except walk.Difference as difference:
        return str(difference)
    return None


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", default=os.environ.get("H2_ORACLE"), help="the folder that has Python's h2")
    parser.add_argument("--steps", type=int, default=30_000, help="steps to take while both connections are open")
    parser.add_argument("--seed", type=int, default=1, help="of the first conversation")
    parser.add_argument("--one", action="store_true", help="this conversation alone, step by step")
    parser.add_argument("--least", type=int, default=0, help="how often each cell, call, event, exception and row has to be met")
    parser.add_argument("--most", type=int, default=10, help="end after so many differences")
    return parser.parse_args()


def main():
    chosen = options()
    modules.sanitized()
    theirs, ours = modules.load_both(chosen.oracle)
    if theirs is None or theirs.version < "4.1":
        print(f"skipped: no h2 4.1 or later to compare with (found: {theirs and theirs.version}); --oracle FOLDER names one")
        return SKIPPED
    from differential.machines import Recorder
    from differential.tally import Tally

    Recorder.install(theirs)
    tally = Tally(theirs)
    started = time.monotonic()
    seed, differences = chosen.seed, 0
    while chosen.one or tally.open_steps < chosen.steps:
        difference = conversation(theirs, ours, seed, tally, chosen.one)
        if difference is not None:
            differences += 1
            print(f"seed {seed}: {difference}", flush=True)
        seed += 1
        if chosen.one or differences >= chosen.most:
            break
    if not chosen.one:
        print(*tally.lines(), sep="\n")
    unnamed = tally.known.unnamed((modules.SOURCE / "PORTING.md").read_text())
    for name in unnamed:
        print(f"PORTING.md has no row for: {name}")
    missed = tally.missed(chosen.least) if theirs.version >= "4.4" else []
    for line in missed:
        print(f"met less than {chosen.least} times: {line}")
    print(f"h2 {theirs.version}, seeds {chosen.seed} to {seed - 1}: {tally.open_steps} steps, {differences} differences, "
          f"{time.monotonic() - started:.0f} s")
    return 1 if differences or missed or unnamed else 0


if __name__ == "__main__":
    sys.exit(main())
