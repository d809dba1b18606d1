"""How costs grow: one number of the work goes up, all else stays. A table and a plot for each, and what bends them
(notes-scaling.md)."""

import json
import statistics

import measuring
import plots
from measuring import PEERS, whole

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
POWERS = [1, 10, 100, 1000, 10000]
LISTS = [5, 10, 20, 50, 100, 200, 500]
SIZES = [0, 1, KIB, 16 * KIB, MIB, 100 * MIB, GIB]
GROWN = ("streams that wait", "requests at once", "connections open at once", "connections", "fields in a list")
FRAMES = [256, KIB, 4 * KIB, 16 * KIB]
STORIES = ["browser", "site", "API", "API reply", "gRPC", "gRPC reply"]


def at_least(units):
    return lambda n: max(n, units)


def lists(fields):
    return lambda n: max(fields // n, 20)


def bodies(octets, most):
    return lambda n: max(1, min(most, octets // max(n, 1)))


# work, what it is, what grows, a unit, the places, units when timed, units under callgrind, whether memory is told
SCALES = [
    ("streams-held", "A request answered while other streams wait for their response", "streams that wait", "request",
     POWERS, lambda n: 5000, lambda n: 1000, False),
    ("streams-burst", "Requests made at once and answered at once, client and server", "requests at once", "request",
     POWERS, at_least(10000), at_least(1000), False),
    ("connections-opened", "A server's connection opened, told preface and SETTINGS, closed", "connections open at once",
     "connection", POWERS, at_least(10000), at_least(1000), True),
    ("connections-served", "Requests on connections in turn", "connections", "request",
     POWERS, lambda n: max(20000, 4 * n), lambda n: max(1000, n), True),
    ("bodies", "A response's body, borrowed by the server, looked at in place by the client", "octets", "body",
     SIZES, bodies(4 * GIB, 10000), bodies(32 * MIB, 500), True),
    ("frames-copied", "DATA sent, copied once, window 1 MiB", "octets in a frame", "frame",
     FRAMES, lambda n: 40960, lambda n: 8192, False),
    ("frames-borrowed", "DATA sent, borrowed, window 1 MiB", "octets in a frame", "frame",
     FRAMES, lambda n: 163840, lambda n: 8192, False),
    ("stories", "HPACK decode, Huffman-coded, by story", "story", "field",
     list(range(len(STORIES))), lambda n: 200000, lambda n: 4000, False),
    ("fields-received", "Requests received: fields decoded and judged", "fields in a list", "field",
     LISTS, lists(100000), lists(8000), False),
    ("fields-sent", "Requests sent: fields judged and encoded", "fields in a list", "field",
     LISTS, lists(100000), lists(8000), False),
]


def place(n, work=None):
    if work == "stories":
        return STORIES[n]
    for size, unit in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if n >= size and n % size == 0:
            return f"{n // size} {unit}"
    return f"{n:,}"


def run(program, rounds, say):
    results = {}
    for work, _, _, _, places, timed, counted, _ in SCALES:
        results[work] = []
        for n in places:
            seen = measuring.time_rounds(program, work, rounds, n, timed(n))
            row = {"n": n, **measuring.ratios(seen)}
            for peer in PEERS:
                row[peer] = {"ns": statistics.median(r["ns"] for r in seen[peer]), "memory": seen[peer][-1]["memory"],
                             "allocations": seen[peer][-1]["allocations"],
                             "instructions": round(measuring.instructions(program, work, peer, n, counted(n)), 1)}
            results[work].append(row)
        say(work)
    return results


def series(rows, key, scale=1):
    return {peer: [row[peer][key] / scale for row in rows] for peer in PEERS}


def plot(work, text, grows, unit, rows, with_memory):
    shown = [(f"instructions a {unit}", series(rows, "instructions")), (f"nanoseconds a {unit}", series(rows, "ns"))]
    if with_memory:
        shown.append(("KiB held" + ("" if work == "bodies" else f" a connection"), series(rows, "memory", 1024)))
    return plots.panels(text, grows, [place(row["n"], work) for row in rows], shown, logarithmic=(0, 1) if work == "bodies" else ())


def table(work, grows, unit, rows, with_memory):
    memory = " octets held libh2 / nghttp2 |" if with_memory else ""
    lines = [f"| {grows} | instructions a {unit}, libh2 / nghttp2 | ratio | ns a {unit} | "
             f"ratio in time (lowest to highest) |{memory}", "|---|---|---|---|---|" + ("---|" if with_memory else "")]
    for row in rows:
        a, b = (row[peer] for peer in PEERS)
        line = (f"| {place(row['n'], work)} | {whole(a['instructions'])} / {whole(b['instructions'])} | "
                f"{b['instructions'] / a['instructions']:.2f} | {whole(a['ns'])} / {whole(b['ns'])} | "
                f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f}) |")
        lines.append(line + (f" {a['memory']:,} / {b['memory']:,} |" if with_memory else ""))
    return lines


def each_frame(rows):
    """What every further 16 KiB of a long body costs, from the two longest."""
    first, last = rows[-2], rows[-1]
    frames = (last["n"] - first["n"]) / 16384
    costs = [[(last[peer][key] - first[peer][key]) / frames for peer in PEERS] for key in ("instructions", "ns")]
    return [f"Each further 16 KiB costs {costs[0][0]:,.0f} instructions and {costs[1][0]:,.0f} ns, libnghttp2 "
            f"{costs[0][1]:,.0f} and {costs[1][1]:,.0f} ns; of that libh2 makes "
            f"{last['libh2']['allocations'] / (last['n'] / 16384):.2f} allocations, libnghttp2 "
            f"{last['nghttp2']['allocations'] / (last['n'] / 16384):.2f}.", ""]


def growth(results):
    """How far each curve of libh2 is from flat."""
    lines = ["| what | from | to | instructions | time | held |", "|---|---|---|---|---|---|"]
    for work, text, grows, unit, _, _, _, with_memory in SCALES:
        if grows not in GROWN:
            continue
        rows = results[work]
        first, last = rows[0]["libh2"], rows[-1]["libh2"]
        lines.append(f"| [{text}](#{work}), a {unit} | {place(rows[0]['n'])} | {place(rows[-1]['n'])} {grows} | "
                     f"{whole(first['instructions'])} to {whole(last['instructions'])} | "
                     f"{whole(first['ns'])} to {whole(last['ns'])} ns | "
                     + (f"{first['memory']:,} to {last['memory']:,} |" if with_memory else "|"))
    return lines


def write(out, results):
    """Scaling.md and its plots from what `run` returned, the machine and the versions with it."""
    (out / "scaling").mkdir(exist_ok=True)
    notes = measuring.notes("notes-scaling.md")
    info = results["machine"]
    text = ["# How costs grow", "",
            f"libh2 {results['versions']['libh2']} ({info['commit']}) beside libnghttp2 {results['versions']['nghttp2']}, "
            f"{results['rounds']} rounds; {measuring.machine_text(info)}. `make bench` writes this page.", "",
            notes[""], "", *growth(results["scaling"]), ""]
    for work, what, grows, unit, _, _, _, with_memory in SCALES:
        rows = results["scaling"][work]
        (out / "scaling" / f"{work}.svg").write_text(plot(work, what, grows, unit, rows, with_memory))
        text += [f'<a name="{work}"></a>', "", f"## {what}", "", *table(work, grows, unit, rows, with_memory), "",
                 f"![{work}](scaling/{work}.svg)", ""]
        text += each_frame(rows) if work == "bodies" else []
        text += [notes[work], ""] if notes.get(work) else []
    (out / "scaling.md").write_text("\n".join(text).rstrip() + "\n")
    (out / "scaling.json").write_text(json.dumps(results, indent=1) + "\n")
