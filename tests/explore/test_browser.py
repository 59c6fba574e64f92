"""rnn explore in a browser: what a visitor's program is told, what the page loads, who is answered, and how it ends."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import typer
from aiohttp import web

import rnn_cli
from rnn_cli.app import app
from rnn_cli.commands.explore import keep
from rnn_cli.commands.serving import words_again
from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.explore.browser import Browser, listen, visitor_command
from tests.conftest import Command
from tests.support.explore import session_of

HOSTILE = (
    "I love NLP",
    "it's \"quoted\" 'twice'",
    "$(touch pwned) `touch pwned` ${HOME} $((1+1))",
    "a; touch pwned & b | c > pwned < d",
    "back\\slash \\\\ \\n",
    "two\nlines\r\nand a\ttab",
    "--help",
    "-",
    "* ? [a-z] ~ ! # {a,b}",
    "مرحبا بالعالم 喜欢 👩‍🔬 \u202eevil",
    "",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_sentence_stays_a_sentence(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/of the person's own")
    python = tmp_path / "it's python"
    python.write_text('#!/bin/sh\nprintf \'%s\\0\' "$PYTHONPATH" "$@"\n', encoding="utf-8")
    python.chmod(0o700)
    words = ["--target=positive", "--", text]
    command = visitor_command(words, str(python))
    said = subprocess.run(command, shell=True, capture_output=True, cwd=tmp_path, check=True).stdout
    path, *argv = said.decode().split("\0")[:-1]
    assert path.split(os.pathsep) == [str(Path(rnn_cli.__file__).parent.parent), "/of the person's own"]
    assert argv == ["-P", "-m", "rnn_cli", "explore", *words]
    assert [one.name for one in tmp_path.iterdir()] == [python.name]


def explore_context(words: list[str]) -> Any:
    """The command rnn explore with these words, parsed and not run."""
    group: Any = typer.main.get_command(app)
    return group.get_command(None, "explore").make_context("explore", [*words])


@pytest.mark.parametrize(
    "words",
    [
        ["I love NLP"],
        ["--target", "positive", "--precision", "2", "--no-color", "--", "-x 'y' --z"],
        ["--cell", "GRU", "--reset", "before", "--hidden-size", "4", "--bidirectional", "--seed", "3", "a b"],
        ["--input", "rows.csv", "--no-header", "--delimiter", "-", "--state", "h=a.json", "--state", "c=b.json"],
        ["--ids=3,1", "-m", "imdb", "--debug"],
    ],
)
def test_a_visitor_gets_the_command_that_was_given(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = explore_context(words)
    given = {name for name in first.params if first.get_parameter_source(name).name == "COMMANDLINE"}
    assert given
    assert explore_context(words_again(first.command.params, first.params, given)).params == first.params


def test_what_serves_is_asked_once_for_what_each_visitor_shows(
    call: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []

    def serve(*arguments: object) -> int:
        asked.append(arguments)
        return 0

    monkeypatch.setattr("rnn_cli.explore.browser.serve", serve)
    kept = tmp_path / "kept.json"
    result = call("explore", "-m", "nlp", "--save-model", str(kept), "--port", "0", "--serve", "--", "-I love")
    assert (result.code, result.stdout, kept.exists()) == (0, "", True)
    assert asked == [(["--model=nlp", "--", "-I love"], "rnn explore: -I love", 0)]
    assert call("explore", "I", "--serve", "--model", "nothing.json").code == 2
    assert len(asked) == 1


def test_what_cannot_be_served_is_refused(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, says in (
        (["a", "--port", "9"], "--port is where --serve listens"),
        (["a", "--serve", "--port", "65536"], "65535"),
        (["-", "--serve"], "stdin gives it once"),
        (["--input", "-", "--serve"], "stdin gives it once"),
        (["a", "--state", "h=-", "--serve"], "stdin gives it once"),
    ):
        result = call("explore", *words)
        assert (result.code, says in result.stderr, result.stdout) == (2, True, ""), words
    monkeypatch.setattr("rnn_cli.commands.serving.os", SimpleNamespace(name="nt"))
    assert "POSIX shell" in call("explore", "a", "--serve").stderr
    monkeypatch.setattr("rnn_cli.commands.serving.find_spec", lambda name: None)
    assert "pip install 'rnn-cli[explore]'" in call("explore", "a", "--serve").stderr


def test_a_port_that_is_taken_is_said() -> None:
    with listen(0) as one:
        host, port = one.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(SystemRefused, match=f"--port {port}: Address already in use; give another --port"):
            listen(port)


def test_a_browser_keeps_models_where_the_server_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    (tmp_path / "folder").mkdir()
    for name in ("folder/mine.json", "../mine.json", f"{tmp_path}/mine.json"):
        with pytest.raises(InputError, match="without a folder"):
            keep(name, session_of().world)
    assert keep("mine.json", session_of().world).flags == "--model mine.json"


def served(
    title: str, ask: Callable[[aiohttp.ClientSession, str], Awaitable[None]], command: str | None = None
) -> None:
    """The page on a port of its own, and somebody who asks for it."""

    async def run() -> None:
        server = Browser(["--", title], title)
        server.command = command or server.command
        runner = web.AppRunner(server.application())
        await runner.setup()
        with listen(0) as listening:
            await web.SockSite(runner, listening).start()
            async with aiohttp.ClientSession() as client:
                await ask(client, f"127.0.0.1:{listening.getsockname()[1]}")
            await runner.cleanup()

    asyncio.run(run())


def test_the_page_loads_nothing_from_elsewhere() -> None:
    async def ask(client: aiohttp.ClientSession, host: str) -> None:
        page = await client.get(f"http://{host}/")
        text = await page.text()
        assert "<title>&lt;script&gt;&quot;&amp;</title>" in text
        assert f'"ws://{host}/ws"' in text
        links = re.findall(r"""(?:href|src)="([^"]*)"|url\("([^"]*)"\)""", text)
        files = sorted({one or other for one, other in links} - {"data:,", "/"})
        assert [one.rpartition(".")[2] for one in files] == ["js", "css", "ttf", "js"]
        for name in files:
            assert name.startswith("/")
            reply = await client.get(f"http://{host}{name}")
            assert (reply.status, len(await reply.read()) > 100) == (200, True)
            if name.endswith(".css"):
                text += re.sub(r"/\*.*?\*/", "", await reply.text(), flags=re.DOTALL)
        assert re.findall(r"https?://|@import|//\w+\.\w+/", text) == []
        policy = dict(one.split(" ", 1) for one in page.headers["Content-Security-Policy"].split("; "))
        assert (policy["default-src"], policy["script-src"], policy["font-src"]) == ("'none'", "'self'", "'self'")
        assert policy["connect-src"] == f"'self' ws://{host}"

    served('<script>"&', ask)


def test_only_this_machine_and_its_own_page_are_answered() -> None:
    async def ask(client: aiohttp.ClientSession, host: str) -> None:
        port = host.partition(":")[2]
        for headers, status in (
            ({"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}, 200),
            ({"Host": "localhost:9"}, 200),  # a tunnel of ssh to this port
            ({"Host": f"evil.example:{port}"}, 403),
            ({"Host": f"127.0.0.1.evil.example:{port}"}, 403),
            ({"Host": f'127.0.0.1:{port}"><script>'}, 403),
            ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
            ({"Origin": "http://evil.example"}, 403),
            ({"Origin": "http://127.0.0.1:9"}, 403),
            ({"Origin": "null"}, 403),
        ):
            assert (await client.get(f"http://{host}/", headers=headers)).status == status, headers
            if status == 403:
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await client.ws_connect(f"http://{host}/ws", headers=headers)

    served("a", ask)


async def seen(socket: aiohttp.ClientWebSocketResponse, words: str) -> str:
    """What the page got to draw, once the words stand in it."""
    text = ""
    async with asyncio.timeout(60):
        while words not in text:
            message = await socket.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), text
            text += message.data.decode() if message.type == aiohttp.WSMsgType.BINARY else ""
    return text


async def handed_over(socket: aiohttp.ClientWebSocketResponse) -> str:
    """The command that the page gets beside the screen."""
    async with asyncio.timeout(60):
        while True:
            message = await socket.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
            kind, said = json.loads(message.data) if message.type == aiohttp.WSMsgType.TEXT else ("", "")
            if kind == "command":
                return str(said)


def test_each_visitor_has_a_session_and_all_end_with_the_server(tmp_path: Path) -> None:
    text = "I 'love' $(touch pwned) NLP"
    command = [sys.executable, "-m", "rnn_cli", "explore", "--serve", "--port", "0", "--no-color", text]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert server.stdout is not None
    said = server.stdout.readline()
    found = re.search(r"127\.0\.0\.1:\d+", said)
    assert found is not None, said

    async def visit() -> None:
        async with aiohttp.ClientSession() as client:
            address = f"http://{found[0]}/ws?width=80&height=24"
            async with client.ws_connect(address) as one, client.ws_connect(address) as other:
                for each in (one, other):
                    drawn = await seen(each, "step 1 of")
                    assert "love" in drawn
                    assert drawn.startswith("\x1b[?7l")  # no line that turns out too wide is broken
                    assert re.findall("[34]8;[25];", drawn) == []  # greys are colours too
                await one.send_str(json.dumps(["stdin", "\x1b[C"]))
                await seen(one, "h[2][1]")
                await one.send_str(json.dumps(["stdin", "\x03p"]))  # the keys that copy end no session
                assert "--why 'h[2][1]'" in await handed_over(one)
                await other.send_str(json.dumps(["resize", {"width": 100, "height": 30}]))
                assert "step 2 of" not in await seen(other, "step 1 of")
                await other.send_str(json.dumps(["stdin", "q"]))
                assert "--why 'h[1][1]'" in await handed_over(other)
                server.send_signal(signal.SIGINT)
                for each in (one, other):
                    while (await each.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                        pass

    asyncio.run(visit())
    out, err = server.communicate(timeout=30)
    assert (server.returncode, out) == (130, "")
    left = [line for line in err.splitlines() if line]
    assert len(left) == 2, err
    assert all(line.startswith("rnn trace 'I '") and "--why 'h[" in line for line in left), err
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("rnn_cli.explore.browser.PATIENCE", 0.1)
    pid = tmp_path / "pid"

    async def ask(client: aiohttp.ClientSession, host: str) -> None:
        async with client.ws_connect(f"http://{host}/ws"):
            while not pid.exists() or not pid.read_text(encoding="utf-8"):
                await asyncio.sleep(0.01)

    served("a", ask, f"echo $$ > '{pid}'; exec sleep 100")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text(encoding="utf-8")), 0)
