"""A module of a file runs in a process of its own: loaded, made, called, and its numbers written down."""

import inspect
import sys
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.study.check.child.run import Runner, carry_out
from rnn_cli.study.check.modules.judge import cell_of, task_for
from rnn_cli.study.check.modules.observe import loaded_torch, observe, state_of
from rnn_cli.study.check.modules.weights import read_weights

SIZES = {
    "input_size": 3, "hidden_size": 4, "n_inputs": 3, "n_hidden": 4, "input_dim": 3, "hidden_dim": 4, "in_features": 3,
    "out_features": 4, "in_size": 3, "num_inputs": 3, "num_hiddens": 4, "num_hidden": 4, "n_in": 3, "hidden": 4, "inputs": 3,
    "input": 3, "units": 4, "I": 3, "H": 4, "output_size": 2, "output_dim": 2, "num_classes": 2, "n_classes": 2, "num_layers": 1,
    "n_layers": 1, "layers": 1, "nin": 3, "nhid": 4, "d_in": 3, "d_hidden": 4, "d_model": 4, "embed_size": 3, "embedding_dim": 3,
    "size": 4, "dim": 4, "x_size": 3, "h_size": 4, "input_sz": 3, "hidden_sz": 4, "input_units": 3, "hidden_units": 4, "O": 2,
}  # fmt: skip
"""What arguments without a default get, by their names."""


class ModuleRunner(Runner):
    """One module and the job that it is run for."""

    def run(self) -> None:
        """Make the module, run it, and write down what came of it, or why nothing did."""
        try:
            file, _ = self.loaded()
            torch = loaded_torch()
            module = self.made(file, torch)
            cell = cell_of(self.job["cell"], self.job["options"])
            weights = read_weights(self.job["shown"], state_of(module), cell, self.job["names"])
            task = task_for(weights, cell, self.job["seed"])
            with self.watched(self.job["name"], expected=InputError):
                found = observe(module, task, cell.states)
        except InputError as error:
            self.write({"kind": "refused", "text": str(error)})
            return
        arrays = {f"state/{name}": array for name, array in found.state.items()}
        arrays |= {f"gradient/{name}": array for name, array in found.gradients.items()}
        arrays |= {f"result/{name}": array for name, array in found.results.items()}
        said = {name: getattr(found, name) for name in ("single", "started", "detached", "again", "said")}
        self.write({"kind": "module", "is": found.kind, **said}, {**arrays, "dx": found.dx})

    def made(self, file: Any, torch: Any) -> Any:
        """The module: an instance as it stands, or a class with small sizes. InputError where there is none of that name."""
        name = self.job["name"]
        known = {key: one for key, one in vars(file).items() if _is_module(one, torch) and _own(one, file)}
        if name not in vars(file):
            held = ", ".join(known) or "none"
            raise InputError(f"{self.job['shown']}: there is no {name}; its modules are: {held}")
        one = vars(file)[name]
        if isinstance(one, torch.nn.Module):
            return one
        torch.manual_seed(self.job["seed"])
        with self.watched(name, expected=InputError):
            if not callable(one):
                raise InputError(f"{self.job['shown']}: {name} is no torch.nn.Module, nor makes one")
            made = one(*self.arguments_of(one))
            if not isinstance(made, torch.nn.Module):
                raise InputError(f"{self.job['shown']}: {name} makes a {type(made).__name__}, and no torch.nn.Module")
            return made

    def arguments_of(self, one: Any) -> list[int]:
        """Sizes for the arguments that have no default. InputError where a name says no size."""
        needed = [
            each.name
            for each in inspect.signature(one).parameters.values()
            if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        ]
        for name in needed:
            if name not in SIZES:
                raise InputError(
                    f"{self.job['shown']}: {self.job['name']}({', '.join(needed)}) needs a {name}, which no size is known for: "
                    "give it a default, or make an instance in the file and name that"
                )
        return [SIZES[name] for name in needed]


def _is_module(one: Any, torch: Any) -> bool:
    return isinstance(one, torch.nn.Module) or (isinstance(one, type) and issubclass(one, torch.nn.Module))


def _own(one: Any, file: Any) -> bool:
    return not isinstance(one, type) or one.__module__ == file.__name__


def main() -> None:
    """Run the job in the folder that the command line names."""
    folder = Path(sys.argv[1])
    carry_out(ModuleRunner(folder), folder)
