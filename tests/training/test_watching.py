"""What a person and a script see of a run: JSON lines, the log, plain lines, the live view, signals, pipes."""

import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.plots.draw import FORMATS
from tests.support.command import Result, call_on_terminal, environment, strict_json
from tests.support.networks import slow_but, slow_if
from tests.support.runs import LOG, OUT, RUNS, SMALL, start
from tests.support.schemas import validate

Command = Callable[..., Result]

RECALL = ("train", "--task", "recall:length=5", "--hidden-size", "4", "--embedding-size", "3")
ENDLESS = (*RECALL, "--max-steps", "1000000", "--out", OUT)


def events_of(text: str) -> list[Any]:
    """JSON lines as documents, each valid."""
    return [validate(strict_json(line)) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("deep", "said"),
    [
        ((), ""),
        (("--num-layers", "2"), " of the last layer"),
        (("--bidirectional",), " of the forward run"),
        (("--num-layers", "2", "--bidirectional"), " of the last layer's forward run"),
    ],
)
def test_the_reach_says_in_which_layer_and_direction_it_is(deep: tuple[str, ...], said: str, call: Command) -> None:
    lines = call(*RECALL, *deep, "--max-steps", "1", "--watch", "1").stderr
    assert f"step 1: reach, the norm of dL/dh{said} by steps back: " in lines


@pytest.mark.parametrize("name", list(RUNS))
def test_every_event_of_every_run_validates(name: str, call: Command, here: Path) -> None:
    result = call(*start(name), "--json", "--watch", "2")
    assert (result.code, "\x1b" in result.stderr) == (0, False)
    events = events_of(result.stdout)
    kinds = [one["event"] for one in events]
    assert (kinds[0], kinds[-1]) == ("start", "done")
    assert {"step", "checkpoint"} < set(kinds)
    steps = [one["step"] for one in events if one["event"] == "step"]
    assert steps == list(range(1, len(steps) + 1))
    assert steps[-1] == events[-1]["step"] <= events[0]["total_steps"]
    assert [one["step"] for one in events if "reach" in one] == [1, *range(2, len(steps) + 1, 2)]
    tokens = [one["tokens"] for one in events if one["event"] == "step"]
    assert all(a < b for a, b in pairwise(tokens))
    assert events[-1]["tokens"] == tokens[-1]
    assert events[-1]["tokens_per_second"] > 0


def test_the_contracts_keys(call: Command, here: Path) -> None:
    events = events_of(call(*start("classify"), "--json").stdout)
    step = next(one for one in events if one["event"] == "step")
    named = "event step epoch loss grad_norm grad_norm_clipped clipped learning_rate tokens tokens_per_second"
    assert set(named.split()) <= set(step)
    assert all(list(one)[:3] == ["schema", "event", "step"] for one in events)
    assert "metric" in next(one for one in events if one["event"] == "eval")
    assert events[0]["model"]["cell"] == "gru"
    assert events[0]["model"]["name"] == "model"


def test_nothing_but_the_command_decides_the_bytes(call: Command, here: Path) -> None:
    left = []
    for _ in range(2):
        assert call(*start("two layers with dropout"), "--overwrite").code == 0
        left.append((Path(OUT).read_bytes(), Path("log.jsonl").read_bytes()))
        Path("log.jsonl").unlink()
    assert left[0] == left[1]
    assert call(*start("two layers with dropout"), "--overwrite", "--seed", "1").code == 0
    assert Path(OUT).read_bytes() != left[0][0]


def test_the_log_has_the_same_events_without_the_clock(call: Command, here: Path) -> None:
    for name in ("classify", "patience"):
        shown = events_of(call(*start(name), "--json", "--overwrite").stdout)
        kept = events_of(Path("log.jsonl").read_text())
        assert len([one.pop("tokens_per_second") for one in shown if "tokens_per_second" in one]) > 5
        assert shown == kept
        Path("log.jsonl").unlink()


def test_a_log_that_exists_is_replaced_only_when_it_is_a_log_and_that_was_asked_for(call: Command, here: Path) -> None:
    run = [word for word in start("recall") if word not in ("--out", OUT)]
    Path(LOG).write_text("notes of mine\n")
    for more in ((), ("--overwrite",)):
        result = call(*run, *more)
        assert (result.code, result.stdout) == (2, "")
        assert f"--log {LOG}: exists, and is no log of rnn train" in result.stderr
        assert Path(LOG).read_text() == "notes of mine\n"
    Path(LOG).unlink()
    assert call(*run).code == 0
    first = Path(LOG).read_bytes()
    result = call(*run)
    assert (result.code, result.stdout) == (2, "")
    assert "--overwrite" in result.stderr
    assert Path(LOG).read_bytes() == first
    for torn in (first, first[:1], first[:30], first[: first.index(b"\n")]):  # as a full disk or a kill leaves it
        Path(LOG).write_bytes(torn)
        assert call(*run, "--overwrite").code == 0
        assert Path(LOG).read_bytes() == first
    for other in (b'{"schema": "rnn.trace/1"', b"{ }", first[:30] + b"\n"):
        Path(LOG).write_bytes(other)
        assert call(*run, "--overwrite").code == 2
        assert Path(LOG).read_bytes() == other


def test_a_log_and_json_do_not_change_the_model(call: Command, here: Path) -> None:
    files = []
    for more in ((), ("--json",), ("--watch", "1")):
        assert call("train", *RUNS["classify"], *SMALL, "--out", OUT, "--overwrite", *more).code == 0
        files.append(Path(OUT).read_bytes())
    assert len(set(files)) == 1


@pytest.mark.parametrize(("digits", "pattern"), [("1", r"\d\.\d"), ("7", r"\d\.\d{7}")])
def test_decimals_as_asked_for(call: Command, here: Path, digits: str, pattern: str) -> None:
    result = call(*RECALL, "--max-steps", "20", "--eval-every", "10", "--precision", digits)
    assert result.code == 0
    assert len(re.findall(rf"of 20: loss {pattern}, grad norm", result.stderr)) == 20
    assert len(re.findall(rf": validation loss {pattern}, accuracy", result.stderr)) == 2
    assert re.search(rf"^  loss +{pattern} +in training", result.stdout, re.MULTILINE)
    assert re.search(rf"^  validation +{pattern} +loss;", result.stdout, re.MULTILINE)


def test_plain_lines_off_a_terminal(call: Command, here: Path) -> None:
    result = call(*RECALL, "--max-steps", "200", "--watch", "100", "--eval-every", "100")
    assert result.code == 0
    assert "\x1b" not in result.stdout + result.stderr
    lines = result.stderr.splitlines()
    assert "  baseline    guessing is right in 1 of 8 cases: accuracy 12.5%" in lines
    assert any(re.match(r"training recall:length=5 with gru: steps 0 to 200; 6,400 examples", one) for one in lines)
    assert (
        len(
            [
                one
                for one in lines
                if re.match(r"step \d+ of 200: loss \d\.\d{4}, grad norm .*tokens/s, \d+:\d\d left", one)
            ]
        )
        == 18
    )
    assert len([one for one in lines if re.match(r"step \d+: reach, the norm of dL/dh by steps back: 0: ", one)]) == 3
    assert len([one for one in lines if re.match(r"step \d+: validation loss \d\.\d+, accuracy \d+\.\d%", one)]) == 2
    assert result.stdout.startswith("rnn train recall:length=5     gru, 4 hidden units")
    assert "--out FILE keeps them" in result.stdout


def test_the_final_page(call: Command, here: Path) -> None:
    page = call(*start("classify"), "--save", "page.txt", "--save", "page.svg").stdout
    for word in (
        "steps ",
        "10  of 10; done",
        "validation",
        "accuracy",
        "clipped",
        "tokens a second",
        "Notice",
        f"rnn inspect {OUT}",
    ):
        assert word in page
    assert Path("page.txt").read_text() == page
    assert Path("page.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    "name", ["classify", "a text with carried state", "describe", "forecast", "recall", "translate, half free running"]
)
def test_the_commands_that_the_page_suggests_exist(name: str, call: Command, here: Path) -> None:
    from rnn_cli.app import COMMANDS

    page = call(*start(name)).stdout
    suggested = re.findall(r"^(?:Next)?\s+rnn (\w+) (\S+)", page, re.MULTILINE)
    assert len(suggested) == 2
    assert all(file == OUT for _, file in suggested)
    assert {command for command, _ in suggested} <= {*COMMANDS, "evaluate", "predict", "generate"}


@contextmanager
def running(arguments: Sequence[str], cwd: Path, **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a process that is ended whatever happens. Without a buffer: communicate() would not see what is in it."""
    command = [sys.executable, "-m", "rnn_cli", *arguments]
    process = subprocess.Popen(command, cwd=cwd, env=environment(None), bufsize=0, **streams)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.mark.parametrize("cell", CELLS)
def test_the_sentence_on_the_reach_has_no_part_of_a_symbol(cell: str, call: Command, here: Path) -> None:
    """Whose norm it is, as dL/d[h; c], stands above; the sentence says where."""
    run = (
        "train",
        "series.csv",
        "--task",
        "forecast",
        "--window",
        "6",
        "--validation",
        "0",
        "--max-steps",
        "3",
        "--watch",
        "1",
    )
    for more, where in (((), ""), (("--num-layers", "2", "--bidirectional"), " of the last layer's forward run")):
        page = " ".join(call(*run, "--cell", cell, "--hidden-size", "4", *more).stdout.split())
        assert re.search(rf"\d steps? back the gradient{where} is \S+ times what", page)


def read_steps(process: subprocess.Popen[bytes], count: int) -> None:
    """Read the JSON lines of a run until so many steps are made."""
    assert process.stdout is not None
    while count:
        line = process.stdout.readline()
        assert line, "the run ended"
        count -= json.loads(line)["event"] == "step"


def read_until_it_trains(process: subprocess.Popen[bytes]) -> None:
    """Read the lines of a run until it says that it begins: before that there is nothing to save."""
    assert process.stderr is not None
    while not (line := process.stderr.readline()).startswith(b"training "):
        assert line, "the run ended"


@pytest.mark.parametrize(("name", "code"), [*slow_but([], [("SIGINT", 130)]), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_saves_and_the_run_goes_on(name: str, code: int, call: Command, here: Path) -> None:
    number = getattr(signal, name)
    with running([*ENDLESS, "--json"], here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        read_steps(process, 30)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert b"Traceback" not in err
    last = events_of(out.decode())
    assert [one["event"] for one in last[-2:]] == ["checkpoint", "done"]
    assert last[-1]["reason"] == "interrupted"
    stopped = last[-1]["step"]
    result = call("train", "--resume", OUT, "--max-steps", str(stopped + 3), "--json")
    assert result.code == 0
    assert [one["step"] for one in events_of(result.stdout) if one["event"] == "step"] == [
        stopped + k for k in (1, 2, 3)
    ]


def test_a_warning_saves_and_the_run_goes_on_by_itself(call: Command, here: Path) -> None:
    """SIGUSR1: the file gets the step at hand, and the log and the file at the end are those of a run without it."""
    run = ["train", "--task", "recall:length=5", "--hidden-size", "4", "--max-steps", "400", "--out", OUT, "--log", LOG]
    with running([*run, "--json"], here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        read_steps(process, 30)
        process.send_signal(signal.SIGUSR1)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    saved = [one["step"] for one in events_of(out.decode()) if one["event"] == "checkpoint"]
    assert len(saved) == 3
    assert saved[0] >= 30
    assert saved[1:] == [200, 400]
    with_it = Path(OUT).read_bytes(), Path(LOG).read_bytes()
    assert call(*run, "--overwrite").code == 0
    assert (Path(OUT).read_bytes(), Path(LOG).read_bytes()) == with_it


def test_a_terminal_that_is_closed_does_not_cost_the_run(here: Path) -> None:
    """The hang-up comes, and everything that is written to the terminal fails from then on."""
    terminal, its_end = os.openpty()
    arguments = [*ENDLESS, "--checkpoint-every", "1000000"]
    with running(arguments, here, stdout=its_end, stderr=its_end, stdin=its_end) as process:
        os.close(its_end)
        shown = b""
        while b"progress" not in shown:  # which stands there once a step is made, after the file of step 0
            shown += os.read(terminal, 1000)
        before = (here / OUT).read_bytes()
        os.close(terminal)
        process.send_signal(signal.SIGHUP)
        process.wait(timeout=60)
    assert process.returncode in (1, 129)
    assert (here / OUT).read_bytes() != before


def test_a_second_run_on_the_same_file_is_refused_at_once(call: Command, here: Path) -> None:
    with running([*ENDLESS, "--json", "--log", LOG], here, stdout=subprocess.PIPE) as process:
        read_steps(process, 3)
        for second in (
            [*ENDLESS, "--overwrite"],
            ["train", "--resume", OUT],
            [*ENDLESS[:-1], "other.safetensors", "--log", LOG, "--overwrite"],
        ):
            result = call(*second)
            assert (result.code, result.stdout) == (2, "")
            assert f": process {process.pid} on " in result.stderr
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert not Path("other.safetensors").exists()
    assert not list(here.glob(".*"))
    assert call("inspect", OUT).code == 0


def test_a_log_may_be_a_pipe(call: Command, here: Path) -> None:
    os.mkfifo("pipe")
    run = ("train", "--task", "recall:length=3", "--hidden-size", "2", "--max-steps", "3", "--log", "pipe")
    result = call(*run)
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.endswith("rnn: --log pipe: is a pipe that nobody reads\n")
    with os.fdopen(os.open("pipe", os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:  # it does not wait for who writes
        assert call(*run).code == 0
        assert [json.loads(line)["event"] for line in reader][0::4] == ["start", "eval"]


def test_without_json_a_signal_leaves_a_page_that_says_how_to_go_on(here: Path) -> None:
    with running(ENDLESS, here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        read_until_it_trains(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted; saved" in out
    assert f"rnn train --resume {OUT}".encode() in out
    assert b"Traceback" not in err


def test_a_run_that_is_not_kept_does_not_say_that_it_was_saved(here: Path) -> None:
    with running(ENDLESS[:-2], here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        read_until_it_trains(process)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted" in out
    assert b"saved" not in out
    assert b"--out FILE keeps them" in out


STRUCK_TWICE = """if True:
    import signal, sys
    from rnn_cli.__main__ import main
    from rnn_cli.training import run

    number, measured = int(sys.argv.pop(1)), run.validation_measured

    def struck_twice(*given):
        for which in ("first", "second"):
            signal.raise_signal(number)
            print("after the", which, file=sys.stderr, flush=True)
        return measured(*given)

    run.validation_measured = struck_twice
    main()
"""
"""A run to which the signal comes twice before its first step has ended."""


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_second_signal_stops_at_once(number: signal.Signals, here: Path) -> None:
    """The first signal waits for the end of the step, the second does not."""
    done = subprocess.run(
        [sys.executable, "-c", STRUCK_TWICE, str(int(number)), *ENDLESS, "--eval-every", "1"],
        cwd=here, env=environment(None), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 128 + number
    assert done.stderr.endswith("\nafter the first\n")
    assert done.stdout == ""
    assert (here / OUT).exists()


def test_a_reader_that_goes_away_ends_the_run(here: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m rnn_cli {' '.join(ENDLESS)} --json | head -1"],
        cwd=here, env=environment(None), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert [one["event"] for one in events_of(done.stdout)] == ["start"]
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_each_line_is_flushed(here: Path) -> None:
    with running([*ENDLESS, "--json"], here, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        kinds = []
        for _ in range(5):
            assert select.select([process.stdout], [], [], 30)[0], "no line came"
            kinds.append(json.loads(process.stdout.readline())["event"])
    assert kinds[:3] == ["start", "checkpoint", "step"]


def on_a_terminal(arguments: Sequence[str], columns: int, cwd: Path, interrupt: bool = False) -> tuple[int, str]:
    """Exit code and raw output of a command whose stdin, stdout and stderr are one terminal."""
    import fcntl
    import termios

    outer, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with running(arguments, cwd, stdin=inner, stdout=inner, stderr=inner, start_new_session=True) as process:
        os.close(inner)
        raw = b""
        while True:
            try:
                part = os.read(outer, 65536)
            except OSError:
                break
            if not part:
                break
            raw += part
            if interrupt and b"progress" in raw:
                process.send_signal(signal.SIGINT)
                interrupt = False
        os.close(outer)
        code = process.wait(timeout=60)
    return code, raw.decode()


ESCAPE = re.compile(r"\x1b\[[0-9;?]*([A-Za-z])")


class Screen:
    """What a terminal shows of an output: enough of one for lines, carriage returns, going up and clearing."""

    def __init__(self, raw: str) -> None:
        self.lines: list[str] = [""]
        self.widest = 0
        row = 0
        at = 0
        while at < len(raw):
            found = ESCAPE.match(raw, at)
            if found:
                number = int(re.sub(r"\D", "", found[0]) or 1)
                if found[1] == "A":
                    row = max(0, row - number)
                elif found[1] == "K":
                    self.lines[row] = ""
                at = found.end()
                continue
            if raw[at] == "\n":
                row += 1
                if row == len(self.lines):
                    self.lines.append("")
            elif raw[at] != "\r":
                self.lines[row] += raw[at]
                self.widest = max(self.widest, len(self.lines[row]))
            at += 1

    @property
    def text(self) -> str:
        """What is left to be seen."""
        return "\n".join(self.lines).strip() + "\n"


@pytest.mark.parametrize("columns", slow_if([80, 140], 140))
def test_the_live_view(columns: int, here: Path) -> None:
    arguments = [*RECALL, "--max-steps", "300", "--watch", "75", "--eval-every", "75", "--out", OUT]
    shown = call_on_terminal(arguments, columns, errors_too=True)
    raw = shown.stdout
    assert shown.code == 0
    for word in (
        "progress",
        "of 300",
        "grad norm",
        "before clipping",
        "clipped",
        "validation",
        "best",
        "tokens a second",
        "left",
        "reach",
        "saves and stops",
    ):
        assert word in raw, word
    screen = Screen(raw)
    assert screen.widest <= columns
    assert "progress" not in screen.text, "the live view must not stay"
    assert "saves and stops" not in screen.text
    assert screen.text.count("rnn train recall:length=5") == 1
    assert "300  of 300; done" in screen.text
    assert "how far back the gradient gets" in screen.text
    assert raw.endswith("\n")
    assert "\x1b[?25l" in raw
    assert raw.rindex("\x1b[?25h") > raw.rindex("\x1b[?25l"), "the cursor must come back"


def test_the_live_view_is_left_clean_by_an_interrupt(here: Path) -> None:
    code, raw = on_a_terminal([*ENDLESS, "--no-color"], 100, here, interrupt=True)
    assert code == 130
    assert not re.search(r"\x1b\[[0-9;]*[349][0-9][;m]", raw), "bold may stay, colours may not"
    screen = Screen(raw)
    assert "progress" not in screen.text
    assert "interrupted; saved" in screen.text
    assert raw.rindex("\x1b[?25h") > raw.rindex("\x1b[?25l")


def test_no_live_view_on_a_dumb_terminal_or_beside_json(here: Path) -> None:
    for more, env, said in (
        ([], {"TERM": "dumb"}, "step 30 of 30: loss"),
        (["--json"], {}, '"event": "done"'),
    ):
        shown = call_on_terminal([*RECALL, "--max-steps", "30", *more], 100, env, errors_too=True)
        assert shown.code == 0
        assert "\x1b" not in shown.stdout
        assert said in shown.stdout


def test_a_small_terminal(here: Path) -> None:
    shown = call_on_terminal([*RECALL, "--max-steps", "50", "--watch", "25"], 40, errors_too=True)
    assert shown.code == 0
    assert "progress" not in Screen(shown.stdout).text


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_loss_as_a_figure(suffix: str, call: Command, here: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    first = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    result = call(*start("classify"), "--plot", f"loss{suffix}")
    assert result.code == 0, result.stderr
    data = Path(f"loss{suffix}").read_bytes()
    assert data.startswith(first)
    if suffix == ".svg":
        assert b"training" in data
        kept = re.search(r"kept +(\d+)", result.stdout)
        assert kept is not None
        assert f">kept: step {kept[1]}<".encode() in data


def test_a_figure_beside_json(call: Command, here: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    result = call(*start("classify"), "--plot", "loss.png", "--json")
    assert result.code == 0
    events_of(result.stdout)
    assert Path("loss.png").exists()
