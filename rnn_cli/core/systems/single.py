"""One network: embedding -> layers -> readout, at the end (many-to-one) or at every step (many-to-many)."""

from dataclasses import dataclass, field

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.forward import Dropout
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.base import Blueprint, Pass, add_embedding_gradient, error_norms, run_network, states_at


def single_shapes(blueprint: Blueprint) -> dict[str, tuple[int, ...]]:
    """The parameters of the network, under its own names."""
    assert blueprint.reader is not None
    return blueprint.reader.shapes()


@dataclass(frozen=True, eq=False)
class Single:
    """One network with its loss. `starts` are those of the network: nothing here learns them."""

    blueprint: Blueprint
    parameters: Parameters
    starts: InitialStates = field(default_factory=dict)

    @property
    def network(self) -> Network:
        """The network, over the system's buffer."""
        assert self.blueprint.reader is not None
        return Network(self.blueprint.reader, self.parameters, starts=self.starts)

    def forward(self, batch: Batch, state: InitialStates | None = None, dropout: Dropout | None = None) -> Pass:
        """See System. inputs (T, B) or (T, B, I)."""
        network = self.network
        run = run_network(network, batch.inputs, batch.lengths, state, dropout, batch.parts)
        assert run.logits is not None
        weights = batch.weights.astype(run.logits.dtype, copy=False)
        loss = loss_of(self.blueprint.loss, run.logits, batch.targets, weights, mean=True)
        return Pass(batch, loss, run.logits, (run,), states_at(run, batch.carry_at))

    def backward(self, done: Pass, gradients: Parameters, keep_dh: bool = False) -> Array | None:
        """See System."""
        network = self.network
        back = run_backward(network, done.runs[0], done.loss.dlogits, keep_dh=keep_dh, gradients=gradients)
        add_embedding_gradient(network, gradients, done.batch.inputs, done.runs[0], back, done.batch.parts)
        return error_norms(network, done.runs[0], back) if keep_dh else None
