"""What the reader found out when a run began stands when it goes on."""

from pathlib import Path

from tests.conftest import Command

ROWS = [f"{shop},2021-01-{k + 1:02},{(7 * k) % 11 + 100 * add}\n" for add, shop in enumerate("AB") for k in range(30)]
TRAIN = ("--task", "forecast", "--window", "3", "--batch-size", "8", "--hidden-size", "4")


def test_the_time_and_the_series_that_were_found(call: Command, tmp_path: Path) -> None:
    data, whole, parts = (str(tmp_path / name) for name in ("s.csv", "whole.safetensors", "parts.safetensors"))
    Path(data).write_text("shop,date,sales\n" + "".join(reversed(ROWS)))
    assert call("train", data, *TRAIN, "--max-steps", "4", "--out", whole).code == 0
    assert call("train", data, *TRAIN, "--max-steps", "2", "--out", parts).code == 0
    resumed = call("train", "--resume", parts, "--max-steps", "4")
    assert resumed.code == 0, resumed.stderr
    assert "2 series by shop" in resumed.stderr
    assert Path(parts).read_bytes() == Path(whole).read_bytes()
    assert call("evaluate", parts, data, "--held-out", "--resamples", "0").code == 0
    Path(data).write_text("shop,date,sales\n" + "".join(ROWS[:-1]))
    assert call("train", "--resume", parts, "--max-steps", "5").code == 2
