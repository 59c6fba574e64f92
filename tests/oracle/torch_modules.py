"""Our networks as PyTorch modules with the same numbers, and PyTorch's answers for batches of unequal lengths."""

from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture


def torch_module(torch: Any, architecture: Architecture, seed: int) -> Any:
    """A float64 module of torch.nn with random numbers, all bias vectors different from zero."""
    a = architecture
    torch.manual_seed(seed)
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[a.cell]
    options = {"nonlinearity": a.activation} if a.cell == "rnn" else {}
    module = kind(
        a.input_size, a.hidden_size, num_layers=a.num_layers, bidirectional=a.bidirectional, **options
    ).double()
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
