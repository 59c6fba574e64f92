"""What is raised where a gradient does not hold against the other methods to compute it."""

from rnn_cli.core.fast.bptt_long import LIMIT, LongBpttReport
from rnn_cli.core.verification import COMPLEX_STEP, DIFFERENCES, SUM, Check
from rnn_cli.errors import CheckFailed, NumberError

NOT_FINITE = "the loss or its gradient left the finite range, so there is no gradient to check"
METHODS = {DIFFERENCES: "the central difference", COMPLEX_STEP: "the complex step"}


def hold_gradient(check: Check) -> None:
    """NumberError or CheckFailed where a gradient could not be checked, or is wrong."""
    if not check.finite:
        raise NumberError(NOT_FINITE)
    if not check.passed:
        raise CheckFailed(wrong_gradient(check))


def hold_long_gradient(report: LongBpttReport) -> None:
    """NumberError or CheckFailed where a gradient could not be compared, or differs."""
    if not report.finite:
        raise NumberError(NOT_FINITE)
    if report.passed is False:
        raise CheckFailed(
            f"the gradient of {report.worst} differs from that of {report.method} by {report.error:.1e} (limit {LIMIT:.0e})"
        )


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
