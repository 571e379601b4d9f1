import os
import resource
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from portico.kernel.database import conninfo
from portico.kernel.settings import Settings, SettingsError, load_settings
from tests import commands
from tests.whole.application import setting_names

FIT_KEY = "n0-0ther-machine-has-this-0ne-4711"
FIT = {"SECRET_KEY": FIT_KEY, "DATABASE_URL": "postgresql://owner:canary@db.internal/shop"}

# What is set, the setting that the sentence names, and what of the values it must not show.
REFUSED: dict[str, tuple[dict[str, str], str, str]] = {
    "no key": ({"SECRET_KEY": ""}, "SECRET_KEY is missing", FIT_KEY),
    "31 bytes": ({"SECRET_KEY": FIT_KEY[:31]}, "SECRET_KEY is shorter than 32 bytes", FIT_KEY[:31]),
    "a seed's key": (
        {"SECRET_KEY": "your-secret-key-change-in-production"}, "SECRET_KEY is a well-known", "your-secret-key",
    ),
    "another seed's key": ({"SECRET_KEY": "secret"}, "SECRET_KEY is a well-known", "= secret"),
    "a command that was never run": (
        {"DJANGO_SECRET_KEY": "$(python -c 'from django.core import canary; print(g())')"},
        "SECRET_KEY holds a shell command", "canary",
    ),
    "debug": ({"DEBUG": "true"}, "DEBUG must be off", "true"),
    "any origin with credentials": (
        {"CORS_ORIGINS": "*", "CORS_ALLOW_CREDENTIALS": "true"}, "CORS_ORIGINS must not be *", "true",
    ),
    "the embedded database": ({"DATABASE_URL": ""}, "DATABASE_URL is not set", "canary"),
    "one app's own key": ({"STORE_SECRET_KEY": "canary-12"}, "for store", "canary"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, neither in the environment nor in a `.env`, takes part."""
    for name, aliases in setting_names().items():
        for each in (name, *aliases):
            monkeypatch.delenv(each, raising=False)
    monkeypatch.chdir(tmp_path)


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize("case", REFUSED)
def test_unfit_settings_are_refused_in_one_sentence(tmp_path: Path, environment: str, case: str) -> None:
    values, sentence, hidden = REFUSED[case]
    fit = {name: value for name, value in FIT.items() if f"DJANGO_{name}" not in values}
    result = commands.run("serve", folder=tmp_path, **{"ENVIRONMENT": environment, **fit, **values})
    assert (result.returncode, result.stdout) == (1, ""), result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"Refusing to start in {environment}")
    assert sentence in result.stderr
    assert hidden not in result.stderr
    assert FIT_KEY not in result.stderr


def test_a_refusal_takes_less_than_a_second(tmp_path: Path) -> None:
    """Of the processor: others may be at work beside. Nothing is waited for, since nothing is connected to."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert commands.run("serve", folder=tmp_path, ENVIRONMENT="production").returncode == 1
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if taken[-1] < 1:
            return
    pytest.fail(f"it took {taken} s")


def test_every_refusal_stands_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    unfit = {"ENV": "staging", "DEBUG": "1", "CORS_ORIGINS": "*", "CORS_ALLOW_CREDENTIALS": "1"}
    with pytest.raises(SettingsError) as refused:
        loaded(monkeypatch, **unfit)
    for name in ("SECRET_KEY", "DEBUG", "CORS_ORIGINS", "DATABASE_URL"):
        assert name in str(refused.value)


@pytest.mark.parametrize("environment", ["development", "testing"])
def test_the_same_settings_serve_a_developer(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    unfit = {"DEBUG": "1", "CORS_ORIGINS": "*", "CORS_ALLOW_CREDENTIALS": "1", "SECRET_KEY": "short"}
    assert loaded(monkeypatch, ENVIRONMENT=environment, **unfit).debug


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_fit_settings_are_accepted(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    settings = loaded(monkeypatch, ENVIRONMENT=environment, **{**FIT, "SECRET_KEY": FIT_KEY[:32]})
    assert settings.origins == ()
    assert settings.shortest_password == 12
    allowed = {**FIT, "DATABASE_URL": "", "PORTICO_ALLOW_EMBEDDED": "1"}
    assert loaded(monkeypatch, **allowed).is_embedded
    assert loaded(monkeypatch, CORS_ORIGINS="*").origins == ("*",)  # without credentials any origin may be allowed


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()
    shown = settings.model_dump(
        include={
            "environment", "debug", "algorithm", "db_pool_size", "db_max_overflow", "access_token_expire_minutes",
            "refresh_token_expire_days", "request_timeout", "portico_data_dir", "database_url",
        }
    )  # fmt: skip
    assert shown == {
        "environment": "development", "debug": False, "algorithm": "HS256", "db_pool_size": 20, "db_max_overflow": 0,
        "access_token_expire_minutes": 30, "refresh_token_expire_days": 7, "request_timeout": 30,
        "portico_data_dir": Path(".portico"), "database_url": None,
    }  # fmt: skip
    assert settings.origins == ("http://localhost:3000", "http://localhost:5173", "http://localhost:5174")
    assert settings.is_embedded
    assert settings.shortest_password == 8
    assert settings.workers == min(os.cpu_count() or 1, 4)


@pytest.mark.parametrize(
    ("environment", "value", "expected"),
    [("development", "", True), ("staging", "", True), ("production", "", False), ("production", "true", True),
     ("development", "false", False)],
)  # fmt: skip
def test_documentation_is_served_everywhere_but_in_production_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, environment: str, value: str, expected: bool
) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    monkeypatch.setenv("DOCS_ENABLED", value)
    assert Settings().has_docs is expected


def test_names_of_old_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, ENV="testing", DJANGO_SECRET_KEY=FIT_KEY)
    assert (settings.environment, settings.secret_key) == ("testing", FIT_KEY)
    settings = loaded(monkeypatch, ENVIRONMENT="development", SECRET_KEY="the newer name wins")
    assert (settings.environment, settings.secret_key) == ("development", "the newer name wins")


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DB_POOL_SIZE=7\nLOG_LEVEL=WARNING\nSTORE_DB_POOL_SIZE=9\n# comment\n")
    settings = loaded(monkeypatch, LOG_LEVEL="ERROR")
    assert (settings.db_pool_size, settings.log_level) == (7, "ERROR")
    assert settings.for_app("store").db_pool_size == 9
    monkeypatch.setenv("STORE_DB_POOL_SIZE", "11")
    assert settings.for_app("store").db_pool_size == 11


def test_a_prefix_sets_a_value_for_one_app_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    prefixed = {"STORE_ACCESS_TOKEN_EXPIRE_MINUTES": "15", "STORE_CORS_ORIGINS": "https://a.example, https://b.example"}
    settings = loaded(monkeypatch, STORE_DB_ECHO="", STORE_NO_SUCH_SETTING="1", **prefixed)
    store, factory = settings.for_app("store"), settings.for_app("factory")
    assert (store.access_token_expire_minutes, factory.access_token_expire_minutes) == (15, 30)
    assert store.origins == ("https://a.example", "https://b.example")
    assert factory is settings


@pytest.mark.parametrize("value", ["canary", "0"])
def test_a_value_for_one_app_that_does_not_parse(tmp_path: Path, value: str) -> None:
    """Refused by the parent: a worker that cannot start would be started for ever."""
    result = commands.run("serve", "store", folder=tmp_path, STORE_ACCESS_TOKEN_EXPIRE_MINUTES=value)
    assert result.returncode == 1
    assert result.stderr.startswith("STORE_ACCESS_TOKEN_EXPIRE_MINUTES: ")
    assert result.stderr.count("\n") == 1
    assert "canary" not in result.stderr


MISSPELT = {
    "ENVIRONMENT": "canary", "DEBUG": "canary", "ALGORITHM": "none-canary", "DB_POOL_SIZE": "canary",
    "POSTGRES_PORT": "canary", "REQUEST_TIMEOUT": "canary", "LOG_LEVEL": "canary", "LOG_FORMAT": "canary",
    "TRUSTED_PROXIES": "10.0.0.1,canary", "DATABASE_URL": "canary",
}  # fmt: skip


@pytest.mark.parametrize("name", MISSPELT)
def test_a_value_that_does_not_parse_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as refused:
        loaded(monkeypatch, **{name: MISSPELT[name]})
    assert "canary" not in str(refused.value)
    assert refused.value.__suppress_context__, "a traceback would show it"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:canary@host/name",
        "postgresql://user:canary@host:port/name",
        "postgresql://user:canary@host/name?no_such_option=1",
        "user:canary@host/name",
    ],
)
def test_the_url_of_something_else_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: must look like postgresql://") as refused:
        loaded(monkeypatch, DATABASE_URL=url)
    assert "canary" not in str(refused.value)


def test_the_database_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    login = {"POSTGRES_USER": "o'wner@x", "POSTGRES_PASSWORD": "p:/@?#%&=[]+'\"\\"}
    parts = {**login, "POSTGRES_HOST": "db.internal", "POSTGRES_PORT": "6543", "POSTGRES_DB": "a/b?c"}
    assert connects_to(loaded(monkeypatch, **parts)) == {
        "user": "o'wner@x", "password": "p:/@?#%&=[]+'\"\\", "host": "db.internal", "port": "6543", "dbname": "a/b?c",
    }  # fmt: skip
    assert connects_to(loaded(monkeypatch, POSTGRES_HOST="::1"))["host"] == "::1"
    assert connects_to(loaded(monkeypatch, POSTGRES_HOST="/cloudsql/a:b"))["host"] == "/cloudsql/a:b"
    assert "password" not in connects_to(loaded(monkeypatch, POSTGRES_PASSWORD=""))
    assert connects_to(loaded(monkeypatch, DATABASE_URL="postgresql://elsewhere/x"))["host"] == "elsewhere"


def test_parts_without_a_host_mean_the_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, POSTGRES_USER="u", POSTGRES_PASSWORD="p", POSTGRES_HOST="").is_embedded


def test_the_public_address_ends_without_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, PUBLIC_URL="https://shop.example.com/").public_url == "https://shop.example.com"


def connects_to(settings: Settings) -> dict[str, Any]:
    assert settings.server_url is not None
    return conninfo_to_dict(conninfo(settings.server_url))
