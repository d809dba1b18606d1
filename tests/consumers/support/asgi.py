"""An ASGI application: /small, /large, /echo, /trailers, and a WebSocket that echoes."""
import hashlib

LARGE = 20_000_000


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        return await websocket(scope, receive, send)
    path = scope["path"]
    if path == "/echo":
        return await echo(receive, send)
    if path == "/sum":
        return await digest(receive, send)
    await begin(send)
    if path == "/large":
        for _ in range(LARGE // 50_000):
            await send({"type": "http.response.body", "body": b"x" * 50_000, "more_body": True})
        return await send({"type": "http.response.body", "body": b"", "more_body": False})
    await send({"type": "http.response.body", "body": f"small {scope['http_version']}\n".encode(), "more_body": False})


async def begin(send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-app", b"asgi")]})


async def echo(receive, send):
    await begin(send)
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": message.get("body", b""), "more_body": more})


async def digest(receive, send):
    """The whole body first; its sum as answer."""
    total, more = hashlib.sha256(), True
    while more:
        message = await receive()
        total.update(message.get("body", b""))
        more = message.get("more_body", False)
    await begin(send)
    await send({"type": "http.response.body", "body": total.hexdigest().encode(), "more_body": False})


async def websocket(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") is not None:
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})
