"""The pages below docs/benchmarks and the figures in README.md, all from the JSON files beside them."""

import json
import re

import measuring
import plots
from measuring import PEERS, SOURCE, whole

# work, what it is, the unit, the ratio in time that is aimed at, count under callgrind
TIMED = [
    ("serve", "server side of a request, one a read", "request", 4, 1000),
    ("serve-10", "server side of a request, ten a read", "request", 4, 1000),
    ("pair-1", "client and server, 1 stream", "request", 3.5, 1000),
    ("pair-10", "client and server, 10 streams", "request", 3.5, 1000),
    ("pair-100", "client and server, 100 streams", "request", 3.5, 1000),
    ("pair-1000", "client and server, 1,000 streams", "request", 3.5, 2000),
    ("hpack-decode", "HPACK decode, Huffman-coded stories", "field", 2.4, 4000),
    ("hpack-decode-cold", "HPACK decode, cold caches", "field", 2, 0),
    ("hpack-decode-raw", "HPACK decode, raw literals", "field", 5, 4000),
    ("hpack-encode", "HPACK encode, stories", "field", 2.5, 4000),
    ("huffman-decode", "literal of 27 octets, Huffman, decoded", "string", 2.2, 4000),
    ("huffman-encode", "literal of 27 octets, Huffman, encoded", "string", 2.5, 4000),
    ("ping", "PING answered", "frame", 8, 4000),
    ("settings", "SETTINGS answered", "frame", 8, 4000),
    ("window-update", "WINDOW_UPDATE", "frame", 8, 10000),
    ("unknown", "frame of unknown type", "frame", 8, 4000),
    ("data-copied-64k", "DATA of 16 KiB copied, window 64 KiB", "frame", 1.5, 400),
    ("data-copied-1m", "DATA of 16 KiB copied, window 1 MiB", "frame", 1.5, 640),
    ("data-borrowed-64k", "DATA of 16 KiB borrowed, window 64 KiB", "frame", 1.3, 400),
    ("data-borrowed-1m", "DATA of 16 KiB borrowed, window 1 MiB", "frame", 1.3, 640),
]
# work, what it is, octets aimed at, count
HELD = [
    ("memory-idle", "idle server connection", 1024, 1),
    ("memory-trimmed", "after 200 requests, idle again, trimmed", 4096, 1),
    ("memory-stream", "open stream with its request, of 1,000", 64, 1000),
    ("memory-connection", "resident, of 10,000 idle connections", 1100, 10000),
]
STREAMS = [1, 10, 100, 1000, 10000]
# What the targets were set by: instructions of libnghttp2 1.70 in another program with the same work.
REFERENCE = {"serve": 15700, "pair-1": 29500, "pair-10": 29500, "pair-100": 29500, "hpack-decode": 717, "hpack-encode": 805,
             "ping": 1221, "settings": 1566, "window-update": 350, "unknown": 278}
BEGIN, END = "<!-- figures: made by bench/run -->", "<!-- end of figures -->"


def table(results):
    lines = ["| work | ratio in time (lowest to highest) | target | instructions libh2 / nghttp2 | ratio |",
             "|---|---|---|---|---|"]
    for work, text, unit, target, _ in TIMED:
        row = results["timed"][work]
        ours, theirs = row["libh2"]["instructions"], row["nghttp2"]["instructions"]
        ratio = f"{theirs / ours:.2f}" if ours else "-"
        mark = "" if row["ratio"] >= target else " (missed)"
        lines.append(f"| {text}, per {unit} | {row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f}) | "
                     f"{target}{mark} | {whole(ours)} / {whole(theirs)} | {ratio} |")
    lines += ["", "| memory, octets | libh2 | nghttp2 | target |", "|---|---|---|---|"]
    for work, text, target, _ in HELD:
        ours, theirs = (results["held"][work][peer] for peer in PEERS)
        lines.append(f"| {text} | {ours:,} | {theirs:,} | {target:,}{'' if ours <= target else ' (missed)'} |")
    served, encoded = results["timed"]["serve"], results["timed"]["hpack-encode"]
    lines += ["", "| besides | libh2 | nghttp2 | target |", "|---|---|---|---|",
              f"| instructions, server side of a request | {whole(served['libh2']['instructions'])} | "
              f"{whole(served['nghttp2']['instructions'])} | "
              f"4,500{'' if served['libh2']['instructions'] <= 4500 else ' (missed)'} |",
              "| client and server, time of a request at 100 streams as a share of that at 1 | "
              + " | ".join(f"{results['timed']['pair-100'][p]['ns'] / results['timed']['pair-1'][p]['ns']:.0%}" for p in PEERS)
              + " | 100% |",
              f"| allocations per request, steady | {served['libh2']['allocations']:g} | "
              f"{served['nghttp2']['allocations']:g} | 0 |",
              f"| HPACK, octets of code per octet of story | {encoded['libh2']['compression']:.3f} | "
              f"{encoded['nghttp2']['compression']:.3f} | no more than nghttp2 |",
              f"| DATA copied, 64 KiB window, as a share of memcpy | "
              f"{results['memcpy'] / results['timed']['data-copied-64k']['libh2']['ns']:.0%} | "
              f"{results['memcpy'] / results['timed']['data-copied-64k']['nghttp2']['ns']:.0%} | 60% |"]
    return lines



def load(out, name):
    path = out / name
    return json.loads(path.read_text()) if path.exists() else None


def others(out):
    """What was measured of other versions of libnghttp2: version -> results."""
    found = [json.loads(path.read_text()) for path in sorted(out.glob("nghttp2-*.json"))]
    return {results["timed"]["serve"]["nghttp2"]["version"]: results for results in found}


def other_table(results, version, other):
    """Both versions beside each other, in instructions, which do not depend on when they were counted."""
    own = results["timed"]["serve"]["nghttp2"]["version"]
    lines = [f"## libnghttp2 {version}", "",
             f"Measured at {other['machine']['commit']} with `make bench NGHTTP2_PREFIX=DIR` "
             f"([all of it](nghttp2-{version}.md)).", "",
             f"| work | ratio in time | instructions of {own} | of {version} | libh2 | ratio | target |",
             "|---|---|---|---|---|---|---|"]
    for work, text, unit, target, _ in TIMED:
        row, before = other["timed"][work], results["timed"][work]
        ours, theirs = row["libh2"]["instructions"], row["nghttp2"]["instructions"]
        ratio = f"{theirs / ours:.2f}" if ours else "-"
        mark = "" if row["ratio"] >= target else " (missed)"
        lines.append(f"| {text}, per {unit} | {row['ratio']:.2f} | {whole(before['nghttp2']['instructions'])} | "
                     f"{whole(theirs)} | {whole(ours)} | {ratio} | {target}{mark} |")
    return lines


def heading(results):
    timed, info = results["timed"], results["machine"]
    return (f"libh2 {timed['serve']['libh2']['version']} ({info['commit']}) beside libnghttp2 "
            f"{timed['serve']['nghttp2']['version']}, {results['rounds']} rounds. {measuring.machine_text(info)}.")


def other_page(results):
    version = results["timed"]["serve"]["nghttp2"]["version"]
    text = [f"# Measurements with libnghttp2 {version}", "",
            heading(results) + " `make bench NGHTTP2_PREFIX=DIR` writes this page when `DIR` holds that version: its sources, "
            "configured for the library alone and a release build, installed below `DIR`.", "",
            *table(results), "", "## Against the figures that the targets were set by", "",
            "| work | instructions of libnghttp2 1.70 there | here | difference |", "|---|---|---|---|"]
    for work, what, unit, _, _ in TIMED:
        if work in REFERENCE:
            there, here = REFERENCE[work], results["timed"][work]["nghttp2"]["instructions"]
            far = " (beyond 10 %)" if abs(here / there - 1) > 0.1 else ""
            text.append(f"| {what}, per {unit} | {there:,} | {here:,.0f} | {here / there - 1:+.1%}{far} |")
    text += ["", (SOURCE / "bench" / "notes-reference.md").read_text().rstrip()]
    return "\n".join(text) + "\n"


def profile(results):
    total, functions = results["profile"]["instructions"], results["profile"]["functions"]
    text = [f"## Where the time goes: server side of a request, {total:,.0f} instructions", "",
            "| function | instructions a request |", "|---|---|"]
    return text + [f"| `{name}` | {cost:,.0f} |" for name, cost in functions]


def main_page(results, out):
    text = ["# Measurements", "", heading(results) + " `make bench` writes this page.", "",
            "[How costs grow](scaling.md) from one stream, connection, octet and field to many. "
            "[Servers](server.md) under h2load. [Python](python.md).", "", *table(results), "",
            "![requests](requests.svg)", "", "![memory](memory.svg)", "", "![ratios](ratios.svg)", "", *profile(results), "",
            (SOURCE / "bench" / "notes.md").read_text().rstrip()]
    for version, other in others(out).items():
        text += ["", *other_table(results, version, other)]
    return "\n".join(text) + "\n"


def draw(results, out):
    timed, held = results["timed"], results["streams"]
    counts = [1, 10, 100, 1000]
    (out / "requests.svg").write_text(plots.lines(
        "Requests per second in memory, client and server on one core", "streams at once",
        counts, {p: [1e9 / timed[f"pair-{n}"][p]["ns"] for n in counts] for p in PEERS}))
    (out / "memory.svg").write_text(plots.lines(
        "Octets held for one open stream with its request", "open streams", STREAMS, {p: held[p] for p in PEERS}))
    (out / "ratios.svg").write_text(plots.bars(
        "Times as fast as libnghttp2 (dots: target)",
        [(text, timed[work]["ratio"], target) for work, text, _, target, _ in TIMED]))


# README.md

def headline(results, servers):
    timed, held, info = results["timed"], results["held"], results["machine"]

    def fast(work):
        return f"{timed[work]['ratio']:.1f}"

    peer = f"libnghttp2 {timed['serve']['nghttp2']['version']}"
    lines = [f"Beside {peer}, the same work in the same program, on one core of an {info['processor']}, commit "
             f"{info['commit']}; every rule and every bound on:", "",
             f"| | libh2 | {peer} |", "|---|---|---|",
             f"| server side of a request, ten fields in, eight and 1 KB out | {fast('serve')} times as fast, "
             f"{whole(timed['serve']['libh2']['instructions'])} instructions, {timed['serve']['libh2']['allocations']:.0f} "
             f"allocations | {whole(timed['serve']['nghttp2']['instructions'])} instructions, "
             f"{timed['serve']['nghttp2']['allocations']:.0f} allocations |",
             f"| HPACK, Huffman-coded fields decoded; fields encoded | {fast('hpack-decode')}; {fast('hpack-encode')} times as "
             f"fast, to {timed['hpack-encode']['libh2']['compression']:.3f} of their size | "
             f"to {timed['hpack-encode']['nghttp2']['compression']:.3f} |",
             f"| idle server connection | {held['memory-idle']['libh2']:,} octets | {held['memory-idle']['nghttp2']:,} octets |",
             f"| open stream with its request | {held['memory-stream']['libh2']:,} octets | "
             f"{held['memory-stream']['nghttp2']:,} octets |"]
    return "\n".join(lines + server_headline(servers))


def server_headline(servers):
    rows = {(row["server"], row["scheme"]): row for row in servers["files"] if row["file"] == "1k"} if servers else {}
    lines = []
    for scheme, name in (("http", "cleartext"), ("https", "TLS")):
        theirs = [row for (server, s), row in rows.items() if s == scheme and server not in ("libh2", "canned octets")]
        if ("libh2", scheme) not in rows or not theirs:
            continue
        best = min(theirs, key=lambda row: row["microseconds"])
        lines.append(f"| `h2 serve`, 1 KB file, {name}, processor time a request | {rows['libh2', scheme]['microseconds']:.2f} µs | "
                     f"{best['microseconds']:.2f} µs ({best['server']}, the best of {len(theirs)} servers) |")
    return lines


def readme(out):
    """README.md as its figures should be, and as it is."""
    now = (SOURCE / "README.md").read_text()
    results = load(out, "results.json")
    made = f"{BEGIN}\n{headline(results, load(out, 'server.json'))}\n{END}"
    return re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: made, now, flags=re.S), now


def write_readme(out):
    (SOURCE / "README.md").write_text(readme(out)[0])
