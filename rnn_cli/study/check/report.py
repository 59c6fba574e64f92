"""What a check found out: each array with its verdict, and the mistakes that explain what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.agreement import RIGHT, WRONG
from rnn_cli.core.referee.findings import Finding as Cause
from rnn_cli.core.referee.findings import Judgement
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from rnn_cli.models.model import Model


@dataclass(frozen=True)
class First:
    """The first wrong number of an array, in the order of computation. t, sequence and unit count from 1.

    gate    the gate or parameter that the number belongs to; None of one that belongs to none
    index   the place in the array as it was read, from 0
    """

    layer: int | None
    direction: str | None
    t: int | None
    sequence: int | None
    gate: str | None
    unit: int | None
    index: tuple[int, ...]
    yours: float
    right: float


@dataclass(frozen=True)
class Compared:
    """One array of the person's that was compared.

    name      what the person calls it; read_as: what it is here, as "h of layer 0, forward"; layout: how its axes were read
    verdict   RIGHT, WRONG or WAITS
    fits      whether it can be what its name says: else its shape is one that the name cannot have, and no number was compared,
              or it is right under another's name
    """

    name: str
    key: Key
    read_as: str
    layout: str
    verdict: str
    relative_error: float
    first: First | None
    fits: bool = True


@dataclass(frozen=True)
class Finding:
    """A mistake that explains what is wrong.

    array           the person's name of the array in which it shows first; "" of one that shows in no array
    says, fix       what the program does, in a sentence without its subject; the line as it should be
    before, after   the array's relative error without and with the mistake; None of one that no compared number shows
    others          mistakes that agree as well on these numbers; forms: the same as findings of their own
    beside          mistakes that were needed together with this one to explain the array
    where           the gate, weight or state concerned, for hints
    """

    mistake: str
    array: str
    says: str
    fix: str
    before: float | None = None
    after: float | None = None
    others: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    where: str = ""
    forms: tuple["Finding", ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """What a check found out.

    source         what was checked, as the person named it
    not_compared   (name, why)
    unexplained    how many other networks of a program are wrong in a way that the findings do not explain
    behaviour      findings that no compared number shows: how a program behaves, and arrays of a shape that they cannot have
    said           what was decided without being asked, a line each
    caveat         what is to be said of a program that passes all the same; "" where nothing is
    plan, seen     what was computed, and the person's numbers in its order; of a program those of the network shown
    prints         what the program printed
    exchanged      the names of arrays that are wrong, and right under each other's name, two and two
    """

    source: str
    model: Model
    plan: Plan
    seen: Numbers
    right: Numbers
    tolerance: float
    compared: tuple[Compared, ...]
    not_compared: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    behaviour: tuple[Finding, ...] = ()
    explained: bool = True
    unexplained: int = 0
    said: tuple[str, ...] = ()
    prints: str = ""
    caveat: str = ""
    exchanged: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all that was compared is right, and `behaviour` is empty."""
        return not self.behaviour and all(one.verdict == RIGHT for one in self.compared)

    @property
    def first_wrong(self) -> Compared | None:
        """The array in which the first mistake shows: that of the first finding, else the first that is wrong."""
        named = [one for finding in self.findings for one in self.compared if one.name == finding.array]
        wrong = [one for one in self.compared if one.verdict == WRONG]
        return next(iter([*named, *wrong]), None)


def first_of(key: Key, right: Array, found: Array, at: tuple[int, ...] | None, plan: Plan) -> First | None:
    """The first wrong number of an array; None where nothing is wrong or its shape is."""
    if at is None:
        return None
    layer = None if key.layer < 0 else key.layer
    rows = key.name in ("logits", "probabilities", "dlogits") or key.name.endswith("_0")
    many = found.ndim == 3
    steps = many or (rows and found.ndim == 2)
    gates = set(plan.network.cell.gates)
    owner = key.name.rpartition("_")[2] if "_" in key.name else key.name
    return First(
        layer,
        key.direction or None,
        at[0] + 1 if many else None,
        (at[1] if many else at[0]) + 1 if steps else None,
        next((gate for gate in (owner, owner[1:]) if gate in gates), None),
        at[-1] + 1 if at and found.ndim else None,
        at,
        float(found[at]),
        float(right[at]),
    )


def findings_of(judgement: Judgement, names: Mapping[Key, str]) -> tuple[Finding, ...]:
    """The engine's findings, in the person's names. Those of one array stand beside each other."""

    def one(cause: Cause) -> Finding:
        beside = tuple(c.mistake for c in judgement.findings if c.key == cause.key and c is not cause)
        shown, sizes = names.get(cause.key, cause.key.name), (cause.before, cause.after)
        first, *forms = (
            Finding(mistake, shown, mutant.says, mutant.fix, *sizes, beside=beside, where=mutant.where)
            for mistake, mutant in ((cause.mistake, cause.mutant), *cause.others)
        )
        return replace(first, others=tuple(form.mistake for form in forms), forms=tuple(forms))

    return tuple(one(cause) for cause in judgement.findings)
