"""The four contestants: Portico, its two peers, and the limit.

Each has two workers and writes no access log.
"""

from pathlib import Path

from benchmarks.peers.seed import django_hash, plain_hash, seed_peer
from benchmarks.portico_contestant import PORTICO
from benchmarks.servers import BIN, HOST, Contestant

WORKERS = "2"


def prepare_django(url: str, folder: Path) -> None:
    seed_peer(url, password_hash=django_hash)


def prepare_plain(url: str, folder: Path) -> None:
    seed_peer(url, password_hash=plain_hash)


def peer_environment(url: str, folder: Path) -> dict[str, str]:
    return {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "benchmarks.peers.drf.settings"}


def drf_command(port: int) -> list[str]:
    """gunicorn closes idle connections after 2 s by default; the clients keep theirs, as a proxy would."""
    return [
        str(BIN / "gunicorn"), "benchmarks.peers.drf.wsgi:application", "--bind", f"{HOST}:{port}",
        "--workers", WORKERS, "--worker-class", "gthread", "--threads", "2", "--keep-alive", "75",
        "--no-control-socket",
    ]  # fmt: skip


def fastapi_command(port: int) -> list[str]:
    return [
        str(BIN / "uvicorn"), "benchmarks.peers.fastapi_orm:app", "--host", HOST, "--port", str(port),
        "--workers", WORKERS, "--no-access-log", "--timeout-keep-alive", "75",
    ]  # fmt: skip


def limit_command(port: int) -> list[str]:
    return [
        str(BIN / "granian"), "benchmarks.limit:app", "--interface", "asgi", "--host", HOST,
        "--port", str(port), "--workers", WORKERS, "--http", "1", "--no-ws", "--loop", "uvloop",
    ]  # fmt: skip


CONTESTANTS = (
    Contestant("limit", "the limit", prepare_plain, limit_command, peer_environment),
    PORTICO,
    Contestant("fastapi", "FastAPI + ORM", prepare_plain, fastapi_command, peer_environment),
    Contestant("drf", "Django REST Framework", prepare_django, drf_command, peer_environment),
)
