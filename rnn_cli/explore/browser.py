"""rnn explore in a browser of this machine: a page, and for each visitor the program with a session of its own."""

import asyncio
import html
import json
import os
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from string import Template

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

import rnn_cli
from rnn_cli.errors import SystemRefused
from rnn_cli.output.screen import print_lines, prints_aside
from rnn_cli.reading import whole_number

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
PAGE, SCRIPT = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.html", "page.js"))
NO_WRAP = b"\x1b[?7l"
"""A word that the browser draws wider than we count must not push the screen up by a line."""

SIZE = {"width": 80, "height": 24}
PATIENCE = 5.0
"""Seconds that a visitor's program, and his browser, have to end in."""

ENDS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end it, by name: not every system has all of them."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def visitor_command(words: Sequence[str], python: str = sys.executable) -> str:
    """What the shell of each visitor runs: this very program, from whatever folder, with these words as they are."""
    found = [str(Path(rnn_cli.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return "exec " + shlex.join(
        ["env", f"PYTHONPATH={os.pathsep.join(found)}", python, "-P", "-m", "rnn_cli", "explore", *words]
    )


class Visit(AppService):
    """A visitor's program. It has a command to hand over beside its screen, which the page shows so that it can be copied."""

    async def on_meta(self, data: bytes) -> None:
        """What the program has to say beside its screen."""
        said = json.loads(data)
        if said["type"] == "command":
            await self.remote_write_str(json.dumps(["command", said["text"]]))
        else:
            await super().on_meta(data)


class Browser(Server):
    """The server. The framework's own would print to stdout, load a font from elsewhere, and ask nobody where he comes from."""

    def __init__(self, words: Sequence[str], title: str) -> None:
        super().__init__(visitor_command(words), HOST, title=title)
        self.visits: set[web.WebSocketResponse] = set()
        self.stopped_by = signal.SIGINT

    def application(self) -> web.Application:
        """The page, the socket behind it, and the files that it loads."""
        app = web.Application(middlewares=[at_home])
        page, script = web.get("/", self.handle_index), web.get("/page.js", self.handle_script)
        files, session = web.static("/static", self.statics_path), web.get("/ws", self.handle_websocket)
        app.add_routes([page, script, files, session])
        app.on_startup.append(self.on_startup)
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page."""
        text = Template(PAGE).substitute(title=html.escape(self.title), socket=f"ws://{request.host}/ws")
        return web.Response(text=text, content_type="text/html")

    async def handle_script(self, request: web.Request) -> web.Response:
        """What the page does beside the framework's script."""
        return web.Response(text=SCRIPT, content_type="text/javascript")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A visit, for as long as it lasts, and the program of it."""
        visit = web.WebSocketResponse(heartbeat=15, timeout=PATIENCE)

        async def show(screen: bytes) -> None:
            with suppress(ConnectionResetError):  # who has left misses the rest, and the program goes on to its end
                await visit.send_bytes(screen)

        async def tell(message: str) -> None:
            with suppress(ConnectionResetError):
                await visit.send_str(message)

        async def close() -> None:
            await visit.close()

        await visit.prepare(request)
        await visit.send_bytes(NO_WRAP)
        program = Visit(
            self.command, write_bytes=show, write_str=tell, close=close, download_manager=self.download_manager
        )
        await program.start(*(to_int(request.query.get(name, ""), size) for name, size in SIZE.items()))
        self.visits.add(visit)
        try:
            await self._process_messages(visit, program)
        finally:
            self.visits.discard(visit)
            await _ended(program)
        return visit

    async def on_startup(self, app: web.Application) -> None:
        """Signals end the server in order."""
        if threading.current_thread() is threading.main_thread():
            for number in [getattr(signal, name) for name in ENDS if hasattr(signal, name)]:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    asyncio.get_running_loop().add_signal_handler(number, self.stop, number)

    def stop(self, number: signal.Signals) -> None:
        """End the server, as this signal asks."""
        self.stopped_by = number
        self.request_exit()

    async def on_shutdown(self, app: web.Application) -> None:
        """Every visit ends with the server, and its program with it."""
        await asyncio.gather(*(visit.close(code=WSCloseCode.GOING_AWAY) for visit in set(self.visits)))


async def _ended(program: AppService) -> None:
    """Ask a program to end, and end it where it does not: a process that is left would outlive the server."""
    process = program._process
    assert process is not None
    try:
        async with asyncio.timeout(PATIENCE):
            await program.stop()
        async with asyncio.timeout(1):  # the framework may swallow the end of its time
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@web.middleware
async def at_home(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer this machine's own names and this page's own requests alone.

    A page of somebody else that the person has open could otherwise start programs here: by a socket, or under a name of
    its own that it lets stand for 127.0.0.1.
    """
    own, _, port = request.host.partition(":")  # what it says stands in the page
    if (
        own not in NAMES
        or whole_number(port or "0") is None
        or request.headers.get("Origin") not in (None, f"http://{request.host}")
    ):
        raise web.HTTPForbidden(text=f"rnn explore answers http://{HOST} and its own page alone\n")
    response = await handler(request)
    if not response.prepared:
        response.headers.update({name: says.format(socket=f"ws://{request.host}") for name, says in HEADERS.items()})
    return response


def listen(port: int) -> socket.socket:
    """The socket on 127.0.0.1. SystemRefused where the port is taken or forbidden."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise SystemRefused(f"--port {port}: {reason}; give another --port, or 0 for any that is free") from error


def serve(words: Sequence[str], title: str, port: int) -> int:
    """Serve until a signal ends it; the exit code that says which. SystemRefused where the port cannot be had."""
    server = Browser(words, title)
    with listen(port) as listening:
        address = f"http://{HOST}:{listening.getsockname()[1]}"
        print_lines([f"{address} shows it in a browser of this machine, to each visitor anew. Ctrl-C ends it."], True)
        with prints_aside():  # the framework prints what a visitor's program had to say at its end
            web.run_app(
                server.application(), sock=listening, handle_signals=False, print=None, shutdown_timeout=2 * PATIENCE
            )
    return 128 + server.stopped_by
