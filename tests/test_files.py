"""A file is written whole or not at all, by one process at a time, and never over what a command reads."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import ENDING, HOUR, beside, remove_leftovers, write_atomically, write_together
from rnn_cli.locks import held
from rnn_cli.paths import INPUTS, OUTPUTS, PAIRS, check_paths
from tests.conftest import Command
from tests.support.command import environment
from tests.support.faults import BROKEN, FULL, ONCE, Fault, failing


def test_a_save_replaces_the_file_whole_or_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_atomically(path, b"old")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    with pytest.raises(TypeError):
        write_atomically(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["f"]
    with pytest.raises(OSError, match="No such file"):
        write_atomically(tmp_path / "none" / "f", b"x")


def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    """Every call of it is refused in turn: the message names the file that it was about, and nothing lies beside them."""
    first, new, last = tmp_path / "first", tmp_path / "new", tmp_path / "last"
    after = {first: b"1", new: b"2", last: b"3"}
    refused = []
    for at in range(100):
        for path in (first, last):
            path.write_bytes(b"old")
        new.unlink(missing_ok=True)
        with failing(tmp_path, Fault(ONCE, at)) as disk:
            try:
                write_together(after)
            except OSError as error:
                refused.append(Path(str(error.filename)).name)
        if not disk.struck:
            break
        found = {path: path.read_bytes() for path in tmp_path.iterdir()}
        assert found in ({first: b"old", last: b"old"}, after), (at, disk.struck)
    assert {"first", "new", "last"} <= set(refused)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == after


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    with held("--out", path):
        write_atomically(path, b"x")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target, link, second = tmp_path / "far" / "target", tmp_path / "link", tmp_path / "second"
    link.symlink_to(target)
    second.symlink_to("link")
    write_atomically(second, b"first")  # the links dangled
    write_atomically(link, b"second")
    assert link.is_symlink()
    assert second.is_symlink()
    assert target.read_bytes() == b"second"
    assert [one.name for one in (tmp_path / "far").iterdir()] == ["target"]
    circle = tmp_path / "circle"
    circle.symlink_to("circle")
    with pytest.raises(OSError, match="symbolic links"):
        write_atomically(circle, b"x")


def test_what_lies_at_a_name_beside_the_file_is_never_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever guessed the random name, or made the lock a link, gains nothing."""
    victim, path = tmp_path / "victim", tmp_path / "f"
    victim.write_bytes(b"mine")
    monkeypatch.setattr("os.urandom", lambda n: bytes(n))
    beside(path, f".{'00' * 8}{ENDING}").symlink_to(victim)
    with pytest.raises(FileExistsError):
        write_atomically(path, b"x")
    lock = beside(path, ".lock")
    lock.symlink_to(victim)
    with pytest.raises(SystemRefused, match="symbolic links"), held("--out", path):
        pass
    lock.unlink()
    lock.hardlink_to(victim)
    with pytest.raises(SystemRefused, match="not a file of its own"), held("--out", path):
        pass
    assert victim.read_bytes() == b"mine"
    assert not path.exists()


def test_pipes_and_devices_are_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="a pipe or a device"):
        write_atomically(pipe, b"x")
    assert pipe.is_fifo()


def test_what_a_killed_process_left_is_removed_once_nobody_can_be_writing_it(tmp_path: Path) -> None:
    path, other = tmp_path / "f", tmp_path / "g"
    old, new = (beside(path, f".{k * 16}{ENDING}") for k in "ab")
    of_another, no_leftover = beside(other, f".{'a' * 16}{ENDING}"), beside(path, f".notes{ENDING}")
    for one in (old, new, of_another, no_leftover):
        one.write_bytes(b"half")
    os.utime(old, (0, old.stat().st_mtime - HOUR - 1))
    remove_leftovers(path)
    assert not old.exists()
    assert new.exists()
    with held("--out", path):  # the holder alone writes this file
        assert not new.exists()
    assert of_another.exists()
    assert no_leftover.exists()


def test_what_cannot_be_tidied_up_is_no_reason_to_fail(tmp_path: Path) -> None:
    path = tmp_path / "f"
    left = beside(path, f".{'a' * 16}{ENDING}")
    left.write_bytes(b"half")
    for at in (0, 1):  # the folder cannot be read; what was found there is gone, or is not ours to remove
        with failing(tmp_path, Fault(ONCE, at)) as disk:
            remove_leftovers(path, older_than=0)
        assert disk.struck
        assert left.exists()
    with failing(tmp_path, Fault(BROKEN, 3)) as disk, held("--out", path):  # once the lock has its name
        pass
    assert {"scandir", "unlink", "close"} <= set(disk.struck)
    with held("--out", path):
        assert not left.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_for_a_lock_keeps_none(tmp_path: Path) -> None:
    refusal = pytest.raises(SystemRefused, match=r"--out .*f: \.f\.lock: No space left")
    with failing(tmp_path, Fault(FULL, 0)), refusal, held("--out", tmp_path / "f"):
        pass
    assert list(tmp_path.iterdir()) == []


HOLD = "import sys, time; from pathlib import Path; from rnn_cli.locks import held\nwith held('--out', Path(sys.argv[1])):\n    print(flush=True); time.sleep(60)"


def test_a_file_is_held_by_one_process_until_that_ends_however_it_ends(tmp_path: Path) -> None:
    path, link = tmp_path / "f", tmp_path / "link"
    link.symlink_to(path)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], env=environment(None), stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        for name in (path, link):
            says = rf"--out {name}: process {holder.pid} on \S+, since 20"
            with pytest.raises(InputError, match=says), held("--out", name):
                pass
    finally:
        holder.kill()
        holder.communicate()
    with held("--out", path):
        assert beside(path, ".lock").exists()
        with pytest.raises(InputError, match=f"process {os.getpid()} on "), held("--out", path):
            pass
    assert [one.name for one in tmp_path.iterdir()] == ["link"]


def test_every_option_that_names_a_file_is_held_against_the_others() -> None:
    """From the commands themselves: an option whose help says FILE, DATA or MODEL is in one of the two lists."""
    import typer

    from rnn_cli.app import COMMANDS, app

    group = typer.main.get_command(app)
    context = typer.Context(group)
    for name in COMMANDS:
        for one in group.get_command(context, name).params:  # type: ignore[attr-defined]
            shown = str(one.metavar or "")
            if any(word in shown for word in ("FILE", "DATA", "MODEL")):
                assert one.name in (*INPUTS, *OUTPUTS), f"{name} {one.name}"


def test_two_names_of_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    data = tmp_path / "data.txt"
    data.write_text("x")
    (tmp_path / "link.txt").symlink_to(data)
    (tmp_path / "hard.txt").hardlink_to(data)
    (tmp_path / "later.txt").symlink_to("not-yet.txt")
    names = ("data.txt", "./data.txt", "sub/../data.txt", str(data), "link.txt", "hard.txt")
    for reading in INPUTS:
        for writing in OUTPUTS:
            for name in names:
                with pytest.raises(InputError, match=rf"--{writing.replace('_', '-')} .*is what the command reads"):
                    read = "h=data.txt" if reading in PAIRS else "data.txt"
                    check_paths({reading: ["other.txt", read], writing: name})
    for one, other in (("data.txt", "link.txt"), ("new.txt", "sub/../new.txt"), ("later.txt", "not-yet.txt")):
        with pytest.raises(InputError, match="is also written by"):
            check_paths({"save": [one], "log": other})
        with pytest.raises(InputError, match="is also written by"):
            check_paths({"save": [one, other]})
    check_paths(
        {"data": ["data.txt"], "model": "nlp", "file": "-", "save": ["page.txt"], "log": "log.txt", "out": None}
    )
    assert data.read_text() == "x"


def test_what_stdin_comes_from_is_read_too(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("I love NLP")
    with text.open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-m", "rnn_cli", "trace", "-", "--save", str(text)],
            stdin=stdin, capture_output=True, text=True, env=environment(None), timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"rnn: --save {text}: is what the command reads (TEXT -); name another file\n"
    assert text.read_text() == "I love NLP"


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    (folder / "class.txt").write_text("x")
    circle = tmp_path / "circle"
    circle.symlink_to("circle")
    for writing in OUTPUTS:
        for place, says in (
            (folder, "is a folder"),
            (tmp_path / "none" / "f", f"there is no folder {tmp_path / 'none'}"),
            (tmp_path / ("n" * 256), "name too long"),
            (tmp_path / "a\0b", "null"),
            (circle, "symbolic links"),
        ):
            with pytest.raises(InputError, match=rf"(?i)--{writing.replace('_', '-')} .*{says}"):
                check_paths({writing: str(place)})
        if writing == "log":
            check_paths({writing: str(pipe)})
        else:
            with pytest.raises(InputError, match="a pipe or a device"):
                check_paths({writing: str(pipe)})
    for place in (folder / "class.txt", folder / "new.txt"):
        with pytest.raises(InputError, match="lies in the folder"):
            check_paths({"data": [str(folder)], "save": [str(place)]})
    model, alias = folder / "model.safetensors", tmp_path / "alias.safetensors"
    model.write_text("x")
    alias.hardlink_to(folder / "class.txt")
    check_paths({"data": [str(folder)], "out": str(model)})
    with pytest.raises(InputError, match="lies in the folder"):
        check_paths({"data": [str(folder)], "out": str(alias)})


@pytest.mark.parametrize("name", ["trace", "forward", "bptt", "gradients"])
def test_a_page_is_not_saved_over_its_input(name: str, call: Command, tmp_path: Path) -> None:
    numbers = tmp_path / "x.json"
    numbers.write_text("[[1, 2], [3, 4]]")
    result = call(name, "--input", str(numbers), "--cell", "lstm", "--save", str(numbers))
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr == f"rnn: --save {numbers}: is what the command reads (--input {numbers}); name another file\n"
    assert numbers.read_text() == "[[1, 2], [3, 4]]"
    result = call(name, "--input", str(numbers), "--cell", "lstm", "--save", str(tmp_path / "none" / "page.txt"))
    assert (result.code, result.stdout) == (2, "")
