"""What is raised where a gradient does not hold against the other methods to compute it."""

from rnn_cli.core.fast.bptt_long import LIMIT, LongBpttReport
from rnn_cli.core.verification import COMPLEX_STEP, DIFFERENCES, SUM, Check
from rnn_cli.errors import CheckFailed, NumberError
from rnn_cli.study.range import LEFT

NOT_FINITE = "there is no gradient to check"
METHODS = {DIFFERENCES: "the central difference", COMPLEX_STEP: "the complex step"}


def hold_gradient(check: Check, left_range: str | None) -> None:
    """NumberError where a gradient could not be checked, CheckFailed where it is wrong.

    `left_range` says where numbers of the forward or the backward pass left the finite range, if they did.
    """
    if left_range is not None or not check.finite:
        raise NumberError(f"{left_range}; {NOT_FINITE}" if left_range else NOT_FINITE)
    if check.first_wrong is not None:
        raise CheckFailed(wrong_gradient(check))
    if check.unknown:
        raise NumberError(unknown_gradient(check))


def hold_long_gradient(report: LongBpttReport, left_range: str | None) -> None:
    """NumberError where a gradient could not be compared, CheckFailed where it differs."""
    if not report.finite:
        raise NumberError(f"{left_range}; {NOT_FINITE}" if left_range else NOT_FINITE)
    if report.unknown:
        raise NumberError(f"the gradient of {report.worst} cannot be checked: that of {report.method} {LEFT}")
    if report.passed is False:
        raise CheckFailed(
            f"the gradient of {report.worst} differs from that of {report.method} by {report.error:.1e} (limit {LIMIT:.0e})"
        )


def unknown_gradient(check: Check) -> str:
    """Which gradients cannot be checked, and why, in one sentence."""
    first = check.unknown[0]
    names = list(dict.fromkeys(one.quantity for one in check.unknown if one.method == first.method))
    more = f" and of {len(names) - 1} more" if len(names) > 1 else ""
    how = METHODS.get(first.method, "the sum of the steps' contributions")
    return f"the gradient of {first.quantity}{more} cannot be checked by {how}: {first.why}"


def wrong_gradient(check: Check) -> str:
    """What is wrong with a gradient, in one sentence: the quantity, how far it is off, where it goes wrong."""
    wrong = check.first_wrong
    assert wrong is not None
    if wrong.method == SUM:
        return (
            f"the gradient of {wrong.quantity} is wrong in the batch kernel: it is {wrong.error:.1e} (relative) from the "
            "sum of the steps' contributions, which the other methods confirm"
        )
    if check.blame is not None:
        return (
            f"the gradient of {check.blame.quantity} is wrong, from step {check.blame.t} on backwards: the gradient of "
            f"{wrong.quantity} is {wrong.error:.1e} (relative) from what {METHODS[wrong.method]} gives"
        )
    return (
        f"the gradient of {wrong.quantity} is wrong: it is {wrong.error:.1e} (relative) from what "
        f"{METHODS[wrong.method]} gives"
    )
