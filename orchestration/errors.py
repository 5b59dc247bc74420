"""The errors that a person is meant to read.

Every one is a single paragraph that names the source, the file, the row or key, and what to do about it.
Anything that is not one of these is a defect of the program and keeps its traceback.
"""

from __future__ import annotations


class FinopsError(Exception):
    """A run cannot go on; the command ends with exit code 1 and prints the message as it stands."""


class DeliveryRejected(FinopsError):  # noqa: N818  (the name says what happened to the delivery)
    """One delivery cannot be taken; the others go on (unless `FINOPS_STRICT=1`).

    `file` is the path of the guilty file inside the source's folder, None where the delivery as a whole is at fault.
    """

    def __init__(self, message: str, *, file: str | None = None) -> None:
        """`message` is the whole paragraph that a person reads."""
        super().__init__(message)
        self.file = file


class DeliveryUnreachable(DeliveryRejected):
    """The files of a delivery could not be brought here; nothing is known against them, so the next run tries again."""


class DeliveryElsewhere(DeliveryRejected):
    """What a delivery holds counts under another source, which may be left out one day; the next run tries again."""


class DeliveryPending(Exception):  # noqa: N818  (not an error: the provider is still writing)
    """The provider has not finished writing this delivery; it is looked at again in the next run."""
