"""Looks at a server's process: a sample every few seconds, and what the samples of a soak must show."""

import os
import re
import time
from pathlib import Path

MIB = 1024 * 1024
TICK = os.sysconf("SC_CLK_TCK")


def sample(process):
    """Resident octets, descriptors, threads and seconds of processor time; zeros when the process has ended."""
    folder = Path(f"/proc/{process}")
    try:
        status = (folder / "status").read_text()
        fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        descriptors = len(os.listdir(folder / "fd"))
    except OSError:
        status = ""
    if "VmRSS" not in status:
        return dict.fromkeys(("resident", "threads", "descriptors", "cpu"), 0)
    return {"resident": int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024,
            "threads": int(re.search(r"Threads:\s+(\d+)", status).group(1)),
            "descriptors": descriptors,
            "cpu": (int(fields[11]) + int(fields[12])) / TICK}


def settled(process, descriptors, seconds):
    """The last sample, once the descriptors are as few as they were or the time is over."""
    end = time.monotonic() + seconds
    while (seen := sample(process))["descriptors"] > descriptors and time.monotonic() < end:
        time.sleep(0.2)
    return seen


def slope(points):
    """How far the line of least squares through (x, y) rises from the first x to the last."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    return rise * (points[-1][0] - points[0][0])


RULE = ("Memory is flat when, leaving the first third of the time aside, the highest sample is at most a quarter and 4 MiB "
        "above the highest of the first third, and the line of least squares rises by at most a tenth of the mean and 2 MiB.")


def memory(samples):
    """Verdict and figures of (seconds, resident octets)."""
    first = samples[0][0] + (samples[-1][0] - samples[0][0]) / 3
    early = [y for x, y in samples if x < first]
    late = [(x, y) for x, y in samples if x >= first]
    if len(early) < 2 or len(late) < 4:
        return False, "too few samples"
    mean = sum(y for _, y in late) / len(late)
    highest, rise = max(y for _, y in late), slope(late)
    good = highest <= max(early) * 1.25 + 4 * MIB and rise <= mean * 0.1 + 2 * MIB
    return good, (f"at most {highest / MIB:.1f} MiB after {max(early) / MIB:.1f} MiB in the first third, "
                  f"rising by {rise / MIB:+.2f} MiB")


def verdicts(name, start, samples, end, code, complaints, sanitized):
    """(what, good, detail) for one server: what it held at its start, while it ran and after all had left."""
    resident = [(s["seconds"], s["resident"]) for s in samples]
    good, said = memory(resident)
    out = [] if sanitized else [(f"{name}: resident memory is flat: {said}", good, "")]
    out += [(f"{name}: {start['descriptors']} descriptors before, {end['descriptors']} after, "
             f"{max(s['descriptors'] for s in samples)} at most", end["descriptors"] <= start["descriptors"], ""),
            (f"{name}: {start['threads']} threads all the time",
             {s["threads"] for s in [*samples, end]} == {start["threads"]}, ""),
            (f"{name}: ends with 0 after SIGTERM", code == 0, f"code {code}"),
            (f"{name}: has nothing to complain about", not re.search("Sanitizer|runtime error|Assert", complaints),
             complaints[-4000:])]
    return out
