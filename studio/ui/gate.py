"""Who may talk to the studio: an ASGI middleware before every route, Gradio's and MCP's included.

A studio on 127.0.0.1 can be reached by every web page that the person has open, so three things are
checked. The Host header must be ours, or a name that an attacker points at this machine would make
his page one of ours (DNS rebinding). A request that a browser sends on behalf of another page is
refused, or that page could start jobs and fill the disk. Elsewhere than on loopback a password is
asked for on every route; Gradio's own login leaves some of them open.
"""

import asyncio
import base64
import binascii
import ipaddress
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
WRONG_PASSWORD_SECONDS = 0.5  # slows down guessing; the studio has one person
# Gradio compiles the templates of gr.HTML in the browser, hence 'unsafe-eval'; all else is ours.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


class Gate:
    """Lets through what a person's own browser or program asks for, and adds safe headers.

    `hosts` are the names and addresses under which the studio may be asked for. With a password,
    any numeric address is accepted too: rebinding needs a name.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = LOOPBACK, password: str = "") -> None:
        self._app = app
        self._hosts = hosts
        self._password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing of ours uses web sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        if reason := self.refusal(headers):
            await PlainTextResponse(reason, status_code=403)(scope, receive, send)
        elif self._password and not self.knows_password(headers):
            await asyncio.sleep(WRONG_PASSWORD_SECONDS if "authorization" in headers else 0)
            await ask_for_password()(scope, receive, send)
        else:
            await self._app(scope, receive, with_headers(send))

    def refusal(self, headers: Headers) -> str:
        """Why this request is not answered, or nothing."""
        host = headers.get("host", "")
        if not self.is_ours(host):
            return f"The studio is not called {host!r}. Open it by the address that it printed."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "This request came from another page, so it was refused."
        navigates = headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not navigates:
            return "This request came from another page, so it was refused."
        return ""

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names this studio, on whatever port."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._hosts or (bool(self._password) and is_address(name))

    def knows_password(self, headers: Headers) -> bool:
        """HTTP Basic: browsers ask by themselves, programs send it, and every route is covered.
        The user name does not matter."""
        kind, _, encoded = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            _, _, given = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return secrets.compare_digest(given.encode(), self._password.encode())


def is_address(name: str) -> bool:
    """Whether this is a numeric address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def ask_for_password() -> PlainTextResponse:
    """What makes a browser ask."""
    challenge = {"www-authenticate": 'Basic realm="Taste Studio", charset="UTF-8"'}
    return PlainTextResponse("The studio needs its password.", 401, headers=challenge)


def with_headers(send: Send) -> Send:
    """Add our headers to every answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending
