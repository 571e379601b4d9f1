"""Start a server with a database of its own, run the end-to-end tests against it, and stop it: `make e2e`.

What follows goes on to pytest. E2E_API_URL, where it is set, names a server that runs already: then none is started.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "e2e/screenshots"  # for whoever wants to know why a test has failed
START_LIMIT = 120.0  # seconds
STOP_LIMIT = 60.0


def main(arguments):
    if os.environ.get("E2E_API_URL"):
        return run_tests(os.environ["E2E_API_URL"], arguments)
    with tempfile.TemporaryDirectory(prefix="portico-e2e-") as folder:
        port = free_port()
        log = KEPT / "server.log"
        KEPT.mkdir(exist_ok=True)
        server = start(port, Path(folder), log)
        try:
            wait_for(f"http://127.0.0.1:{port}/health/ready", server, log)
            return run_tests(f"http://127.0.0.1:{port}", arguments)
        finally:
            server.terminate()
            server.wait(STOP_LIMIT)


def start(port, folder, log):
    """The server of a developer: sample data, job worker, PostgreSQL from the wheel. It runs where no .env stands."""
    Path(folder).chmod(0o711)  # as root, PostgreSQL runs as `nobody`, who has to get through
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "PORTICO_POSTGRES_BIN") if name in os.environ}
    settings = {"ENVIRONMENT": "development", "PORTICO_DATA_DIR": str(folder / "data"), "WEB_CONCURRENCY": "2"}
    command = [sys.executable, "-m", "portico", "serve", "--port", str(port)]
    with log.open("wb") as out:
        return subprocess.Popen(command, cwd=folder, env={**kept, **settings}, stdout=out, stderr=out)


def wait_for(url, server, log):
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"The server did not start:\n{log.read_text(errors='replace')}")


def run_tests(url, arguments):
    command = [sys.executable, "-m", "pytest", "-rs", "e2e", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "E2E_API_URL": url}, check=False).returncode


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
