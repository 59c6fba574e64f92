"""rnn samples: everything that is bundled is listed and described, and a copy is whole or not made."""

from pathlib import Path
from typing import Any

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.samples import INDEX, list_samples, require_data
from rnn_cli.models.bundled import bundled_models, samples_directory
from tests.conftest import Command
from tests.support.schemas import validate


def listed(call: Command, *arguments: str) -> Any:
    """The valid document of a run that went well."""
    result = call("samples", *arguments, "--json")
    assert (result.code, result.stderr) == (0, "")
    return validate(result.document())


def bundled_files() -> dict[str, bytes]:
    """What lies in the samples directory, without the index."""
    folder = samples_directory()
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    del files[INDEX]
    return files


def test_every_bundled_file_has_a_description() -> None:
    without = [sample.path for sample in list_samples() if not sample.description.strip()]
    assert not without, f"say what they are in samples/{INDEX}, or in the model's about: {without}"


def test_the_index_describes_no_file_that_is_not_there() -> None:
    import json

    described = json.loads((samples_directory() / INDEX).read_text(encoding="utf-8"))
    assert set(described) <= set(bundled_files())


def test_the_list_is_what_is_bundled(call: Command) -> None:
    samples = listed(call)["samples"]
    files = bundled_files()
    assert {one["path"]: one["bytes"] for one in samples} == {path: len(data) for path, data in files.items()}
    assert {one["name"] for one in samples if one["kind"] == "model"} == set(bundled_models())
    page = " ".join(call("samples").stdout.split())
    for one in samples:
        assert (one["name"] or one["path"]) in page
        assert one["description"] in page


def test_a_copy_is_whole_and_its_models_run(call: Command, tmp_path: Path) -> None:
    target = tmp_path / "new" / "mine"
    assert listed(call, "copy", str(target))["copied_to"] == str(target)
    copied = {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}
    assert copied == bundled_files()
    run = call("forward", "I love NLP", "--model", str(target / "models" / "nlp.json"))
    assert run.code == 0
    assert "positive" in run.stdout


def test_the_first_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("1\n")
    require_data(["-", str(there)])
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file$"):
        require_data(["-", str(there), str(tmp_path / "nowhere.csv")])


def test_files_that_are_there_stay_unless_they_may_be_replaced(call: Command, tmp_path: Path) -> None:
    (tmp_path / "sentences.txt").write_text("mine")
    refused = call("samples", "copy", str(tmp_path))
    assert (refused.code, refused.stdout) == (2, "")
    assert "sentences.txt" in refused.stderr
    assert "--overwrite" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["sentences.txt"]
    assert (tmp_path / "sentences.txt").read_text() == "mine"
    replaced = call("samples", "copy", str(tmp_path), "--overwrite")
    assert replaced.code == 0
    assert (tmp_path / "sentences.txt").read_bytes() == bundled_files()["sentences.txt"]


def test_a_folder_that_cannot_be_one_is_refused(call: Command, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    for target in (file, file / "below"):
        result = call("samples", "copy", str(target), "--overwrite")
        assert (result.code, result.stdout) == (2, "")
        assert "is a file" in result.stderr
    (tmp_path / "there" / "sentences.txt").mkdir(parents=True)
    result = call("samples", "copy", str(tmp_path / "there"), "--overwrite")
    assert result.code == 2
    assert "is a folder" in result.stderr
    assert not (tmp_path / "there" / "models").exists()


def test_what_samples_cannot_do_is_refused(call: Command) -> None:
    assert call("samples", "delete").code == 2
    result = call("samples", "copy")
    assert result.code == 2
    assert "rnn samples copy my-samples" in result.stderr
