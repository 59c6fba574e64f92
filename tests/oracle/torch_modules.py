"""Our networks as PyTorch modules with the same numbers, and PyTorch's answers for batches of unequal lengths."""

from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture

PYTORCH = "PyTorch"


def is_in_torch(architecture: Architecture) -> bool:
    """Whether PyTorch has a module for this cell."""
    return PYTORCH in architecture.make_cell().frameworks


def activation_of(architecture: Architecture) -> str:
    """What `model_from_state_dict` needs to hear: the names and shapes of a state dict do not tell it."""
    return dict(architecture.options).get("activation", "tanh")


def module_of(torch: Any, architecture: Architecture) -> Any:
    """The float64 module of torch.nn that has this architecture, with the numbers that PyTorch gives it."""
    a, known = architecture, architecture.make_cell().frameworks[PYTORCH]
    chosen = dict(a.options)
    arguments = {name: chosen[option] for option, name in (known.argument or {}).items() if option in chosen}
    kind = getattr(torch.nn, known.name)
    return kind(
        a.input_size, a.hidden_size, num_layers=a.num_layers, bidirectional=a.bidirectional, **arguments
    ).double()


def torch_module(torch: Any, architecture: Architecture, seed: int) -> Any:
    """A float64 module of torch.nn with random numbers, all bias vectors different from zero."""
    torch.manual_seed(seed)
    module = module_of(torch, architecture)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0, 0.6)
    return module


def state_dict(module: Any) -> dict[str, Array]:
    """The module's state dict as NumPy arrays."""
    return {name: tensor.detach().numpy().copy() for name, tensor in module.state_dict().items()}


def torch_forward(torch: Any, module: Any, x: Array, lengths: Array) -> tuple[Array, Array, Array | None]:
    """Output (T, B, D*H) with zeros in the padding, h_n and c_n (L*D, B, H), from packed sequences."""
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.from_numpy(x), torch.from_numpy(np.asarray(lengths)), enforce_sorted=False
    )
    with torch.no_grad():
        out, final = module(packed)
    output, _ = torch.nn.utils.rnn.pad_packed_sequence(out, total_length=len(x))
    if isinstance(final, tuple):
        return output.numpy(), final[0].numpy(), final[1].numpy()
    return output.numpy(), final.numpy(), None
