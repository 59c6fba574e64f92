"""The notebook among the samples runs from top to bottom, and every result in it shows itself."""

import json
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from rnn_cli.models.bundled import samples_directory
from rnn_cli.output.notebook import BOX

NOTEBOOK = samples_directory() / "notebooks" / "first-look.ipynb"


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Jupyter's own modules


@pytest.fixture(scope="module")
def executed() -> list[Any]:
    """The code cells, run in the folder of the notebook."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    ).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def html_of(cell: Any) -> str:
    """The HTML that a cell shows; "" where it shows none."""
    shown = [output["data"]["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]
    assert len(shown) <= 1
    return "".join(shown)


def test_it_is_kept_without_what_it_printed() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert len(cells) == 10
    for cell in cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def test_every_cell_runs_and_shows_its_result(executed: list[Any]) -> None:
    for cell in executed:
        errors = [output for output in cell.outputs if output.output_type == "error"]
        assert not errors, cell.source
        streams = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
        assert streams == "", cell.source
        if "import torch" not in cell.source:
            assert html_of(cell).startswith(f'<div style="background:{BOX}'), cell.source


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "Memory over time"),
        (1, "Why h[2][1]"),
        (2, "Gates and states"),
        (3, "Truncated"),
        (4, "Verdict"),
        (5, "rnn train classify"),
        (6, "the film was not bad"),
    ],
)
def test_what_the_cells_show(number: int, words: str, executed: list[Any]) -> None:
    assert words in html_of(executed[number])


def test_the_cell_on_pytorch_says_how_to_install_it(executed: list[Any]) -> None:
    printed = "".join(output.text for output in executed[-1].outputs if output.output_type == "stream")
    try:
        import torch  # noqa: F401
    except ImportError:
        assert "pip install torch" in printed
        assert html_of(executed[-1]) == ""
    else:
        assert "largest difference from PyTorch's own output" in printed
        assert BOX in html_of(executed[-1])
