"""What a document names in code, and whether it exists: make targets, commands, files, routes, settings, programs."""

import re
import shlex
import sys
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from opentelemetry.sdk import environment_variables as opentelemetry

from tests.whole.application import commands, error_codes, is_route, is_setting
from tests.whole.project import ROOT, make_targets

VARIABLE = re.compile(r"^([A-Z][A-Z0-9_]{2,})(?:=.*)?$")
METHOD = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (/\S*)$")
URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1):(?P<port>\d+)(?P<path>/[^\s'\"`]*)?")
MODULE = re.compile(r"^(portico(?:\.\w+)+)(?::\w+)?$")
NAME = re.compile(r"^[a-z][a-z0-9-]*$")
PUBLISHED = re.compile(r"\"?(\d{4,5}):\d{4,5}\"?")

FILE_NAMES = {"Makefile", "Dockerfile", "LICENSE", ".env.staging", ".env.production"}
FILE_ENDINGS = (".md", ".toml", ".txt", ".py", ".lock", ".yml", ".ini", ".sql", ".example")
MADE_BY_USERS = {".env", ".venv", ".portico"}
OF_THE_MACHINE = {"cp", "curl", "cd", "git", "docker", "docker-compose", "python", "python3"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def missing(text: str, *, folder: Path = ROOT) -> str | None:
    """What a piece of code in a document names that does not exist, as a sentence; None if all of it does."""
    if url := URL.search(text):
        if url["port"] not in _ports():
            return f"nothing listens on port {url['port']}"
        return _missing_route(url["path"] or "/", METHODS)
    if match := METHOD.match(text):
        return _missing_route(match[2], (match[1],))
    if text.startswith("/"):
        return _missing_route(text.split()[0], METHODS)
    return _missing_command(text) if " " in text else _missing_word(text, folder)


def is_recognised(text: str) -> bool:
    """Whether `missing` can tell: prose, JSON and headers name nothing that could be absent."""
    first = text.partition(" ")[0]
    known = any(pattern.match(text) for pattern in (METHOD, VARIABLE, MODULE)) or text.startswith("/")
    return known or bool(URL.search(text)) or _names_a_file(text) or _is_program(first)


def _missing_route(path: str, methods: Collection[str]) -> str | None:
    return None if any(is_route(path, method) for method in methods) else f"there is no route {path}"


def _missing_command(text: str) -> str | None:
    words = _words(text)
    while words and "=" in words[0] and VARIABLE.match(words[0]):
        if absent := _missing_word(words.pop(0), ROOT):
            return absent
    match words:
        case ["make", *rest]:
            unknown = [word for word in rest if NAME.match(word) and word not in make_targets()]
            return f"there is no make target {unknown[0]}" if unknown else None
        case ["portico", *rest] | ["python", "-m", "portico", *rest]:
            return _missing_portico(rest)
        case ["docker" | "docker-compose" as program, *rest]:
            return _missing_container(program, rest)
        case ["pytest", *rest] if any(word.startswith("--cov") for word in rest) and not find_spec("pytest_cov"):
            return "pytest-cov is not installed"
    found = (_missing_word(word, ROOT) for word in words[1:] if _names_a_file(word) or MODULE.match(word))
    return next(filter(None, found), None)


def _missing_portico(words: list[str]) -> str | None:
    if not words or words[0].startswith("-"):
        return None
    groups = {name.split()[0] for name in commands() if " " in name}
    name = " ".join(words[:2]) if words[0] in groups else words[0]
    return None if name in commands() else f"there is no command portico {name}"


def _missing_container(program: str, words: list[str]) -> str | None:
    """The file that a docker command works on, and the profile that it names."""
    is_compose = program == "docker-compose" or words[:1] == ["compose"]
    name = words[words.index("-f") + 1] if "-f" in words else "docker-compose.yml" if is_compose else "Dockerfile"
    file = ROOT / name
    if not file.exists():
        return f"there is no file {name}"
    profile = words[words.index("--profile") + 1] if "--profile" in words else ""
    return None if profile in file.read_text() else f"{name} has no profile {profile}"


def _missing_word(word: str, folder: Path) -> str | None:
    if match := VARIABLE.match(word):
        is_known = is_setting(match[1]) or match[1] in error_codes() or word.isalpha()  # HTTP, SELECT and the like
        is_known = is_known or hasattr(opentelemetry, match[1])  # its SDK reads some by itself
        return None if is_known else f"there is no setting or error code {match[1]}"
    if match := MODULE.match(word):
        return None if _is_module(match[1]) else f"there is no module {match[1]}"
    if not _names_a_file(word) or word in MADE_BY_USERS:
        return None
    if "*" in word:
        return None if any(ROOT.glob(word)) else f"no file is called {word}"
    exists = (ROOT / word).exists() or (folder / word).exists() or ("/" not in word and _is_a_role(word))
    return None if exists else f"there is no file {word}"


def _is_a_role(name: str) -> bool:
    """Whether files in several folders have this name, as `controller.py` does."""
    return len(list((ROOT / "src").rglob(name))) > 1


def _names_a_file(text: str) -> bool:
    if " " in text or "://" in text or text in FILE_ENDINGS or text[:1] in "-/{$*<":
        return False
    is_below = "/" in text and (ROOT / text.partition("/")[0]).exists()
    return is_below or text in FILE_NAMES | MADE_BY_USERS or (not MODULE.match(text) and text.endswith(FILE_ENDINGS))


def _is_program(name: str) -> bool:
    is_installed = bool(NAME.match(name)) and (Path(sys.executable).parent / name).exists()
    return is_installed or name in {"make", "portico", *OF_THE_MACHINE}


def _is_module(name: str) -> bool:
    """Looked up as a file: importing `portico.main` would start an application."""
    path = ROOT / "src" / Path(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def _ports() -> set[str]:
    """The server's, and those that a compose file publishes."""
    published = (PUBLISHED.findall(file.read_text()) for file in ROOT.glob("docker-compose*.yml"))
    return {"8000"}.union(*published)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # half a command, as documents show them
        return text.split()
