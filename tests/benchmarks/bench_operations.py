"""Every operation as a user sees it, beside the official SDK's reading of the same document."""

from measuring import report
from operations import compared, operations


def bench_operations() -> None:
    for operation in operations():
        report(operation.name, compared(operation), peer=operation.peer)
