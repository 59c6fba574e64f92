"""Texts whose class is the name of their file or folder.

A file of each class with an example on each line, several such files or a folder of them; or a folder of each class
with an example in each file.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rnn_cli.errors import InputError
from rnn_cli.inputs.delimited import OF_ENDING, find_form
from rnn_cli.inputs.json_table import ENDINGS, looks_like_json
from rnn_cli.inputs.opening import suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.table import is_fasttext
from rnn_cli.inputs.text_lines import read_data_lines
from rnn_cli.reading import FILE, FOLDER, stands_at

Labelled = tuple[str, int, str, str]
"""(file, line, text, class)."""

SPLITS = ("train", "training", "test", "testing", "valid", "validation", "val", "dev", "eval")
UNLABELLED = ("unsup", "unlabeled", "unlabelled")
NO_DATA = ("readme", "license", "licence", "copying", "changelog", "notice")
MANY = 20


def read_class_folder(name: str, report: ReadingReport) -> list[Labelled]:
    """Each example of a folder: of its files, each a class, or of the folders in it, each a class.

    InputError where the folder holds the parts of a split, tables, or the examples of one class alone.
    """
    files, folders = _texts_in(Path(name), report), _folders_in(Path(name))
    if not files:
        ends = (*OF_ENDING, *ENDINGS)
        called = sorted(path.name for path in Path(name).iterdir() if suffix_of(path.name) in ends)
        if called:
            raise InputError(f"{name}: holds tables ({', '.join(called[:3])}): give the files, not their folder")
        if not folders:
            raise InputError(f"{name}: the folder has no .txt file; each is a class, with an example on each line")
        _check_split(name, [folder.name for folder in folders])
        return _read_folders(name, folders, report)
    if folders:
        report.note(
            f"{name}: left out the folders {', '.join(f.name for f in folders)}: its .txt files are the classes"
        )
    _check_split(name, [_stem(path.name) for path in files])
    tables = [path for path in files if _table_by_content(path, report)]
    if tables:
        raise InputError(f"{tables[0]}: holds columns, not a text a line: give the files themselves, not their folder")
    rows = _read_files(name, [str(path) for path in files], report)
    if len(files) >= MANY and len(rows) <= len(files):
        raise InputError(
            f"{name}: {len(files):,} files with a line each would be as many classes; where each is an example of one "
            "class, give the folder above, or the folders of all classes"
        )
    return rows


def are_class_files(data: Sequence[str], labels: Collection[str], report: ReadingReport) -> bool:
    """Whether several files, or one that is called as a label that is known, hold a class each: none is a table."""
    paths = [Path(one) for one in data]
    if "-" in data or any(stands_at(one) != FILE for one in data):
        return False
    if len(data) == 1 and class_names(data)[0] not in labels:
        return False
    if any(suffix_of(one) in OF_ENDING or suffix_of(one) in ENDINGS for one in data):
        return False
    if any(_table_by_content(path, report) for path in paths):
        return False
    _check_split(", ".join(data), class_names(data))
    return True


def read_class_files(data: Sequence[str], report: ReadingReport) -> list[Labelled]:
    """Each example of some files that hold a class each, a text a line."""
    return _read_files(", ".join(data), data, report)


def are_class_folders(data: Sequence[str], report: ReadingReport) -> bool:
    """Whether several folders are a class each: they hold an example in each of many files."""
    paths = [Path(one) for one in data]
    if len(data) < 2 or any(stands_at(one) != FOLDER for one in data):
        return False
    return all(_one_line_each(_texts_in(path, ReadingReport(encoding=report.encoding))) for path in paths)


def read_class_folders(data: Sequence[str], report: ReadingReport) -> list[Labelled]:
    """Each example of some folders that are a class each."""
    return _read_folders(", ".join(data), [Path(one) for one in data], report)


def class_names(data: Sequence[str]) -> list[str]:
    """The classes that files are named for: the parts of their names that differ."""
    ways = (
        [_stem(Path(one).name) for one in data],
        [suffix_of(one).removeprefix(".") for one in data],
        [Path(one).absolute().parent.name for one in data],
    )
    return next((names for names in ways if len(set(names)) == len(data) and all(names)), ways[0])


def files_of(folder: Path) -> list[Path]:
    """The files that a folder is read from, in their order: its own, and those of its folders where it has no text."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if any(suffix_of(path.name) == ".txt" for path in files):
        return files
    inner = [path for one in _folders_in(folder) for path in sorted(one.iterdir()) if path.is_file()]
    return [*files, *inner]


def _read_files(where: str, files: Sequence[str], report: ReadingReport) -> list[Labelled]:
    names = class_names(files)
    if len(set(names)) < len(names):
        raise InputError(f"{where}: two files have one name, which would be their class")
    report.decide(where, "classes", "files", "a class a file, an example a line")
    return [
        (file, line, text.strip(), label)
        for file, label in zip(files, names, strict=True)
        for line, text in read_data_lines(file, report)
        if text.strip()
    ]


def _read_folders(where: str, folders: Sequence[Path], report: ReadingReport) -> list[Labelled]:
    left = [one.name for one in folders if one.name.casefold() in UNLABELLED]
    if left:
        report.note(f"{where}: left out {', '.join(left)}: texts without a label")
    inside = {one.name: _texts_in(one, report) for one in folders if one.name not in left}
    empty = [label for label, files in inside.items() if not files]
    if empty:
        raise InputError(
            f"{where}: the folder {empty[0]} holds no text; each folder is a class, each file in it an example"
        )
    if all(len(files) == 1 for files in inside.values()):
        report.decide(where, "classes", "folders", "a class a folder, an example a line")
        return [
            (str(file), line, text.strip(), label)
            for label, files in inside.items()
            for file in files
            for line, text in read_data_lines(str(file), report)
            if text.strip()
        ]
    report.decide(where, "classes", "folders", "a class a folder, an example a file")
    rows: list[Labelled] = []
    for label, files in inside.items():
        for file in files:
            lines = (text.strip() for _, text in read_data_lines(str(file), report))
            text = " ".join(line for line in lines if line)
            if text:
                rows.append((str(file), 1, text, label))
            else:
                report.refuse(str(file), 1, "no text")
    return rows


def _texts_in(folder: Path, report: ReadingReport) -> list[Path]:
    """The files of a folder that are texts: .txt where there are any, else all that are not called tables.

    A file that tells about the data is none of them. What is left out is said.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    data = [path for path in files if not path.name.casefold().startswith(NO_DATA)]
    texts = [path for path in data if suffix_of(path.name) == ".txt"]
    if not texts:
        texts = [path for path in data if suffix_of(path.name) not in (*OF_ENDING, *ENDINGS)]
    others = [path.name for path in files if path not in texts]
    if texts and others:
        shown = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        report.note(
            f"{folder}: left out {shown}: only {'.txt files' if suffix_of(texts[0].name) else 'texts'} are read"
        )
    return texts


def _folders_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def _stem(name: str) -> str:
    stem = name[:-3] if name.lower().endswith(".gz") else name
    return stem.removesuffix(Path(stem).suffix)


def _check_split(where: str, names: Sequence[str]) -> None:
    """InputError where the names are those of the parts of a data set."""
    parts = [name for name in names if name.casefold() in SPLITS]
    if len(parts) > 1 or (parts and len(names) == 1):
        shown = " and ".join(parts)
        raise InputError(
            f"{where}: {shown} {'are parts' if len(parts) > 1 else 'is a part'} of a data set, not classes: "
            "train on the one, and give the other with --validation"
        )


def _table_by_content(path: Path, report: ReadingReport) -> bool:
    """Whether a file's lines are the rows of a table, whatever it is called."""
    lines = list(read_data_lines(str(path), ReadingReport(encoding=report.encoding)))
    if not any(line.strip() for _, line in lines):
        return False
    if looks_like_json(lines) or is_fasttext(lines):
        return True
    try:
        form = find_form(str(path), "", lines, None, None, ragged=True)
    except InputError:
        return False
    return form.rows > 1 and (form.sign == "\t" or form.labels or bool(form.cut))


def _one_line_each(files: Sequence[Path]) -> bool:
    """Whether there are many files, and the first of them hold a line each."""
    return len(files) >= MANY and all(
        sum(1 for line in _some_lines(path) if line.strip()) <= 1 for path in files[:MANY]
    )


def _some_lines(path: Path) -> Iterator[str]:
    return (line for _, line in read_data_lines(str(path), ReadingReport()))
