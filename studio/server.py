"""Serving the pages: where the studio listens, who may come in, and how it ends.

One studio a data folder. If it is open already, its page is opened instead of a second one. The
port is bound before anything is announced, and passed on to the server as it is: nobody can take it
in between. Ctrl+C or a termination signal closes the page's connections, then the workers.
"""

import errno
import ipaddress
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from starlette.types import ASGIApp

from studio.errors import InvalidInput
from studio.lock import running, writing
from studio.paths import Paths
from studio.settings import Settings

PORTS = 100  # how many are tried, from the wanted one on
CLOSE_SECONDS = 2  # for open connections: a page keeps one for as long as it is looked at
UPLOAD = "64mb"  # one picture that a person brings


def to_stderr(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


def serve(
    paths: Paths,
    settings: Settings,
    *,
    mcp: bool = False,
    say: Callable[[str], None] = to_stderr,
) -> str:
    """Serve until the person ends it; returns the address where the studio is or was.

    Raises:
        InvalidInput: it may not, or cannot, listen there.
        Busy: another program writes into the data folder, and has no page.
    """
    check_place(settings, mcp)
    holder = running(paths)
    if holder is not None and holder.address:
        say(f"The studio is already open at {holder.address}")
        show(holder.address, settings)
        return holder.address
    with ExitStack() as stack:
        lock = stack.enter_context(writing(paths, "studio serve"))
        listener = stack.enter_context(listen(settings.host, settings.port))
        port = listener.getsockname()[1]
        address = f"http://{shown_host(settings.host)}:{port}"
        if port != settings.port:
            say(f"Port {settings.port} is taken by another program, so I use {port}.")
        stack.enter_context(interruptible())
        app = stack.enter_context(open_app(paths, settings, mcp=mcp))
        with suppress(KeyboardInterrupt):  # uvicorn closes first, then passes the signal on
            lock.announce(address)
            say(f"Taste Studio is open at {address} (Ctrl+C closes it).")
            show(address, settings)
            run(app, listener)
        say("Closing the studio.")
    return address


def check_place(settings: Settings, mcp: bool) -> None:
    """Refuse what would let strangers in.

    Raises:
        InvalidInput
    """
    password = settings.password.get_secret_value()
    if not is_loopback(settings.host) and not password:
        raise InvalidInput(
            f"Listening on {settings.host} lets other machines in, and no password is set. Add "
            "--password-file FILE, or leave --host away to be reached from this machine only."
        )
    if mcp and password:
        raise InvalidInput(
            "Agents (--mcp) and a password cannot be used together: agents' programs do not send "
            "one. Leave one of them away."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@contextmanager
def listen(host: str, first: int) -> Iterator[socket.socket]:
    """A bound socket on the first free port from `first` on.

    Raises:
        InvalidInput: this machine has no such address, or every port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, min(first + PORTS, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere it would share the port with whoever has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            listener.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise InvalidInput(
                    f"The studio cannot listen on {host}: {error.strerror or error}."
                ) from error
            continue
        with listener:
            yield listener
        return
    raise InvalidInput(f"No port from {first} to {first + PORTS - 1} is free on {host}.")


def shown_host(host: str) -> str:
    """How the person's own browser reaches it."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def known_hosts(host: str) -> frozenset[str]:
    """The names under which the studio may be asked for."""
    from studio.ui.gate import LOOPBACK

    if is_loopback(host):
        return LOOPBACK
    name = socket.gethostname().lower()
    return LOOPBACK | {host, name, f"{name}.local"}


@contextmanager
def open_app(paths: Paths, settings: Settings, *, mcp: bool) -> Iterator[ASGIApp]:
    """The whole web application behind its gate, with its workers."""
    os.environ.setdefault("GRADIO_TEMP_DIR", str(paths.cache / "uploads"))
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from studio.context import build_studio
    from studio.ui.app import build_app
    from studio.ui.gate import Gate
    from studio.ui.strings import speak

    speak(settings.language)
    with build_studio(paths) as studio:  # its settings are those of the files, as they change
        studio.images.purge(settings.trash_days)
        studio.jobs.serve()
        app = build_app(studio, max_file_size=UPLOAD, mcp=mcp)
        yield Gate(app, known_hosts(settings.host), settings.password.get_secret_value())


def run(app: ASGIApp, listener: socket.socket) -> None:
    """Answer requests until the person ends it."""
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", timeout_graceful_shutdown=CLOSE_SECONDS, server_header=False
    )
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def interruptible() -> Iterator[None]:
    """A termination signal ends the studio like Ctrl+C: workers are stopped, nothing is torn. And
    Ctrl+C does so at any time, also where a shell has it ignored, as those do for background work:
    uvicorn listens to it there, but only once it runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ends = (signal.SIGINT, signal.SIGTERM)
    before = {end: signal.signal(end, signal.default_int_handler) for end in ends}
    try:
        yield
    finally:
        for end, handler in before.items():
            signal.signal(end, handler)


def show(address: str, settings: Settings) -> None:
    """Open the page in the person's browser; some browsers return only when they are closed."""
    if settings.open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
