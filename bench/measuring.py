"""Runs the measuring program: times, and instructions by callgrind."""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
OUT = SOURCE / "docs" / "benchmarks"
PEERS = ("libh2", "nghttp2")
LONGEST = 300  # seconds that any one run may take


def measure(program, work, peer, *numbers, under=()):
    command = [*under, program, work, peer, *map(str, numbers)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LONGEST)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))}: {done.stderr}")
    return json.loads(done.stdout), done.stderr


def instructions(program, work, peer, *numbers, profile="/dev/null"):
    """Instructions for one unit of work."""
    result, log = measure(program, work, peer, *numbers,
                          under=("valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={profile}"))
    return int(re.search(r"Collected : (\d+)", log).group(1)) / result["units"]


def time_rounds(program, work, rounds, *numbers):
    """peer -> results of every round; the peers take turns in going first."""
    results = {peer: [] for peer in PEERS}
    for i in range(rounds):
        for peer in PEERS if i % 2 else reversed(PEERS):
            results[peer].append(measure(program, work, peer, *numbers)[0])
    return results


def ratios(rounds):
    """Median, lowest and highest of how many times as long libnghttp2 takes."""
    found = [b["ns"] / a["ns"] for a, b in zip(rounds["libh2"], rounds["nghttp2"])]
    return {"ratio": statistics.median(found), "ratio_low": min(found), "ratio_high": max(found)}


def top_functions(program, work, count, shown=15):
    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "out")
        total = instructions(program, work, "libh2", count, profile=profile)
        text = subprocess.run(["callgrind_annotate", profile], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, timeout=LONGEST).stdout
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+\S*:(\S+)", line)
        if match:
            found.append((match.group(2), int(match.group(1).replace(",", "")) / count))
    return total, found[:shown]


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "-C", SOURCE, "describe", "--always", "--dirty"], stdout=subprocess.PIPE, text=True)
    compiler = subprocess.run(["cc", "--version"], stdout=subprocess.PIPE, text=True).stdout.splitlines()[0]
    return {"processor": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "system": platform.release(), "compiler": compiler, "commit": commit.stdout.strip()}


def machine_text(info):
    return f"{info['processor']}, {info['cores']} cores, Linux {info['system']}, {info['compiler']}"


def notes(name):
    """bench/NAME by its `##` headings: heading -> text."""
    parts = (SOURCE / "bench" / name).read_text().split("\n## ")
    found = {"": parts[0].strip()}
    for part in parts[1:]:
        heading, _, rest = part.partition("\n")
        found[heading.strip()] = rest.strip()
    return found


def whole(number):
    return "-" if number is None else f"{number:,.0f}"
