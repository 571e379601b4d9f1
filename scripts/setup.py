"""Makes `.venv` exactly as `uv.lock` has it. It runs on a bare Python, so it uses the standard library alone.

    python scripts/setup.py [--group NAME]...   make the environment; `dev` is always in it
    python scripts/setup.py --inexact --group NAME   add a group to the environment, and remove nothing
    python scripts/setup.py uv ARGS...          run the uv that the project uses

Nothing is installed outside the project's folder: where there is no uv, one of a fixed version goes to `.venv-tools`.
"""

import os
import re
import ssl
import subprocess
import sys
from pathlib import Path
from shutil import rmtree, which

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv-tools"
UV_VERSION = "0.13.8"
OLDEST_UV = (0, 8)  # older ones do not read the revision of uv.lock

failures = []  # the last words of each command that failed, for the one sentence at the end


def main(arguments):
    # Without annotations, so that an old Python gets as far as this sentence.
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where the version is required
        sys.exit("Portico needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info[:2]))
    uv = installed_uv() or private_uv()
    if arguments[:1] == ["uv"]:
        sys.exit(run([uv, *arguments[1:]]))
    groups = ["--group", "dev", *arguments]
    sys.exit(run([uv, "sync", "--frozen", "--all-extras", "--python", base_python(), *groups]))


def installed_uv():
    """The machine's own uv, if it is new enough."""
    found = which("uv")
    if not found:
        return None
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    numbers = re.match(r"uv (\d+)\.(\d+)", answer.stdout)  # a shim of a version manager may answer nothing
    if answer.returncode or not numbers or tuple(map(int, numbers.groups())) < OLDEST_UV:
        return None
    return found


def private_uv():
    """A uv of our own below the project. Ends the process with one sentence where this Python cannot install any."""
    marker = TOOLS / f"uv-{UV_VERSION}"
    if not marker.exists():
        print(f"Installing uv {UV_VERSION} into {TOOLS.name} ...", flush=True)
        if not any(way(f"uv=={UV_VERSION}") for way in (with_venv, with_pip, with_virtualenv)):
            sys.exit(why_not())
        marker.touch()
    return str(TOOLS / "bin" / "uv")


def with_venv(requirement):
    """The usual way. Debian's Python has the module venv without ensurepip, and fails here."""
    return fresh([sys.executable, "-m", "venv", str(TOOLS)]) and install_into_tools(requirement)


def with_pip(requirement):
    """A pip without ensurepip. With a target it also works where the system's Python is closed to pip."""
    return fresh([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(TOOLS), requirement])


def with_virtualenv(requirement):
    return fresh([sys.executable, "-m", "virtualenv", "--quiet", str(TOOLS)]) and install_into_tools(requirement)


def install_into_tools(requirement):
    return succeeds([str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", requirement])


def fresh(command):
    """Run a command that fills TOOLS, after removing what an attempt before it has left there."""
    rmtree(TOOLS, ignore_errors=True)
    return succeeds(command)


def succeeds(command):
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        failures.extend((answer.stderr or answer.stdout).strip().splitlines()[-1:])
    return answer.returncode == 0


def why_not():
    reasons = [words for words in failures if "No module named" not in words]
    if any(succeeds([sys.executable, "-c", f"import {name}"]) for name in ("ensurepip", "pip", "virtualenv")):
        reason = f" ({reasons[-1]})" if reasons else ""
        return f"uv could not be installed: check the network, or install uv and try again.{reason}"
    version = "{}.{}".format(*sys.version_info[:2])
    return (
        f"This Python has no pip: install the package python{version}-venv (Debian, Ubuntu) or python3-pip (others), "
        "or uv, and try again."
    )


def base_python():
    """The interpreter behind this one: an active `.venv` must not become its own foundation."""
    return getattr(sys, "_base_executable", None) or sys.executable


def run(command):
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(ROOT / ".venv")}
    environment.pop("VIRTUAL_ENV", None)
    if not os.access(Path(environment.get("HOME", "/nonexistent")), os.W_OK):
        environment.setdefault("UV_CACHE_DIR", str(TOOLS / "cache"))
    if ssl.create_default_context().cert_store_stats()["x509_ca"]:
        # uv brings roots of its own. Where the system has some, they also know the proxy of a company's network.
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    main(sys.argv[1:])
