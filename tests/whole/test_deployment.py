"""The image, the compose files, their settings and the workflows fit one another and what docs/seeds.md promises.

There is no Docker engine where these tests run: the files are read, and what the image would start is started as plain
processes.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from dotenv import dotenv_values

from tests.commands import environment, portico_serve, run, served
from tests.redis_server import redis_server
from tests.whole.application import commands, is_setting
from tests.whole.mentions import missing
from tests.whole.project import ROOT, make_targets
from tests.whole.test_seeds_doc import rows

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
STAGING = yaml.safe_load((ROOT / "docker-compose.staging.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
HEALTHCHECK = str(ROOT / "scripts/healthcheck.py")
FIT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

# `frontend` is the backend itself, which serves the pages.
PROFILES = {
    "dev": {"api", "worker", "db_dev", "admin", "operator"},
    "test": {"api_test", "db_test"},
    "prod": {"api_prod", "worker", "db_prod", "redis"},
}
PORTS = {
    "api": "8000", "api_prod": "8000", "admin": "5173", "operator": "5174", "db_dev": "5434", "db_prod": "5432"
}  # fmt: skip
FRONTS = {"admin": "/pages/admin", "operator": "/pages/operator"}
TARGETS = {
    "prod-build", "prod-up", "prod-bootstrap", "prod-migrate", "prod-seed", "prod-logs", "prod-shell", "prod-restart",
    "prod-down", "prod-destroy", "check-secret",
}  # fmt: skip
MADE_BY_COMPOSE = {"DATABASE_URL", "POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_DB", "REDIS_URL", "SECRET_KEY"}


def test_each_profile_has_its_services() -> None:
    found = {name: {s for s, of in SERVICES.items() if name in of["profiles"]} for name in PROFILES}
    assert found == PROFILES
    assert set(STAGING["services"]) == {"backend", "postgres", "redis"}


def test_the_ports_are_those_of_the_documents() -> None:
    published = {name: of["ports"][0].split(":")[-2] for name, of in SERVICES.items() if "ports" in of}
    assert published == PORTS
    every = [port for of in (*SERVICES.values(), *STAGING["services"].values()) for port in of.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in every), "Docker opens a port past the machine's firewall"


def test_production_runs_from_the_image_alone_and_writes_nothing_into_it() -> None:
    for of in (*(SERVICES[name] for name in ("api_prod", "worker")), STAGING["services"]["backend"]):
        assert not [volume for volume in of["volumes"] if volume.startswith((".", "/"))]
        assert of["read_only"]
        assert of["tmpfs"] == ["/tmp"]
    assert any(volume.startswith("./src:") for volume in SERVICES["api"]["volumes"])
    assert SERVICES["db_test"]["tmpfs"]


def test_staging_is_apart_limited_and_comes_back() -> None:
    for name, of in STAGING["services"].items():
        assert of["networks"] == ["staging"], name
        assert of["restart"] == "unless-stopped", name
        assert of["healthcheck"]["test"], name
        assert of["deploy"]["resources"]["limits"]["memory"], name
        assert [volume.partition(":")[0] in STAGING["volumes"] for volume in of["volumes"]] == [True], name


@pytest.mark.parametrize("compose", [COMPOSE, STAGING], ids=["profiles", "staging"])
def test_every_command_every_dependency_and_every_volume_exists(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, of in services.items():
        program = of.get("command", ["serve"])
        if name in ("api", "api_prod", "worker", "backend", *FRONTS):
            assert program[0] in commands(), name
            known = {*MADE_BY_COMPOSE, "ENVIRONMENT", "POSTGRES_PASSWORD", "PORTICO_APPS", "FACTORY_START_PAGE"}
            assert set(of["environment"]) <= known, name
        assert set(of.get("depends_on", ())) <= set(services), name
        named = {volume.partition(":")[0] for volume in of.get("volumes", ()) if not volume.startswith(".")}
        assert named <= set(compose["volumes"]), name


def test_admin_and_operator_are_the_factory_s_pages_each_at_an_origin_of_its_own(
    new_database: Callable[..., str], tmp_path: Path
) -> None:
    for name, start in FRONTS.items():
        assert SERVICES[name]["environment"]["FACTORY_START_PAGE"] == start
        assert SERVICES[name]["command"][:2] == ["serve", "factory"]
    settings = {"DATABASE_URL": new_database(), "FACTORY_START_PAGE": FRONTS["operator"]}
    assert run("migrate", folder=tmp_path, **settings).returncode == 0
    with served(portico_serve("factory", "--no-worker"), folder=tmp_path, **settings) as server:
        for start in FRONTS.values():
            page = server.client.get(start, headers={"Accept": "text/html"}, follow_redirects=True)
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), start
        sent = server.client.get("/", headers={"Accept": "text/html"})
        assert (sent.status_code, sent.headers["location"]) == (303, FRONTS["operator"])
        assert server.get("/").json()["message"] == "Ra Factory"
        assert server.get("/store/api/products").status_code == 404


def test_the_make_targets_are_there_and_name_services_of_their_profile() -> None:
    assert make_targets() >= TARGETS
    recipes = re.findall(r"^\t\$\(PROD\) (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = {word for recipe in recipes for word in recipe.split() if word in SERVICES}
    assert named == {"api_prod", "worker"}


def test_what_the_seeds_document_says_of_docker_is_there() -> None:
    """test_seeds_doc.py sees that files and profiles exist; this one looks at the services that commands name."""
    seen = set()
    for row in rows():
        for code in row.counterparts:
            words = code.split()
            if words[:2] == ["docker", "compose"] and "-f" not in words:
                profile = words[words.index("--profile") + 1] if "--profile" in words else None
                services = [word for word in words[2:] if "_" in word or word in SERVICES]
                assert all(profile is None or service in PROFILES[profile] for service in services), code
                seen.update(services)
    assert "api_prod" in seen
    assert {code.removeprefix("make ") for row in rows() for code in row.counterparts} >= TARGETS


def test_the_settings_of_staging_and_production_are_settings() -> None:
    for name in (".env.staging", ".env.production"):
        assert all(is_setting(key) for key in dotenv_values(ROOT / name)), name
    assert not dotenv_values(ROOT / ".env.production")["SECRET_KEY"]
    assert not {"SECRET_KEY", "POSTGRES_PASSWORD"} & set(dotenv_values(ROOT / ".env.staging"))


@pytest.mark.parametrize("name", [".env.staging", ".env.production"])
def test_a_copy_of_the_settings_starts_as_soon_as_the_secrets_are_in_it(name: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / name).read_text())
    compose = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1"}
    refused = run("migrate", folder=tmp_path, **compose)
    assert refused.returncode == 1
    assert "SECRET_KEY is missing" in refused.stderr
    let_in = run("migrate", folder=tmp_path, SECRET_KEY=FIT, **compose)
    assert "The database cannot be used" in let_in.stderr, "it got as far as the database"


def test_the_image_is_made_of_what_is_there() -> None:
    for words in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = words.split()
        assert all((ROOT / source).exists() for source in sources), words
    version = re.search(r'^UV_VERSION = "(.+)"$', (ROOT / "scripts/setup.py").read_text(), re.MULTILINE)
    assert version is not None
    assert f"uv=={version[1]}\n" in DOCKERFILE


def test_the_image_runs_without_root_and_has_a_health_check() -> None:
    final = DOCKERFILE[DOCKERFILE.index("AS production") :]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, re.MULTILINE)
    assert "WEB_CONCURRENCY=3" in final
    assert "ENVIRONMENT=production" in final
    check = re.search(r"CMD \[\"python\", \"-I\", \"(.+)\"\]", final)
    assert check is not None
    assert (ROOT / check[1]).exists()


def test_no_secret_gets_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", ".env.*", ".git", ".portico", ".venv"} <= set(ignored)


def test_the_workflows_run_what_exists() -> None:
    known = {
        "ci.yml": {"push", "pull_request"},
        "e2e-tests.yml": {"push", "pull_request", "schedule", "workflow_dispatch"},
    }
    for name, events in known.items():
        workflow = yaml.safe_load((ROOT / ".github/workflows" / name).read_text())
        assert set(workflow[True]) == events  # YAML takes the word `on` for true
        for job in workflow["jobs"].values():
            lines = [line for step in job["steps"] for line in str(step.get("run", "")).splitlines()]
            codes = [line.strip().removeprefix(".venv/bin/") for line in lines]
            assert {code: why for code in codes if (why := missing(code))} == {}


def test_the_stack_starts_as_make_prod_bootstrap_starts_it(new_database: Callable[..., str], tmp_path: Path) -> None:
    """As in the image: production, three workers, Redis, settings of .env.production, a host that has to be named."""
    with redis_server(tmp_path) as redis:
        settings = {
            **{name: value for name, value in dotenv_values(ROOT / ".env.production").items() if value},
            "DATABASE_URL": new_database(), "REDIS_URL": redis.url, "SECRET_KEY": FIT,
            "PORTICO_VERSION": "v1-7-gabc", "PORTICO_DATA_DIR": str(tmp_path / "data"), "DRAIN_SECONDS": "0",
            "ALLOWED_HOSTS": "*.example.com,127.0.0.1",
        }  # fmt: skip
        assert settings["WEB_CONCURRENCY"] == "3"
        assert run("migrate", folder=tmp_path, **settings).returncode == 0
        seeded = run("seed", "items", folder=tmp_path, **settings)
        password = re.search(r"password (\S+) \(shown this once\)", seeded.stdout)
        assert password, seeded.stdout + seeded.stderr
        with served(portico_serve("--no-worker"), folder=tmp_path, **settings) as server:
            assert server.get("/health").json()["version"] == "v1-7-gabc"
            assert server.get("/health/ready").json()["checks"]["redis"] == {"status": "ok"}
            entered = {"email": "admin@portico.invalid", "password": password[1]}
            for _ in range(10):  # whichever worker it is
                with httpx.Client(base_url=server.client.base_url, timeout=30) as client:
                    assert client.get("/items/api/v1/items").status_code == 200
            assert server.client.post("/items/api/v1/auth/login", json=entered).status_code == 200
            for path in ("/health/live", "/health/ready"):
                assert check(path, str(server.port), **settings).returncode == 0
            stranger = check("/health/live", str(server.port), ALLOWED_HOSTS="elsewhere.test")
            assert "answered 422" in stranger.stderr
            port = str(server.port)
        gone = check("/health/live", port, **settings)
    assert gone.returncode == 1
    assert gone.stderr.startswith("No answer")


@pytest.mark.parametrize(
    ("key", "said"),
    [(FIT, "is fit: 32 bytes"), ("", "is missing"), ("short", "well-known or trivial"), ("$(openssl rand)", "command")],
)
def test_check_secret_tells_and_never_shows(key: str, said: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts/check_secret.py")]
    answer = subprocess.run(
        command, cwd=tmp_path, env=environment(SECRET_KEY=key), capture_output=True, text=True, check=False
    )
    words = answer.stdout + answer.stderr
    assert said in words
    assert answer.returncode == (0 if key == FIT else 1)
    assert not key or key not in words


def check(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = shlex.join([sys.executable, "-I", HEALTHCHECK, *arguments])
    return subprocess.run(
        shlex.split(command), env=environment(**settings), capture_output=True, text=True, check=False, timeout=20
    )
