"""What the documents tell the reader to type, open or call exists."""

import re
from pathlib import Path

import pytest

from tests.whole.mentions import missing
from tests.whole.project import ROOT, code_in

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
ADDRESS = re.compile(r"(?<!=)http://127\.0\.0\.1:8000/[\w./-]*[\w/-]")

# docs/seeds.md quotes documents of others; test_seeds_doc.py reads it.
DOCUMENTS = [
    file
    for file in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
    if file.name != "seeds.md"
]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_what_a_document_names_exists(file: Path) -> None:
    problems = {code: why for code in code_in(file.read_text()) if (why := missing(code, folder=file.parent))}
    assert problems == {}


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_addresses_in_a_text_are_served(file: Path) -> None:
    found = set(ADDRESS.findall(file.read_text()))
    assert {address: why for address in found if (why := missing(f"curl {address}"))} == {}


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    assert [link for link in LINK.findall(file.read_text()) if not (file.parent / link).exists()] == []


@pytest.mark.parametrize(
    "code",
    [
        "make everything",
        "portico fly",
        "portico db fly",
        "src/portico/nowhere.py",
        "docs/nothing.md",
        "/store/api/nothing",
        "POST /health/live",
        "curl http://localhost:8000/nothing",
        "curl http://localhost:9999/health/live",
        "LOG_COLOUR=red",
        "LOG_COLOUR=red portico serve",
        "uvicorn portico.nowhere:app",
        "docker compose -f nothing.yml up",
    ],
)
def test_what_does_not_exist_is_found(code: str) -> None:
    assert missing(code)


@pytest.mark.parametrize(
    "code",
    [
        "make run",
        'make run ARGS="store --port 8080"',
        "portico users create anna@example.com --app store",
        "tests/whole/test_readme.py",
        "cp .env.example .env",
        "/store/api/products/<id>/",
        "/api/v1/carts/7",
        "POST /api/auth/login",
        "curl -s http://localhost:8000/health/live | jq .",
        "STORE_ACCESS_TOKEN_EXPIRE_MINUTES=15 portico serve store",
        "uvicorn portico.main:app",
        '{"error": {"code": "NOT_FOUND"}}',
    ],
)
def test_what_exists_is_not_complained_about(code: str) -> None:
    assert missing(code) is None
