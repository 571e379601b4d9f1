"""Which items are drawn. The same population, seed and parameters give the same items on every machine for ever.

A draw is SHA-256 over the UTF-8 text

    portico sample 1\n{hash of the population}\n{seed}\n{parameters}\n{counter}

read as an integer with the most significant byte first; the counter starts at 0 and goes up by one with each draw. Of
the 2^256 integers those at the end that would favour some numbers are passed over: the others, modulo n, are a number
below n. The parameters are the method's name and its number, as in `attribute 59` and `monetary_unit 1669041`.
"""

from collections.abc import Iterator
from hashlib import sha256

ALL = 2**256


class Draws:
    """The numbers that a population, a seed and parameters give, one after the other."""

    def __init__(self, population: str, seed: str, parameters: str) -> None:
        self._text = f"portico sample 1\n{population}\n{seed}\n{parameters}\n"
        self._counter = 0

    def below(self, n: int) -> int:
        """The next number from 0 to n - 1, each as likely as the others."""
        while True:
            value = int.from_bytes(sha256(f"{self._text}{self._counter}".encode()).digest())
            self._counter += 1
            if value < ALL - ALL % n:
                return value % n


def attribute(population: str, seed: str, *, size: int, count: int) -> Iterator[int]:
    """The positions of `size` of `count` items, simply at random and none twice, in the order in which they are drawn.

    The i-th is taken from those that are left: a shuffle of Fisher and Yates that stops early.
    """
    draws = Draws(population, seed, f"attribute {size}")
    moved: dict[int, int] = {}
    for i in range(size):
        j = i + draws.below(count - i)
        yield moved.get(j, j) + 1
        moved[j] = moved.pop(i, i)


def first_unit(population: str, seed: str, *, interval: int) -> int:
    """The first cent of a monetary-unit sample, from 1 to the interval. Each interval after it is the next one."""
    return Draws(population, seed, f"monetary_unit {interval}").below(interval) + 1
