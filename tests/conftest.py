"""What every test stands on: a pinned terminal, the real command as a fixture, and the switches of the suite."""

import atexit
import gc
import os
import signal
import sys

# Before NumPy and PyTorch load, and as rnn itself does: the threads of several processes would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from rnn_cli.program import NEW_OBJECTS
from tests.support.command import Result, run_command, run_on_terminal, strict_json
from tests.support.other_system import is_lack
from tests.support.trained import TrainedModels

# pytest compiles fifty thousand lines of tests. The processes of a run take them from each other, and from the last run.
sys.dont_write_bytecode = False

# As rnn itself does: thousands of tests are collected and live on, and Python would search them again and again.
gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
atexit.register(gc.freeze)  # and once more at the very end, where the process gives back all it has anyhow

for profile, examples in (("ordinary", 12), ("slow", 80)):
    settings.register_profile(
        profile, deadline=None, derandomize=True, max_examples=examples, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile("ordinary")

for name in (
    "FORCE_COLOR",
    "NO_COLOR",
    "GITHUB_ACTIONS",
    "COLUMNS",
    "LINES",
    "COLORTERM",
    "TTY_COMPATIBLE",
    "RNN_PAGER",
):
    os.environ.pop(name, None)
for name in [key for key in os.environ if key.startswith("LC_")]:
    del os.environ[name]
for number in [getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]:
    if (
        signal.getsignal(number) is signal.SIG_IGN
    ):  # as a script's `&` and nohup leave it, and commands would inherit it
        signal.signal(number, signal.SIG_DFL)
os.environ["LANG"] = "C.UTF-8"
os.environ["TERM"] = "xterm-256color"
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
os.environ["PAGER"] = "cat"  # a pager would wait for somebody; the tests of it name their own


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's own switches."""
    parser.addoption("--run-slow", action="store_true", help="run the tests marked slow too")
    parser.addoption("--overwrite-goldens", action="store_true", help="write the goldens anew instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    """More examples of every property where time is given."""
    if config.getoption("--run-slow"):
        settings.load_profile("slow")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Every second process reads the files from the last to the first, so that each compiles a half for both."""
    report = yield
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if isinstance(collector, pytest.Directory) and number % 2:
        report.result.reverse()
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked slow unless --run-slow asks for it. The largest files go first.

    A file stays with one worker. As a rule the larger ones take longer: a worker that began one of them last would keep
    all others waiting.
    """
    items.sort(key=lambda item: (-item.path.stat().st_size, item.path))
    if config.getoption("--run-slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: runs with --run-slow"))


def pytest_collection_finish() -> None:
    """What was collected lives to the end: no search for garbage passes over it again."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A test that asks for what only POSIX has is skipped on another system; a command that asks for it fails there."""
    try:
        return (yield)
    except (AttributeError, ImportError) as error:
        if os.name == "posix" or not is_lack(error):
            raise
        pytest.skip(f"this system has no {error.name}")


Command = Callable[..., Result]
Both = Callable[..., tuple[Result, Any]]


@pytest.fixture
def rnn(tmp_path: Path) -> Command:
    """The real command: rnn("trace", "I love NLP", env={...}, stdin="...") -> Result, run in a temporary folder."""

    def run(
        *arguments: str, env: Mapping[str, str] | None = None, stdin: str | bytes = b"", cwd: Path | None = None
    ) -> Result:
        return run_command(arguments, env, stdin, cwd or tmp_path)

    return run


@pytest.fixture
def rnn_tty(tmp_path: Path) -> Callable[[int], Command]:
    """The real command on a terminal of so many columns: rnn_tty(80)("trace", "I love NLP") -> Result."""

    def terminal(columns: int) -> Command:
        def run(*arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Result:
            return run_on_terminal(arguments, columns, env, cwd or tmp_path)

        return run

    return terminal


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], None]]:
    """golden(name, text) holds `text` against tests/goldens/name.txt; --overwrite-goldens writes it."""
    folder = Path(__file__).parent / "goldens"

    def check(name: str, text: str) -> None:
        path = folder / f"{name}.txt"
        if request.config.getoption("--overwrite-goldens"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing: run pytest with --overwrite-goldens"
        assert text == path.read_text(encoding="utf-8"), f"differs from {path.name}"

    yield check


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModels:
    """Small trained models, one for each task: trained.path("lm") -> the file, made when it is first asked for."""
    base = tmp_path_factory.getbasetemp()
    return TrainedModels((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "trained")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command within this process: call("trace", "I love NLP") -> Result. Quicker, where a process adds nothing."""
    from rnn_cli.__main__ import main

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(arguments)
        captured = capsys.readouterr()
        code = left.value.code
        return Result(code if isinstance(code, int) else 0, captured.out, captured.err, captured.out.encode())

    return run


@pytest.fixture
def both(call: Command, tmp_path: Path) -> Both:
    """both("predict", "nlp", "I love NLP") -> what `call` gives, with the page, and the document of the same run."""

    def run(*arguments: str) -> tuple[Result, Any]:
        saved = tmp_path / "saved with the page.json"
        result = call(*arguments, "--save", str(saved))
        assert result.code == 0, result.stderr
        return result, strict_json(saved.read_text(encoding="utf-8"))

    return run
