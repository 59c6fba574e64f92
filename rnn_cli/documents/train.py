"""rnn.train/1: one document per event."""

from typing import Any

from rnn_cli.core.attention import NONE
from rnn_cli.core.cells import made_cell
from rnn_cli.core.learning.train import StepEvent
from rnn_cli.documents.makeup import makeup_document
from rnn_cli.documents.model import model_document
from rnn_cli.documents.reading import left_out_document, read_document
from rnn_cli.models.trained import Trained, model_of
from rnn_cli.study.makeup import make_up
from rnn_cli.training.keeping import Kept
from rnn_cli.training.run import Evaluated, Finished, Run, RunEvent, Saving, Started
from rnn_cli.training.vectors import embedding_of


class EventWriter:
    """Turns a run's events into documents. `timed` adds what depends on the clock; a log leaves it out, so that a
    resumed run's log is that of the uninterrupted one to the last byte."""

    def __init__(self, run: Run, name: str, timed: bool) -> None:
        self.run, self.name, self.timed = run, name, timed
        self.tokens = 0
        self.seconds = 0.0

    def document(self, event: RunEvent) -> dict[str, Any]:
        """The document of an event."""
        document: dict[str, Any] = {"schema": "rnn.train/1", "event": NAMES[type(event)], "step": event.step}
        if isinstance(event, Started):
            return document | self._start(event)
        if isinstance(event, StepEvent):
            return document | self._step(event)
        if isinstance(event, Evaluated):
            measured = event.measured
            return document | {
                "epoch": event.epoch,
                "loss": measured.loss,
                "metric": {"name": measured.metric, "value": measured.value},
                "answers": measured.answers,
                **({} if measured.macro_f1 is None else {"macro_f1": measured.macro_f1}),
                "best": event.best,
            }
        if isinstance(event, Saving):
            return document | {"epoch": event.epoch, "path": event.path}
        return document | self._done(event)

    def _start(self, event: Started) -> dict[str, Any]:
        config, prepared = self.run.config, self.run.prepared
        reports = prepared.report, prepared.validation_report
        trained = Trained(config.task, self.run.system, prepared.encoding, {})
        return {
            "epoch": self.run.progress.epoch,
            "model": model_document(model_of(self.name, trained, config.dtype)),
            "task": config.task,
            "shape": prepared.shape,
            "cell": config.cell,
            "hidden_size": config.hidden_size,
            "num_layers": config.num_layers,
            "bidirectional": config.bidirectional,
            **({} if config.attention == NONE else {"attention": config.attention}),
            "parameter_count": event.parameter_count,
            "dtype": config.dtype,
            "seed": config.seed,
            "threads": config.threads,
            "total_steps": event.total_steps,
            "keep": config.keep,
            "schedule": config.schedule,
            "schedule_steps": self.run.schedule_steps,
            "steps_per_epoch": event.steps_per_epoch,
            "examples": event.examples,
            "validation_examples": event.validation_examples,
            "bad_rows": prepared.report.bad_count,
            "read": read_document(*reports),
            "left_out": left_out_document(*reports),
            **self._vectors(),
            **makeup_document(make_up(prepared), prepared),
        }

    def _vectors(self) -> dict[str, Any]:
        """What the embedding began with, where a file of vectors was given."""
        config, found = self.run.config, self.run.vectors_found
        if config.vectors is None or found is None:
            return {}
        tokens = len(embedding_of(self.run.system, self.run.prepared.encoding)[1])
        return {
            "vectors": {
                "file": config.vectors,
                "size": config.embedding_size,
                "tokens": tokens,
                "found": found,
                "frozen": config.freeze_vectors,
            }
        }

    def _step(self, event: StepEvent) -> dict[str, Any]:
        self.tokens += event.tokens
        self.seconds += event.seconds
        document: dict[str, Any] = {
            "epoch": event.epoch,
            "loss": event.loss,
            "grad_norm": event.grad_norm,
            "grad_norm_clipped": event.grad_norm_clipped,
            "clipped": event.clipped,
            "learning_rate": event.learning_rate,
            "tokens": self.run.progress.tokens,
        }
        if self.timed:
            document["tokens_per_second"] = event.tokens / event.seconds if event.seconds else None
        if event.reach is not None:
            document["reach"] = {
                "of": made_cell(self.run.config.cell, ()).jacobian_symbol,
                "distances": event.reach.distances,
                "norms": event.reach.norms,
            }
        return document

    def _done(self, event: Finished) -> dict[str, Any]:
        progress, measured = self.run.progress, event.measured
        document: dict[str, Any] = {
            "epoch": event.epoch,
            "reason": event.reason,
            "loss": None if measured is None else measured.loss,
            "metric": None if measured is None else {"name": measured.metric, "value": measured.value},
            "best": None if progress.best is None else self._best(),
            "kept": kept_document(self.run.kept),
            "clipped_steps": progress.clipped,
            "tokens": progress.tokens,
        }
        if self.timed:
            document["tokens_per_second"] = self.tokens / self.seconds if self.seconds else None
        return document

    def _best(self) -> dict[str, Any]:
        """The best evaluation; of runs that began before --keep was there the loss may not be known."""
        progress = self.run.progress
        loss = {} if progress.best_loss is None else {"loss": progress.best_loss}
        f1 = {} if progress.best_f1 is None else {"macro_f1": progress.best_f1}
        return {"step": progress.best_step, "value": progress.best, **loss, **f1}


def kept_document(kept: Kept) -> dict[str, Any]:
    """Which step's weights are kept, and why."""
    return {"step": kept.step, "by": kept.by, "why": kept.why}


NAMES: dict[type, str] = {
    Started: "start",
    StepEvent: "step",
    Evaluated: "eval",
    Saving: "checkpoint",
    Finished: "done",
}
