#!/usr/bin/python3
"""httpx with our h2, fetching from `h2 serve`, and from a server that resets streams and goes away."""
import asyncio
import hashlib
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))
import peers  # noqa: E402
from peers import case  # noqa: E402


async def fetches(url):
    import httpx

    async with httpx.AsyncClient(http2=True, verify=False, timeout=peers.PATIENCE) as client:
        answers = await asyncio.gather(*(client.get(f"{url}/small") for _ in range(100)))
        case("100 requests at once", all(a.content == b"small\n" and a.http_version == "HTTP/2" for a in answers),
             {(a.status_code, a.http_version) for a in answers})
        answer = await client.get(f"{url}/large")
        case("10 MB down", answer.content == peers.octets(peers.TEN_MEGABYTES), answer.status_code, len(answer.content))
        echoed = await client.post(f"{url}/echo", content=peers.octets(50_000))
        case("a body up and down", echoed.content == peers.octets(50_000), echoed.status_code, len(echoed.content))
        async with client.stream("GET", f"{url}/large") as answer:
            got = 0
            async for part in answer.aiter_raw():
                got += len(part)
                if got > 100_000:
                    break
        again = await client.get(f"{url}/small")
        case("a download that is left half-way", got > 100_000 and again.content == b"small\n", got, again.status_code)


async def going_away(url, child):
    """SIGTERM to the server while streams are open: it ends them or resets them, and httpx does not hang."""
    import h2.exceptions
    import httpx

    async with httpx.AsyncClient(http2=True, verify=False, timeout=10) as client:
        async def one():
            async with client.stream("GET", f"{url}/large") as answer:
                total = 0
                async for part in answer.aiter_raw():
                    total += len(part)
                    if total > 100_000 and child.poll() is None and not sent:
                        sent.append(child.send_signal(signal.SIGTERM))
                return total

        sent = []
        results = await asyncio.wait_for(asyncio.gather(*(one() for _ in range(5)), return_exceptions=True), peers.PATIENCE)
        # What arrives after a GOAWAY breaks a rule for h2; httpcore 0.16 lets that exception through, or makes a
        # LocalProtocolError of it where a response's body was being read.
        errors = httpx.ProtocolError, httpx.ReadError, h2.exceptions.ProtocolError
        good = [r == peers.TEN_MEGABYTES or isinstance(r, errors) for r in results]
        case("h2 serve goes away with streams open", sent and all(good), results)
    case("h2 serve ends", peers.wait_for(lambda: child.poll() is not None, 10) and child.returncode == 0, child.returncode)


async def odd_things(server):
    import httpx

    url = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(http1=False, http2=True, timeout=peers.PATIENCE) as client:
        answer = await client.get(f"{url}/trailers")
        case("trailers of a response", answer.content == b"body" and answer.http_version == "HTTP/2", answer)
        body = peers.octets(peers.TEN_MEGABYTES)
        answer = await client.post(f"{url}/sum", content=body)
        case("10 MB up", answer.text == hashlib.sha256(body).hexdigest(), answer)
        try:
            answer = await client.get(f"{url}/reset")
            case("a reset half-way is an error", False, answer)
        except httpx.RemoteProtocolError as error:
            case("a reset half-way is an error", "error_code:2" in str(error), error)
        answer = await client.get(f"{url}/next")
        case("the connection goes on after it", answer.status_code == 200, answer)
        results = await asyncio.gather(*(client.get(f"{url}/goaway") for _ in range(3)), return_exceptions=True)
        case("GOAWAY with streams open is an error of each", all(isinstance(r, httpx.RemoteProtocolError) for r in results), results)
    async with httpx.AsyncClient(http1=False, http2=True, timeout=peers.PATIENCE) as client:
        answer = await client.get(f"{url}/next")
        case("the next connection works", answer.status_code == 200, answer)
    case("httpx breaks no rule", server.faults == [], server.faults)


def main():
    peers.require(("httpx", "python3-httpx"), ("httpcore", "python3-httpcore"))
    peers.is_ours("httpx")
    import odd

    root = peers.scratch / "root"
    root.mkdir()
    (root / "small").write_bytes(b"small\n")
    (root / "large").write_bytes(peers.octets(peers.TEN_MEGABYTES))
    child, _, secure = peers.serve(root)
    url = f"https://127.0.0.1:{secure}"
    asyncio.run(fetches(url))
    asyncio.run(going_away(url, child))
    asyncio.run(odd_things(odd.Server()))
    peers.cannot("a WebSocket", "httpx has no extended CONNECT")
    peers.cannot("trailers of a request", "httpx has no means to send them")
    peers.finish()


if __name__ == "__main__":
    main()
