"""rnn samples: what is bundled, and copies of it for editing."""

from pathlib import Path
from typing import Annotated

import typer

from rnn_cli.commands.options import OutputOptions, with_options
from rnn_cli.errors import InputError


@with_options
def run(
    out: OutputOptions,
    action: Annotated[str | None, typer.Argument(metavar="copy", help="copy writes the files to DIR.")] = None,
    folder: Annotated[str | None, typer.Argument(metavar="DIR", help="The folder to write to.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")] = False,
) -> None:
    """The bundled models, sentences and data sets; copy writes them out for editing.

    \b
    Examples:
      rnn samples
      rnn samples copy my-samples
    """
    out.check()
    if action not in (None, "copy"):
        raise InputError(f"rnn samples {action}: give copy and a folder, or nothing to list the samples")
    if action == "copy" and folder is None:
        raise InputError("give the folder to write to, as in: rnn samples copy my-samples")
    from rnn_cli.documents.samples import samples_document
    from rnn_cli.inputs.samples import list_samples
    from rnn_cli.output.copies import copy_files
    from rnn_cli.output.emit import emit
    from rnn_cli.views.samples import copied_page, samples_page

    samples = list_samples()
    target = None if folder is None else Path(folder)
    if target is not None:
        copy_files({target / sample.path: sample.source for sample in samples}, overwrite)
    emit(
        lambda: samples_page(samples) if target is None else copied_page(samples, target),
        lambda: samples_document(samples, target),
        title="rnn samples",
        as_json=out.json,
        save=out.save,
        theme=out.theme,
        no_color=out.no_color,
        only=out.only,
        pager=not out.no_pager,
    )
