"""Cut plans are solved beside the server: a plan is a second of pure computing, which would hold up every request.

Each gets a process of its own, a few run at once, a few more wait, and one that takes far too long is killed.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from portico.apps.factory.cut_plans.problem import Part, Stock
from portico.apps.factory.cut_plans.process import answered, asked
from portico.apps.factory.cut_plans.solver import Plan
from portico.kernel.errors import Unavailable

MODULE = "portico.apps.factory.cut_plans.process"
SECONDS = 1.5
"""What a plan may take to become good. Most are as good as can be before."""
LONGEST = 20.0
"""Seconds after which the process is killed. A busy machine needs longer to start it, and large plans to begin."""
AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
WAITING = 8
"""Plans that may be under way or wait in one process of the server."""


class SolverBusy(Unavailable):
    message = "Too many cut plans are asked for at once. Try again in a moment."


class SolverFailed(Unavailable):
    message = "The cut plan took too long. Plan fewer pieces at a time."


class Solver:
    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="cut-plan")  # each waits for its process
        self._under_way = 0

    async def solve(self, stock: Sequence[Stock], parts: Sequence[Part], **lengths: Decimal) -> Plan:
        """As `solver.solve`. Raises `SolverBusy`, `SolverFailed`."""
        if self._under_way >= WAITING:
            raise SolverBusy(headers={"Retry-After": "3"})
        self._under_way += 1
        try:
            question = asked(stock, parts, seconds=SECONDS, **lengths)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, _ask, question)
        finally:
            self._under_way -= 1
        return answered(answer, parts)


def _ask(question: bytes) -> bytes:
    command = [sys.executable, "-m", MODULE]
    try:
        done = subprocess.run(command, input=question, capture_output=True, timeout=LONGEST, check=True)  # noqa: S603
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as failure:
        told = (failure.stderr or b"").decode(errors="replace")[-2000:]
        raise SolverFailed(log=f"{failure}: {told}") from None
    return done.stdout


solver = Solver()
