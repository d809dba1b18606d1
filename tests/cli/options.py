"""The command line of `h2` and `h2 serve`: help, version, wrong options, what cannot be opened; exit codes and one line
on standard error each."""

import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from rawh2 import H2, case, finish, need_command  # noqa: E402

USAGE, TLS, LOCAL = 2, 4, 7


def run(*arguments):
    done = subprocess.run([str(H2), *map(str, arguments)], capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def refused(name, code, says, *arguments):
    """Ends with this code, nothing on standard output and one line that says what is wrong."""
    got, out, err = run(*arguments)
    good = got == code and out == "" and err.count("\n") == 1 and err.endswith("\n") and re.search(says, err)
    case(name, bool(good), (got, out, err))


def helped(*arguments):
    code, out, err = run(*arguments)
    case(f"h2 {' '.join(arguments)}", code == 0 and out.startswith("Usage: h2") and err == "", (code, out[:80], err))
    return out


def general():
    out = helped("--help")
    for name in ("serve", "get", "frames", "states"):
        case(f"--help knows {name}", name in out)
        helped(name, "--help")
    code, out, err = run("--version")
    case("--version", code == 0 and re.fullmatch(r"h2 \d+\.\d+\.\d+\n", out) is not None and err == "", (code, out, err))
    refused("no command", USAGE, "no command")
    refused("unknown command", USAGE, "'nonsense'", "nonsense")
    refused("unknown option before the command", USAGE, "'--nonsense'", "--nonsense")


def serve_options(root):
    out = helped("serve", "--help")
    for option in ("--host", "--port", "--tls-port", "--cert", "--key", "--workers", "--access-log", "--verbose"):
        case(f"serve --help knows {option}", option in out)
    for name, says, arguments in (
            ("no root", "missing", []),
            ("two roots", "one folder", [root, root]),
            ("unknown option", "'--nonsense'", ["--nonsense", root]),
            ("unknown short option", "'-q'", ["-q", root]),
            ("missing value", "'--port' needs a value", [root, "--port"]),
            ("value where none belongs", "takes no value", ["--verbose=yes", root]),
            ("ambiguous option", "ambiguous", ["--ma", "5", root]),
            ("port that is no number", "--port 'http'.* 0 .* 65535", ["--port", "http", root]),
            ("port too high", "--port '65536'.* 0 .* 65535", ["--port", "65536", root]),
            ("negative port", "--tls-port '-1'.* 0 .* 65535", ["--tls-port", "-1", root]),
            ("no workers", "--workers '0'.* from 1 to 256", ["--workers", "0", root]),
            ("too many connections", "--max-connections '1000001'.* from 1 to 1000000",
             ["--max-connections", "1000001", root]),
            ("no host", "--host ''.* address", ["--host", "", root]),
            ("time that is none", "--idle-timeout 'soon'.* seconds such as 5", ["--idle-timeout", "soon", root]),
            ("empty time", "--grace ''.* seconds such as 5", ["--grace", "", root]),
            ("certificate without key", "together", ["--tls-port", "0", "--cert", "a", root]),
            ("key without certificate", "together", ["--tls-port", "0", "--key", "a", root]),
            ("certificate without TLS", "--tls-port", ["--cert", "a", "--key", "b", root]),
            ("one port for both", "differ", ["--port", "9", "--tls-port", "9", root])):
        refused(f"serve, {name}", USAGE, says, "serve", *arguments)


def serve_resources(root):
    refused("serve, root that is not there", LOCAL, "No such file", "serve", "--port", "0", f"{root}/none")
    refused("serve, root that is a file", LOCAL, "Not a directory", "serve", "--port", "0", f"{root}/file")
    refused("serve, address that is not ours", LOCAL, "cannot listen", "serve", "--host", "192.0.2.1", "--port", "0", root)
    refused("serve, certificate that is none", TLS, "file", "serve", "--tls-port", "0", "--cert", f"{root}/file", "--key",
            f"{root}/file", root)
    refused("serve, folder for recordings that is not there", LOCAL, f"{root}/none: No such file", "serve", "--port", "0",
            "--record", f"{root}/none", root)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused("serve, port that is taken", LOCAL, f"port {port}: Address already in use", "serve", "--port", port, root)


def ports_opened(root, *options):
    """The first line of a server that is stopped at once."""
    process = subprocess.Popen([str(H2), "serve", *options, root], stdout=subprocess.PIPE)
    line = process.stdout.readline().decode()
    process.terminate()
    return line, process.wait(20)


def announcements(root):
    address = r"127\.0\.0\.1:[1-9]\d*"
    for name, options, wanted in (
            ("cleartext", ["--port", "0"], rf"listening on http://{address}\n"),
            ("TLS", ["--tls-port", "0"], rf"listening on https://{address}\n"),
            ("both", ["--port", "0", "--tls-port", "0"], rf"listening on http://{address} https://{address}\n"),
            ("IPv6", ["--port", "0", "--host", "::1"], r"listening on http://\[::1\]:\d+\n"),
            ("localhost", ["--port", "0", "--host", "my.LocalHost"], r"listening on http://(127\.0\.0\.1|\[::1\]):\d+\n"),
            ("localhost with its dot", ["--port", "0", "--host", "localhost."], r"listening on http://(127\.0\.0\.1|\[::1\]):\d+\n"),
            ("workers", ["-p0", "-w", "3"], rf"listening on http://{address}\n")):
        if name == "IPv6" and not Path("/proc/net/if_inet6").exists():
            continue
        line, code = ports_opened(root, *options)
        case(f"serve, {name}: the first line", re.fullmatch(wanted, line) is not None, line)
        case(f"serve, {name}: SIGTERM ends it with 0", code == 0, code)


def main():
    need_command()
    with tempfile.TemporaryDirectory() as root:
        Path(root, "file").write_text("no certificate\n")
        general()
        serve_options(root)
        serve_resources(root)
        announcements(root)
    finish()


if __name__ == "__main__":
    main()
