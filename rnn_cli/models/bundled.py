"""The samples that come with the program: models, sentences and small data sets that a user can run and edit."""

from pathlib import Path


def samples_directory() -> Path:
    """Where the samples lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "samples"
    return inside if inside.is_dir() else package.parent / "samples"


def bundled_models() -> dict[str, Path]:
    """The bundled models by name."""
    return {path.stem: path for path in sorted((samples_directory() / "models").glob("*.json"))}
