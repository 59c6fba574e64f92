"""Modules as people write them, right ones and wrong ones, for the check of modules."""

import torch
from torch import Tensor, nn

INPUTS, SIZE = 3, 4


class PackedGRU(nn.Module):
    """Two layers of three gates each, cut with chunk."""

    def __init__(self) -> None:
        super().__init__()
        self.x2h, self.h2h = nn.Linear(INPUTS, 3 * SIZE), nn.Linear(SIZE, 3 * SIZE)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        (r_x, z_x, n_x), (r_h, z_h, n_h) = self.x2h(x).chunk(3, 1), self.h2h(h).chunk(3, 1)
        z = torch.sigmoid(z_x + z_h)
        n = torch.tanh(n_x + torch.sigmoid(r_x + r_h) * n_h)
        return n + z * (h - n)


class SquashedAgain(PackedGRU):
    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(super().forward(x, h))


class TextbookGRU(nn.Module):
    """Row vectors times matrices, z before r, z the share of what is new, the reset before the product."""

    def __init__(self) -> None:
        super().__init__()
        self.W, self.U = nn.Parameter(torch.randn(INPUTS, 3 * SIZE)), nn.Parameter(torch.randn(SIZE, 3 * SIZE))
        self.b = nn.Parameter(torch.randn(3 * SIZE))

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        (z_x, r_x, n_x), (U_z, U_r, U_n) = (x @ self.W + self.b).chunk(3, 1), self.U.chunk(3, 1)
        z, r = torch.sigmoid(z_x + h @ U_z), torch.sigmoid(r_x + h @ U_r)
        return (1 - z) * h + z * torch.tanh(n_x + (r * h) @ U_n)


class GateByGate(nn.Module):
    """An LSTM with a layer for each gate and source."""

    def __init__(self) -> None:
        super().__init__()
        for gate in "ifgo":
            setattr(self, f"W_x{gate}", nn.Linear(INPUTS, SIZE))
            setattr(self, f"W_h{gate}", nn.Linear(SIZE, SIZE, bias=False))

    def gates(self, x: Tensor, h: Tensor) -> list[Tensor]:
        a = [getattr(self, f"W_x{gate}")(x) + getattr(self, f"W_h{gate}")(h) for gate in "ifgo"]
        return [torch.tanh(one) if k == 2 else torch.sigmoid(one) for k, one in enumerate(a)]

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        h, c = state
        i, f, g, o = self.gates(x, h)
        c = f * c + i * g
        return o * torch.tanh(c), c


class NoTanh(GateByGate):
    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        i, f, g, o = self.gates(x, state[0])
        c = f * state[1] + i * g
        return o * c, c


class NoFuture(GateByGate):
    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return super().forward(x, (state[0].detach(), state[1]))


class Detached(GateByGate):
    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        h, c = super().forward(x, state)
        return h.detach(), c


class Joined(nn.Module):
    """An LSTM over whole sequences, batch first, whose gates read [h, x]; a state may be given and is left aside."""

    def __init__(self) -> None:
        super().__init__()
        self.forget_gate, self.input_gate = nn.Linear(SIZE + INPUTS, SIZE), nn.Linear(SIZE + INPUTS, SIZE)
        self.output_gate, self.candidate = nn.Linear(SIZE + INPUTS, SIZE), nn.Linear(SIZE + INPUTS, SIZE)

    def forward(self, x: Tensor, state: object = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        h, c, outputs = torch.zeros(len(x), SIZE), torch.zeros(len(x), SIZE), []
        for t in range(x.shape[1]):
            both = torch.cat([h, x[:, t]], 1)
            c = self.forget_gate(both).sigmoid() * c + self.input_gate(both).sigmoid() * self.candidate(both).tanh()
            h = self.output_gate(both).sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs, 1), (h, c)


class Tutorial(nn.Module):
    """One layer for the state and one for an answer, as in many a first program."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)

    def forward(self, x: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        both = torch.cat((x, hidden), 1)
        return self.i2o(both), torch.tanh(self.i2h(both))


class Stack(nn.Module):
    """Two cells of PyTorch's, one above the other, over a whole sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList([nn.GRUCell(INPUTS, SIZE), nn.GRUCell(SIZE, SIZE)])

    def start(self, x: Tensor) -> list[Tensor]:
        return [torch.zeros(x.shape[1], SIZE) for _ in self.cells]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        states, outputs = self.start(x), []
        for x_t in x:
            read = x_t
            for k, cell in enumerate(self.cells):
                states[k] = read = cell(read, states[k])
            outputs.append(read)
        return torch.stack(outputs), torch.stack(states)


class Keeps(Stack):
    """The states of one call are where the next begins."""

    def start(self, x: Tensor) -> list[Tensor]:
        self.kept = getattr(self, "kept", None) or super().start(x)
        return self.kept
