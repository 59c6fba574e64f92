"""Files of torch.save: why they are not read, and the lines of PyTorch that save what one holds as safetensors.

Which lines those are depends on what was saved: a state dict, a module, either of them under an entry of a dictionary, or
a program of TorchScript. The opcodes of the file say it: they are listed, and nothing is unpickled.
"""

import pickletools
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED

from rnn_cli.errors import RnnError
from rnn_cli.models.foreign.archives import opened_archive

_OPCODES, _BYTES, _LETTERS, _DEEP = 100_000, 1 << 20, 100, 4
"""How much is listed, the longest text that is kept of it, and how many dictionaries lead to what is found.

Arrays stand in files of their own in the archive.
"""

_PUT, _GET = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}, {"GET", "BINGET", "LONG_BINGET"}
_DICTIONARIES = "", "collections OrderedDict"
_TENSOR = "torch._utils _rebuild_"
_MODULE = "_parameters"
"""An attribute that every module of PyTorch has."""

_NAMED = 5
"""How many are named beside the first."""

Found = tuple[bool, Sequence[str]]
"""Whether it is a module and no state dict, and the entries that lead to it."""


@dataclass(eq=False)
class _Built:
    """What an opcode would build: with which function or class, and what would stand in it under which name."""

    by: str = ""
    entries: dict[str, Any] = field(default_factory=dict)

    @property
    def is_state_dict(self) -> bool:
        """Whether arrays stand in it by their names."""
        values = self.entries.values() if self.by in _DICTIONARIES else ()
        return any(isinstance(one, _Built) and one.by.startswith(_TENSOR) for one in values)


def how_to_save(path: Path) -> str:
    """Why it is not read, and the lines that save what it holds."""
    source = str(path)
    scripted, found = _held(path)
    (module, entries), *others = found or [(False, ())]
    opened = repr(source)
    if path.suffix == ".safetensors":  # by this name torch.load takes a path for what it is not
        opened = f"open({source!r}, 'rb')"
    refused = "pickled files can run code when they are read, so they are refused;\n"
    at = _at(entries)
    named = ", ".join(_at(names) for _, names in others[:_NAMED]) + ", …" * (len(others) > _NAMED)
    more = f"; the file holds more, under {named}" if others else ""
    if module:
        return (
            f"{refused}safetensors.torch.save_model(torch.load({opened}, weights_only=False){at}, 'model.safetensors') saves "
            f"the module in it, in a program that has its class, where you trust the file{more}"
        )
    loaded, saved = (
        f"torch.load({opened}, weights_only=True){at}",
        f"the state dict in it{more}" if at else "a state dict",
    )
    if scripted:
        loaded, saved = f"torch.jit.load({opened}).state_dict()", "what this program of TorchScript has learnt"
    whole = "safetensors.torch.save_model(module, 'model.safetensors') saves a module"
    arrays = f"{{name: array.clone().contiguous() for name, array in {loaded}.items()}}"
    return f"{refused}{whole}, and safetensors.torch.save_file({arrays}, 'model.safetensors') {saved}"


def _at(entries: Sequence[str]) -> str:
    return "".join(f"[{name!r}]" for name in entries)


def _held(path: Path) -> tuple[bool, list[Found]]:
    """Whether it holds a program of TorchScript; else the modules and the state dicts in it."""
    try:
        with opened_archive(path, "a file of torch.save") as archive:
            names = archive.namelist()
            if any(name.endswith("/constants.pkl") for name in names):
                return True, []
            info = archive.getinfo(next(name for name in names if name.endswith("/data.pkl")))
            if info.compress_type == ZIP_STORED:  # as PyTorch writes it, so that it cannot grow
                with archive.open(info) as held:
                    return False, _found(_built(held.read(_BYTES)))
    except (RnnError, OSError):
        pass
    return False, []  # damaged, or no archive of PyTorch: the general lines


def _found(built: Any) -> list[Found]:
    """All that hold arrays; dictionaries go breadth first, and what stands twice counts once."""
    found: list[Found] = []
    waiting: list[tuple[tuple[str, ...], Any]] = [((), built)]
    seen = set[int]()
    for names, one in waiting:
        if not isinstance(one, _Built) or id(one) in seen:
            continue
        seen.add(id(one))
        if one.is_state_dict or _MODULE in one.entries:
            found.append((not one.is_state_dict, names))
        elif one.by in _DICTIONARIES and len(names) < _DEEP:
            waiting += [((*names, name), value) for name, value in one.entries.items()]
    return found


def _built(data: bytes) -> Any:
    """What a pickle would build, or an error of any kind where it is none or too long; see PEP 307 for its stack and memo."""
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    for opcode, value, _ in islice(pickletools.genops(data), _OPCODES):
        name = opcode.name
        if name in _PUT:
            memo[len(memo) if value is None else value] = stack[-1]
        elif name in _GET:
            stack.append(memo[value])
        elif name == "STOP":
            return stack[-1]
        else:
            taken = _taken(stack, opcode.stack_before)
            if name in ("SETITEM", "SETITEMS"):
                pairs = zip(taken[1::2], taken[2::2], strict=True)
                taken[0].entries.update((key, one) for key, one in pairs if isinstance(key, str))
                stack.append(taken[0])
            elif name == "BUILD":
                made, attributes = taken
                if isinstance(made, _Built) and made.by not in _DICTIONARIES and isinstance(attributes, _Built):
                    made.entries = attributes.entries
                stack.append(made)
            elif name in ("REDUCE", "NEWOBJ", "NEWOBJ_EX"):
                stack.append(_Built(taken[0] if isinstance(taken[0], str) else "?"))
            elif name == "STACK_GLOBAL":
                stack.append(" ".join(taken)[:_LETTERS])
            elif isinstance(value, str) and len(value) <= _LETTERS:
                stack.append(value)
            else:
                stack += [_Built() if one is pickletools.pydict else one for one in opcode.stack_after]
    return None


def _taken(stack: list[Any], before: Sequence[Any]) -> list[Any]:
    """What an opcode takes from the stack: what stands before it there, back to a mark if it names one."""
    taken: list[Any] = []
    if pickletools.markobject in before:
        while (top := stack.pop()) is not pickletools.markobject:
            taken.append(top)
        before = before[: before.index(pickletools.markobject)]
    taken += [stack.pop() for _ in before]
    return taken[::-1]
