"""The load generator: one thread, raw sockets, requests built beforehand.

It runs as a process of its own and shares its cores with the servers it measures, so every microsecond it
spends on a request is taken from them. That is why it is neither an HTTP client library nor asyncio but a
selector, `recv`, a search for the length of the answer, `send`: 17 microseconds a request on two cores.

Reads one JSON plan from standard input and writes one JSON result to standard output:

    {"host", "port", "warm_up", "seconds", "expected": 200, "clients": [["raw request", ...], ...]}
"""

import gc
import json
import resource
import selectors
import socket
import sys
from collections import Counter
from time import perf_counter
from typing import Any

CONNECT_SECONDS = 5.0
DRAIN_SECONDS = 20.0
STAGGER_SECONDS = 0.005
RECEIVE_BYTES = 262_144


class Client:
    """One keep-alive connection with one request in flight."""

    __slots__ = ("buffer", "position", "requests", "sent_at", "socket")

    def __init__(self, requests: list[bytes]) -> None:
        self.requests = requests
        self.position = 0
        self.buffer = b""
        self.sent_at = 0.0
        self.socket: socket.socket | None = None

    def send_next(self) -> None:
        """Sends the next request of the list, and starts over at its end."""
        request = self.requests[self.position]
        self.position = (self.position + 1) % len(self.requests)
        self.sent_at = perf_counter()
        self.socket.send(request)


class Load:
    """A closed loop: each client sends its next request when the answer to the last one is complete."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.address = (plan["host"], plan["port"])
        self.status = b"HTTP/1.1 %d" % plan["expected"]
        self.warm_up = plan["warm_up"]
        self.seconds = plan["seconds"]
        self.clients = [Client([request.encode("latin-1") for request in requests]) for requests in plan["clients"]]
        self.selector = selectors.DefaultSelector()
        self.latencies: list[float] = []
        self.errors: Counter[str] = Counter()
        self.reconnects = 0
        self.in_flight = 0
        self.window = (float("inf"), float("inf"))

    def run(self) -> dict[str, Any]:
        """Warms up, measures, waits for the last answers, and reports."""
        gc.disable()
        for client in self.clients:
            # One after another: of connections that arrive together, one idle worker would accept nearly all.
            self.connect(client)
            self.turn_until(perf_counter() + STAGGER_SECONDS)
        opens = perf_counter() + self.warm_up
        self.turn_until(opens)
        cpu = cpu_seconds()
        self.window = (opens, opens + self.seconds)
        self.turn_until(opens + self.seconds)
        cpu = cpu_seconds() - cpu
        self.turn_until(opens + self.seconds + DRAIN_SECONDS)
        if self.in_flight:
            self.errors["no answer"] += self.in_flight
        return self.result(cpu)

    def turn_until(self, deadline: float) -> None:
        """Serves the connections until the deadline, or until nothing is in flight any more."""
        while self.in_flight and (left := deadline - perf_counter()) > 0:
            for key, _ in self.selector.select(left):
                self.receive(key.data)

    def connect(self, client: Client) -> None:
        client.buffer = b""
        try:
            client.socket = socket.create_connection(self.address, timeout=CONNECT_SECONDS)
        except OSError:
            self.errors["cannot connect"] += 1
            return
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.socket.setblocking(False)
        self.selector.register(client.socket, selectors.EVENT_READ, client)
        client.send_next()
        self.in_flight += 1

    def receive(self, client: Client) -> None:
        try:
            data = client.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.lose(client, "connection lost")
            return
        if client.buffer:
            data = client.buffer + data
        length = answer_length(data)
        if length is None:
            client.buffer = data
            return
        client.buffer = b""
        self.finish(client, data)

    def finish(self, client: Client, answer: bytes) -> None:
        """Books a complete answer, and sends the next request while the window is open."""
        now = perf_counter()
        self.in_flight -= 1
        opens, closes = self.window
        if not answer.startswith(self.status):
            self.errors[answer[9:12].decode("latin-1")] += 1
        elif opens <= now < closes:
            self.latencies.append(now - client.sent_at)
        if now >= closes:
            return
        if b"connection: close" in answer[:2_000].lower():
            self.reconnects += 1
            self.disconnect(client)
            self.connect(client)
            return
        client.send_next()
        self.in_flight += 1

    def lose(self, client: Client, reason: str) -> None:
        """A request that ended without an answer: an error, and a new connection while the window is open."""
        self.errors[reason] += 1
        self.in_flight -= 1
        self.disconnect(client)
        if perf_counter() < self.window[1]:
            self.connect(client)

    def disconnect(self, client: Client) -> None:
        self.selector.unregister(client.socket)
        client.socket.close()

    def result(self, cpu: float) -> dict[str, Any]:
        latencies = sorted(self.latencies)
        return {
            "requests": len(latencies),
            "per_second": len(latencies) / self.seconds,
            "p50_ms": percentile(latencies, 0.50) * 1_000,
            "p99_ms": percentile(latencies, 0.99) * 1_000,
            "errors": dict(self.errors),
            "reconnects": self.reconnects,
            "client_cpu": cpu / self.seconds,
        }


def answer_length(data: bytes) -> int | None:
    """Bytes of the HTTP/1.1 answer at the start of `data`; None while it is incomplete."""
    head_end = data.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = data[:head_end].lower()
    start = head.find(b"\r\ncontent-length:")
    if start >= 0:
        end = head.find(b"\r\n", start + 2)
        total = head_end + 4 + int(head[start + 17 : end if end > 0 else head_end])
        return total if len(data) >= total else None
    if b"\r\ntransfer-encoding: chunked" in head:
        return chunked_end(data, head_end + 4)
    if head[9:12] in (b"204", b"304"):
        return head_end + 4
    raise ValueError("an answer without a length cannot be measured on a keep-alive connection")


def chunked_end(data: bytes, position: int) -> int | None:
    """Where the chunked body that starts at `position` ends; None while it is incomplete."""
    while True:
        line_end = data.find(b"\r\n", position)
        if line_end < 0:
            return None
        size = int(data[position:line_end].split(b";", 1)[0], 16)
        position = line_end + 2 + size + 2
        if position > len(data):
            return None
        if size == 0:
            return position


def percentile(ordered: list[float], share: float) -> float:
    """The value below which `share` of the ordered values lie; 0 when there are none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cpu_seconds() -> float:
    """Processor time this process has used, in user and in system mode."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    json.dump(Load(json.load(sys.stdin)).run(), sys.stdout)
