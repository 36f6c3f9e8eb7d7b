"""What stands between the network and the page: files are only read, and only this page's own visitors are answered.

Solara 1.58 answers a request for a folder below `/_solara/cdn` by deleting that folder (`get_path` of
`solara.server.cdn_helper` clears a cache layout of old versions), and one for an unknown file there by fetching it from
another host. With `solara-assets` all files are on this machine, so both are wrong here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]
HOSTS_VARIABLE = "CHOKEPOINT_HOSTS"  # names under which the page may be called, with commas between them
HEADERS = ((b"x-frame-options", b"DENY"), (b"content-security-policy", b"frame-ancestors 'none'"),
           (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))  # fmt: skip
# What a visitor may not tell: Solara believes the first one's name of the script for all later ones.
DROPPED = (b"x-script-name", b"script-name", b"x-forwarded-host", b"x-forwarded-proto")
LARGEST_MESSAGE = 1_000_000  # bytes that a browser may send at once: an upload with room to spare
FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")  # for files whose address holds their version


def guard_server() -> None:
    """Put the guard in front of Solara's server, in this process."""
    from solara.server import settings, starlette

    settings.main.root_path = ""  # what it would take from a visitor's request otherwise
    starlette.get_path = existing_file
    app = starlette.app
    stack = app.middleware_stack or app.build_middleware_stack()
    if not isinstance(stack, Guard):
        app.middleware_stack = Guard(stack)
    warn_of(os.environ.get("SERVER_NAME", ""))  # set by `solara run` and by this package


def warn_of(host: str) -> None:
    """Say so where others than this machine reach the server."""
    if not this_machine(host):
        said = f"The page listens at {host}: everybody who reaches this machine can use it. It asks for no password."
        print(said, file=sys.stderr, flush=True)


def this_machine(host: str) -> bool:
    """Return whether only this machine reaches a server at a host."""
    try:
        return host in ("", "localhost") or ip_address(host).is_loopback
    except ValueError:
        return False


def existing_file(base_cache_dir: Path, path: str) -> Path:
    """Return a file of a folder, for `get_path`.

    Raises:
        FileNotFoundError: there is no such file in it; Solara then answers with status 404.
    """
    root = Path(base_cache_dir).resolve()
    file = (root / path).resolve()
    if not file.is_file() or root not in file.parents:
        raise FileNotFoundError(path)
    return file


class Guard:
    """An ASGI application in front of another one, which refuses strangers.

    A page of another site can make a visitor's browser call this machine, by a name of its own that it lets point here
    (DNS rebinding) or by a websocket, which no browser keeps to its own site. So the host has to be an address or a
    known name, and the origin, where there is one, the host itself.
    """

    def __init__(self, app: Application) -> None:
        """Take the application behind it."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request, or let the application answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if not (known(host) and (origin is None or same_site(origin, host))):
            await _refuse(scope, receive, send)
            return
        near = this_machine((scope.get("client") or ("",))[0])
        # To pack what stays on the machine takes longer than to hand it over.
        dropped = (*DROPPED, *[b"accept-encoding"] * near)
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in dropped]
        query = scope.get("query_string", b"")
        versioned = "/cdn/" in scope.get("path", "") or query.startswith(b"v=")

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                more = (*HEADERS, *[FOREVER] * (versioned and message["status"] == 200))
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        async def heard() -> MutableMapping[str, Any]:
            message: MutableMapping[str, Any] = await receive()
            if len(message.get("text") or message.get("bytes") or "") > LARGEST_MESSAGE:
                await send({"type": "websocket.close", "code": 1009})
                return {"type": "websocket.disconnect", "code": 1009}
            return message

        await self.app({**scope, "headers": kept}, heard, answer)


def known(host: str) -> bool:
    """Return whether a request's host is an address, this machine, or a name that the environment allows."""
    name = urlsplit(f"//{host}").hostname or ""
    allowed = {one.strip().lower() for one in os.environ.get(HOSTS_VARIABLE, "").split(",")}
    if name == "localhost" or (name and name in allowed):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def same_site(origin: str, host: str) -> bool:
    """Return whether an origin is the page's own."""
    return urlsplit(origin).netloc.lower() == host.lower()


async def _refuse(scope: Scope, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    text = f"This page does not answer under that name or to other sites; names to allow: {HOSTS_VARIABLE}.\n".encode()
    length = (b"content-length", str(len(text)).encode())
    headers = [(b"content-type", b"text/plain; charset=utf-8"), length]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": text})
