"""`portico.main:app` under bare servers, and what stands at the root."""

import importlib.util
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from portico import registry
from portico.kernel.runtime import installed_version
from tests.commands import Serving, portico_serve, program, served

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
GUNICORN = [program("gunicorn"), "--worker-class", "uvicorn.workers.UvicornWorker", "--workers", "2", "--bind"]
BARE = {
    "uvicorn": [program("uvicorn"), "portico.main:app", "--port", "{port}"],
    "granian": [program("granian"), "--interface", "asgi", "--port", "{port}", "--workers", "1", "portico.main:app"],
    "gunicorn": [*GUNICORN, "127.0.0.1:{port}", "portico.main:app"],
}


@pytest.mark.parametrize("name", BARE)
def test_a_bare_server_serves_it(store_url: str, tmp_path: Path, name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    with served(BARE[name], folder=tmp_path, DATABASE_URL=store_url, STORE_MODE="sandbox") as server:
        assert server.get("/health/live").json() == {"status": "alive"}
        assert server.get("/store/api/products/1/").json()["id"] == 1
        login = {"username": "mor_2314", "password": "83r5^_"}
        access = server.client.post("/store/api/auth/login", json=login).json()["access"]
        me = server.client.get("/store/api/auth/me", headers={"Authorization": f"Bearer {access}"})
        assert me.json()["username"] == "mor_2314"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) in (0, -signal.SIGTERM), server.lines()


def test_a_bare_server_refuses_what_portico_serve_refuses(tmp_path: Path) -> None:
    unfit = {"ENVIRONMENT": "production", "SECRET_KEY": ""}
    with (
        pytest.raises(AssertionError, match=r"Refusing to start in production: SECRET_KEY is missing\."),
        served(BARE["uvicorn"], folder=tmp_path, **unfit),
    ):
        pass


@pytest.fixture
def all_apps(store_url: str, tmp_path: Path) -> Iterator[Serving]:
    settings = {"DATABASE_URL": store_url, "STORE_MODE": "sandbox"}
    with served(portico_serve(), folder=tmp_path, **settings) as server:
        yield server


def links(page: httpx.Response) -> list[str]:
    return [part.partition('"')[0] for part in page.text.split('href="')[1:]]


def assert_page(server: Serving) -> None:
    page = server.client.get("/", headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "accept" in ", ".join(page.headers.get_list("vary")).lower().split(", ")
    assert installed_version() in page.text
    for link in links(page):
        assert server.client.get(f"/{link}", headers=BROWSER, follow_redirects=True).status_code == 200, link


def assert_json(server: Serving, paths: dict[str, str]) -> None:
    for headers in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        answer = server.client.get("/", headers=headers)
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert (body["service"], body["version"]) == ("portico", installed_version())
        assert {name: app["path"] for name, app in body["apps"].items()} == paths


def test_the_root_of_the_server(all_apps: Serving) -> None:
    """All apps below their names, a page that leads to them, and whatever fits no app in the form of RFC 9457."""
    assert_page(all_apps)
    assert_json(all_apps, {name: f"/{name}/" for name in registry.APP_NAMES})
    assert "mor_2314" in all_apps.client.get("/", headers=BROWSER).text, "how to sign in with the sample data"
    for path, service in (("/health", "portico"), ("/store/health", "store")):
        assert all_apps.get(path).json()["service"] == service
    assert all_apps.get("/health/ready").json()["status"] == "ok"
    assert all_apps.get("/health/ready/").status_code == 200
    for method, path, status, code in (
        ("GET", "/nowhere", 404, "NOT_FOUND"), ("POST", "/", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/storefront", 404, "NOT_FOUND"), ("GET", "/api/products", 404, "NOT_FOUND"),
        ("GET", "/%00", 422, "VALIDATION_ERROR"),
    ):  # fmt: skip
        answer = all_apps.client.request(method, path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["trace_id"]) == (code, answer.headers["x-request-id"])
    assert all_apps.get("/store/nowhere").json()["error"]["code"] == "NOT_FOUND", "an app has its own form"


def test_paths_of_an_app_and_paths_it_has_at_the_root(all_apps: Serving) -> None:
    assert all_apps.get("/store").status_code == all_apps.get("/store/").status_code == 200, "no redirect"
    product = all_apps.get("/fakestoreapi/products/1").json()
    assert product == all_apps.get("/store/fakestoreapi/products/1").json()
    picture = httpx.URL(product["image"])
    assert all_apps.get(picture.raw_path.decode()).headers["content-type"].startswith("image/svg+xml")
    listed = all_apps.get("/store/api/v1/products?limit=5").json()
    assert listed["next"].startswith(f"http://127.0.0.1:{all_apps.port}/store/api/v1/products?")
    assert all_apps.client.get(listed["next"]).json()["results"][0]["id"] == 6


def test_an_app_that_is_served_alone_has_its_own_root(store_url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": store_url, "PORTICO_APPS": "store", "STORE_MODE": "sandbox"}
    with served(BARE["uvicorn"], folder=tmp_path, **settings) as server:
        assert_page(server)
        assert_json(server, {"store": "/"})
        assert server.get("/api/products/1").json()["id"] == 1
        assert server.get("/store/api/products/1").status_code == 404
        assert server.get("/health").json()["service"] == "store"
        assert server.get("/nowhere").json()["error"]["code"] == "NOT_FOUND"


def test_where_real_users_are_the_page_tells_nothing_of_demonstrations(store_url: str, tmp_path: Path) -> None:
    settings = {"ENVIRONMENT": "production", "SECRET_KEY": "n0-0ther-machine-has-this-0ne-4711"}
    with served(BARE["uvicorn"], folder=tmp_path, DATABASE_URL=store_url, **settings) as server:
        assert_page(server)
        page = server.client.get("/", headers=BROWSER).text
        assert "mor_2314" not in page
        assert "documentation" not in page
        for path in ("/store/docs", "/store/redoc", "/store/openapi.json", "/docs", "/openapi.json"):
            assert server.get(path).status_code == 404, path


def test_below_a_root_path_links_lead_there(store_url: str, tmp_path: Path) -> None:
    """Behind a proxy that serves it below /outer, takes that off, and tells the server."""
    command = [*BARE["uvicorn"], "--root-path", "/outer"]
    with served(command, folder=tmp_path, DATABASE_URL=store_url, STORE_MODE="sandbox") as server:
        assert server.get("/store/api/products/1/").json()["id"] == 1
        listed = server.get("/store/api/products?limit=5").json()
        assert listed["next"].startswith(f"http://127.0.0.1:{server.port}/outer/store/api/products?")
