"""Importing what stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Import with the collector at rest: what comes are objects by the hundred thousand, and none of them is garbage.

    To look through them again and again meanwhile would be a fifth of the start. Afterwards they are set aside, so that
    no collection looks at them while somebody waits for an answer.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
