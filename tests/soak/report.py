"""The figures of a soak as text and as a picture."""

import plots
import watch

MIB = watch.MIB


def rates(samples, key):
    """Per second, between one sample and the next."""
    return [(b["seconds"], max(0.0, (b[key] - a[key]) / (b["seconds"] - a["seconds"]))) for a, b in zip(samples, samples[1:])]


def processor(samples):
    first, last = samples[0], samples[-1]
    return 100 * (last["cpu"] - first["cpu"]) / max(last["seconds"] - first["seconds"], 0.001)


def summary(record):
    seconds = record["samples"][0][-1]["seconds"]
    servers = [f"{name} {processor(samples):.1f} %" for name, samples in zip(record["names"], record["samples"])]
    return (f"# {seconds:.0f} s; processor: {', '.join(servers)}, clients and attackers "
            f"{100 * record['clients_cpu'] / seconds:.1f} % of a core")


def plot(record):
    minutes = [[dict(s, seconds=s["seconds"] / 60) for s in samples] for samples in record["samples"]]

    def of(key, scale=1):
        return {name: [(s["seconds"], s[key] / scale) for s in samples] for name, samples in zip(record["names"], minutes)}

    def rate(key):
        return [(x / 60, y) for x, y in rates(record["samples"][0], key)]

    return plots.timelines("h2 serve under honest load and attacks", "minutes", (
        ("resident memory, MiB", of("resident", MIB)),
        ("descriptors", of("descriptors")),
        ("honest requests and attacks a second, both servers", {"honest": rate("honest"), "attacks": rate("attacks")}),
        ("honest requests that failed, in all", {"failed": [(s["seconds"], s["failed"]) for s in minutes[0]]})))


def table(heads, rows):
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *("| " + " | ".join(map(str, row)) + " |" for row in rows)]


def server_row(name, before, samples, after):
    resident = [s["resident"] / MIB for s in samples]
    return (name, *(f"{m:.1f}" for m in (before["resident"] / MIB, min(resident), max(resident), after["resident"] / MIB)),
            before["descriptors"], max(s["descriptors"] for s in samples), after["descriptors"],
            f"{processor(samples):.1f} %")


def page(record):
    seconds = record["samples"][0][-1]["seconds"]
    limits = ", ".join(f"{name} {value} s" for name, value in record["limits"].items())
    lines = ["# Soak of `h2 serve`", "",
             f"libh2 at {record['version']}. `make soak SOAK_SECONDS={record['seconds']:.0f}`: two servers, one with `--workers 2`, each in cleartext and with "
             f"TLS on loopback, for {seconds / 60:.1f} minutes of honest requests and attacks at once. The servers' time-outs: "
             f"{limits}. {watch.RULE}", "", "![memory, descriptors, requests and attacks](soak.svg)", "", "## Verdicts", ""]
    lines += [f"* {'' if good else '**failed** '}{what}" for what, good in record["verdicts"]]
    lines += ["", "## Servers", ""]
    lines += table(("server", "MiB before", "least", "most", "after", "descriptors before", "most", "after", "processor"),
                   [server_row(*row) for row in zip(record["names"], record["before"], record["samples"], record["after"])])
    lines += ["", f"Clients and attackers took {100 * record['clients_cpu'] / seconds:.1f} % of a core.", "", "## Honest requests",
              ""]
    lines += table(("client", "answered", "failed"),
                   [(name, f"{count:,}", record["failed"].get(name, 0)) for name, count in sorted(record["honest"].items())])
    lines += ["", "## Attacks", ""]
    lines += table(("attack", "times"), [(name, f"{count:,}") for name, count in sorted(record["attacks"].items())])
    return "\n".join(lines) + "\n"
