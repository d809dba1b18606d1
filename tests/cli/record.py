"""`--record`: both sides of a connection have seen the same octets, and `h2 frames` reads them."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rawh2  # noqa: E402
from rawh2 import H2, case  # noqa: E402

BODY = bytes(range(256)) * 2000


def frames(path):
    """What `h2 frames` makes of a recording."""
    done = subprocess.run([str(H2), "frames", "--json", str(path)], capture_output=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else done.stderr


def fetch(server, folder, url, *options):
    """One connection; the recordings of the client and of the server, each (client's octets, server's octets)."""
    ours, theirs = folder / "get", folder / "serve"
    done = subprocess.run([str(H2), "get", "-k", "--record", str(ours), *options, url], capture_output=True, timeout=60)
    number = len(list(ours.glob("*.client")))
    rawh2.wait_until(lambda: (theirs / f"{number}.server").exists() and
                     (theirs / f"{number}.server").stat().st_size >= (ours / f"{number}.server").stat().st_size)
    return done.stdout, [(side / f"{number}.client", side / f"{number}.server") for side in (ours, theirs)]


def same(name, server, folder, url, *options):
    body, (ours, theirs) = fetch(server, folder, url, *options)
    case(f"{name}: the body", body == BODY, len(body))
    client, answer = frames(ours[0]), frames(ours[1])
    case(f"{name}: the client's frames", isinstance(client, list) and client[0]["type"] == "PREFACE"
         and client[1]["type"] == "SETTINGS", str(client)[:300])
    case(f"{name}: the server's frames", isinstance(answer, list) and answer[0]["type"] == "SETTINGS"
         and sum(f["length"] for f in answer if f["type"] == "DATA") == len(BODY), str(answer)[:300])
    # The last the client says may come when the server has closed, and what the server says last when the client has.
    for i, who in enumerate(("client", "server")):
        mine, yours = ours[i].read_bytes(), theirs[i].read_bytes()
        shorter = min(len(mine), len(yours))
        case(f"{name}: both have recorded the same of the {who}", shorter > 50 and mine[:shorter] == yours[:shorter],
             (len(mine), len(yours)))


def main():
    rawh2.need_command()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("root", "get", "serve"):
            (folder / part).mkdir()
        (folder / "root" / "file").write_bytes(BODY)
        with rawh2.Server(folder / "root", "--record", str(folder / "serve")) as server:
            before = server.descriptors()
            same("cleartext", server, folder, f"http://127.0.0.1:{server.port}/file")
            same("TLS", server, folder, f"https://127.0.0.1:{server.tls_port}/file")
            same("upgrade", server, folder, f"http://127.0.0.1:{server.port}/file", "--upgrade")
            case("the files are closed with the connection", rawh2.wait_until(lambda: server.descriptors() <= before))
        done = subprocess.run([str(H2), "get", "--record", str(folder / "none"), "http://127.0.0.1:1/"], capture_output=True)
        case("a folder that is not there", done.returncode == 7 and b"none: No such file" in done.stderr, done)
    rawh2.finish()


main()
