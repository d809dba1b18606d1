"""The page about servers, from what bench/server measured."""

import measuring
import plots

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
SIZES = [0, 1, KIB, 16 * KIB, MIB, 100 * MIB, GIB]
NAMES = {"http": "cleartext", "https": "TLS"}
CANNED = "canned octets"


def find(results, **wanted):
    return [row for row in results.get("files", []) if all(row[key] == value for key, value in wanted.items())]


def best_of_others(results, file, scheme):
    others = [row for row in find(results, file=file, scheme=scheme) if row["server"] not in ("libh2", CANNED)]
    return min(others, key=lambda row: row["microseconds"]) if others else None


def mark(good):
    return "reached" if good else "missed"


def verdicts(results):
    """What is aimed at, and what was seen."""
    lines = ["| what | seen | target | |", "|---|---|---|---|"]
    for file, scheme, target in (("1k", "http", 1.3), ("1k", "https", 1), ("1m", "http", 1), ("1m", "https", 1)):
        ours, best = find(results, server="libh2", file=file, scheme=scheme), best_of_others(results, file, scheme)
        if ours and best:
            ratio = best["microseconds"] / ours[0]["microseconds"]
            lines.append(f"| processor time a request, {file}, {NAMES[scheme]}, times better than the best other "
                         f"({best['server']}) | {ratio:.2f} | {target} | {mark(ratio >= target)} |")
    ours, canned = (find(results, server=name, file="1k", scheme="http") for name in ("libh2", CANNED))
    if ours and canned:
        share = ours[0]["rate"] / canned[0]["rate"]
        lines.append(f"| requests a second, 1k, cleartext, of the program that answers with canned octets | {share:.0%} | "
                     f"80% | {mark(share >= 0.8)} |")
    rows = results.get("idle", {}).get("http", {}).get("rows", [])
    if rows and rows[-1]["connections"] == 10000:
        held = rows[-1]["resident"] / 1e6
        lines.append(f"| resident with 10,000 idle connections, MB | {held:.1f} | 40 | {mark(held < 40)} |")
    return lines


def files_table(results):
    lines = ["| server | file | transport | requests a second | processor time a request, µs (lowest to highest) | "
             "core busy |", "|---|---|---|---|---|---|"]
    for row in results["files"]:
        lines.append(f"| {row['server']} | {row['file']} | {NAMES[row['scheme']]} | {row['rate']:,.0f} | "
                     f"{row['microseconds']:.2f} ({row['microseconds_low']:.2f} to {row['microseconds_high']:.2f}) | "
                     f"{row['busy']:.0%} |")
    left_out = [f"{name} ({why})" for name, why in results.get("skipped", {}).items()]
    return lines + (["", "Left out: " + "; ".join(left_out) + "."] if left_out else [])


def workers_table(results):
    lines = ["| workers | transport | requests a second | processor time a request, µs | cores busy |",
             "|---|---|---|---|---|"]
    for row in results["workers"]["rows"]:
        lines.append(f"| {row['workers']} | {NAMES[row['scheme']]} | {row['rate']:,.0f} | {row['microseconds']:.2f} | "
                     f"{row['busy']:.2f} |")
    return lines


def idle_table(results):
    lines = ["| connections | transport | resident | for each | processor time to accept one, µs |", "|---|---|---|---|---|"]
    for scheme, found in results["idle"].items():
        nothing = found["rows"][0]["resident"] if found["rows"] else 0
        for row in found["rows"]:
            count = row["connections"]
            each = f"{(row['resident'] - nothing) / count:,.0f}" if count >= 100 else "-"
            spent = f"{row['microseconds']:.0f}" if count >= 100 else "-"
            lines.append(f"| {count:,} | {NAMES[scheme]} | {row['resident'] / 1e6:.1f} MB | {each} | {spent} |")
    for scheme, found in results["idle"].items():
        if found.get("failed"):
            lines += ["", f"Over {NAMES[scheme]} it failed: {found['failed']}."]
        elif found.get("loaded"):
            lines += ["", f"With the {found['rows'][-1]['connections']:,} idle {NAMES[scheme]} connections held, ten others "
                      f"under load cost {found['loaded']['microseconds']:.2f} µs a request."]
    return lines


def size_name(n):
    for size, unit in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if n >= size:
            return f"{n // size} {unit}"
    return str(n)


def bodies_table(results):
    lines = ["| body | transport | seconds | processor time: server / client | most resident: server / client |",
             "|---|---|---|---|---|"]
    for row in results["bodies"]:
        lines.append(f"| {size_name(row['octets'])} | {NAMES[row['scheme']]} | {row['seconds']:.3f} | "
                     f"{row['server_seconds']:.2f} / {row['client_seconds']:.2f} s | "
                     f"{row['server_memory'] / 1e6:.1f} / {row['client_memory'] / 1e6:.1f} MB |")
    return lines


def draw(out, results):
    for file in ("1k", "1m"):
        names = list(dict.fromkeys(row["server"] for row in find(results, file=file) if row["server"] != CANNED))
        values = []
        for name in names:
            found = [find(results, server=name, file=file, scheme=scheme) for scheme in NAMES]
            values.append((name, [row[0]["microseconds"] if row else None for row in found]))
        if values:
            (out / f"server-{file}.svg").write_text(plots.grouped_bars(
                f"Server's processor time for a file of {file[:-1]} {'KB' if file == '1k' else 'MB'}, µs (less is better)",
                values, list(NAMES.values())))
    rows = results.get("idle", {}).get("http", {}).get("rows", [])[1:]
    if rows:
        (out / "server-idle.svg").write_text(plots.panels(
            "h2 serve with idle connections, cleartext", "connections", [f"{row['connections']:,}" for row in rows],
            [("resident, MB", {"libh2": [row["resident"] / 1e6 for row in rows]})]))
    rows = [row for row in results.get("bodies", []) if row["scheme"] == "http"]
    if rows:
        (out / "server-bodies.svg").write_text(plots.panels(
            "h2 serve and h2 get, one body, cleartext", "octets", [size_name(row["octets"]) for row in rows],
            [("seconds", {"both": [row["seconds"] for row in rows]}),
             ("most resident, MB", {"h2 serve": [row["server_memory"] / 1e6 for row in rows],
                                    "h2 get": [row["client_memory"] / 1e6 for row in rows]})], logarithmic=(0,)))


PARTS = [
    ("files", "Files under h2load", files_table, ["server-1k", "server-1m"]),
    ("workers", "Workers", workers_table, []),
    ("idle", "Idle connections", idle_table, ["server-idle"]),
    ("bodies", "Bodies through `h2 serve` and `h2 get`", bodies_table, ["server-bodies"]),
]


def write(out, results):
    draw(out, results)
    notes = measuring.notes("notes-server.md")
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    text = ["# Servers", "",
            f"libh2 at {results['machine']['commit']}; {versions}. {measuring.machine_text(results['machine'])}. "
            f"{results['rounds']} rounds of {results['seconds']} s. `make bench-server` writes this page.", "",
            *verdicts(results), "", notes[""], ""]
    for part, title, table, shown in PARTS:
        if results.get(part):
            text += [f"## {title}", "", *table(results), ""]
            text += [line for name in shown for line in (f"![{name}]({name}.svg)", "")]
            text += [notes[part], ""] if notes.get(part) else []
    (out / "server.md").write_text("\n".join(text).rstrip() + "\n")
