import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.kernel.secret_keys import SHORTEST, derived, development_key, weakness
from tests.commands import environment

FIT = "n0-0ther-machine-has-this-0ne-47"
# printf portico:store:access | openssl dgst -sha512 -hmac "$FIT"
OF_STORE_ACCESS = (
    "ea0bc592cad717460eace69f04b9d9446dc659b53a6e40e2223c09ae58baa42b"
    "50f76872e78d01a06d28cc67601f89f00c29330491f0a9db9ca9a2a1e2309b88"
)


def test_a_fit_key_has_no_weakness() -> None:
    assert len(FIT) == SHORTEST == 32
    assert weakness(FIT) is None


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (None, "is missing"),
        ("", "is missing"),
        (FIT[:-1], "is shorter than 32 bytes"),
        ("$(openssl rand -hex 32)-and-some-more-text", "holds a shell command that was never run"),
        ("your-secret-key-change-in-production", "is a well-known or trivial value"),
        ("Your-Secret-Key-of-great-length-and-beauty", "is a well-known or trivial value"),
        ("django-insecure-8f7b2a9c1d3e5f60718293a4b5c6", "is a well-known or trivial value"),
        ("secret", "is a well-known or trivial value"),
        ("abcdefg" * 10, "is a well-known or trivial value"),
    ],
)
def test_a_weakness_is_named(key: str | None, what: str) -> None:
    assert weakness(key) == what


def test_length_is_counted_in_bytes() -> None:
    sixteen = "äöüßéèêëàâîïôûçñ"
    assert len(sixteen) == 16
    assert weakness(sixteen) is None
    assert weakness(sixteen[:-1]) == "is shorter than 32 bytes"


def test_what_is_derived_is_an_hmac_of_the_purpose() -> None:
    """Another derivation would end every session there is."""
    assert derived(FIT, "store:access").hex() == OF_STORE_ACCESS


@settings(deadline=None)
@given(st.text(min_size=1), st.text(), st.text())
def test_purposes_share_no_key(key: str, one: str, other: str) -> None:
    assert (derived(key, one) == derived(key, other)) == (one == other)
    assert len(derived(key, one)) == 64


def test_a_machine_makes_its_key_once_and_for_itself_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "inner"
    key = development_key(folder)
    assert development_key(folder) == key
    assert development_key(tmp_path / "other") != key
    assert weakness(key) is None
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_processes_that_ask_at_once_get_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from portico.kernel.secret_keys import development_key\n"
        "print('ready', flush=True); sys.stdin.readline(); print(development_key(Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "data")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
        )
        for _ in range(6)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert keys == {development_key(tmp_path / "data")}
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret_key"]
