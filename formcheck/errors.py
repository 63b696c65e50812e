"""Every error a user may meet: one root, few children.

The command line and the app catch `FormcheckError` and nothing else; the message is one
line that says what came, what fits and what to do.
"""

import traceback


class FormcheckError(Exception):
    """Root of all errors that formcheck raises on purpose."""

    exit_status = 3


class UsageError(FormcheckError):
    """The words of the call are off (exit status 2)."""

    exit_status = 2


class InputError(FormcheckError):
    """The input cannot be used: unreadable, empty, not a video, not a known test (exit status 3)."""


class ModelError(FormcheckError):
    """The pose model is missing, damaged or not what it claims to be (exit status 3)."""


def trace(fault: BaseException) -> str:
    """Where a fault happened and its kind, for a log; not its message, which may name a person or a clip."""
    earlier = fault.__cause__ or fault.__context__
    before = f"{trace(earlier)}, and then\n" if earlier is not None else ""
    return f"{before}{''.join(traceback.format_tb(fault.__traceback__))}{type(fault).__name__}"
