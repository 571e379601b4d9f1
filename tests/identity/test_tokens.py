"""Tokens: what the verifier takes, and everything it refuses."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from portico.identity.tokens import Tokens
from portico.kernel.errors import Unauthorized
from portico.kernel.secret_keys import derived
from tests.clocks import MovableClock
from tests.races import bearer, log_in
from tests.servers import KEY, serving_app, settings_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOWHERE = "postgresql://nowhere/portico"
REFRESH = "/api/auth/refresh"


@dataclass(frozen=True)
class Forgery:
    """A token like a real one, but for what is said here. A claim that is None is left out."""

    claims: dict[str, Any]
    key: bytes
    algorithm: str = "HS256"
    header: dict[str, Any] | None = None

    def token(self) -> str:
        claims = {name: value for name, value in self.claims.items() if value is not None}
        return jwt.encode(claims, self.key, self.algorithm, headers=self.header)

    def claiming(self, **claims: Any) -> "Forgery":
        return replace(self, claims={**self.claims, **claims})


def key_of(app: str, typ: str) -> bytes:
    return derived(KEY, f"{app}:{typ}")


def forgery(token: str, typ: str) -> Forgery:
    return Forgery(jwt.decode(token, options={"verify_signature": False}), key_of("store", typ))


def unsigned(token: str, algorithm: str) -> str:
    """The token with the header of one that needs no signature."""
    header = part(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    return f"{header}.{token.split('.')[1]}."


def mislabelled(forged: Forgery, algorithm: str) -> str:
    """Signed as the app signs, but with a header that says otherwise."""
    header = part(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    signed = f"{header}.{part(json.dumps(forged.claims).encode())}"
    return f"{signed}.{part(hmac.digest(forged.key, signed.encode(), hashlib.sha256))}"


def part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_other_claims(token: str, **claims: Any) -> str:
    """The token with its own signature under claims that were changed."""
    header, payload, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{header}.{part(json.dumps({**known, **claims}).encode())}.{signature}"


def with_signature_of_length(token: str, length: int) -> str:
    return token[: token.rindex(".") + 1 + length]


# Each takes a real token and its forgery, of either use, and answers one that must be refused.
REFUSED: dict[str, Callable[[str, Forgery], str]] = {
    "of no use": lambda _, forged: forged.claiming(typ=None).token(),
    "of an unknown use": lambda _, forged: forged.claiming(typ="session").token(),
    "for another app": lambda _, forged: forged.claiming(aud="factory").token(),
    "for nobody": lambda _, forged: forged.claiming(aud=None).token(),
    "of another issuer": lambda _, forged: forged.claiming(iss="somebody").token(),
    "of no issuer": lambda _, forged: forged.claiming(iss=None).token(),
    "without an end": lambda _, forged: forged.claiming(exp=None).token(),
    "that ended in 1970": lambda _, forged: forged.claiming(exp=1).token(),
    "with an end in words": lambda _, forged: forged.claiming(exp="2100-01-01").token(),
    "with an end that is half a number": lambda _, forged: forged.claiming(exp=4e9).token(),
    "without an id": lambda _, forged: forged.claiming(jti=None).token(),
    "without a beginning": lambda _, forged: forged.claiming(iat=None).token(),
    "of no subject": lambda _, forged: forged.claiming(sub=None).token(),
    "of a subject that is none": lambda _, forged: forged.claiming(sub="nobody").token(),
    "of a session that is none": lambda _, forged: forged.claiming(sid="none", gen="none").token(),
    "of no session": lambda _, forged: forged.claiming(sid=None, gen=None).token(),
    "of an unknown session": lambda _, forged: forged.claiming(sid=str(uuid4()), sub=str(uuid4())).token(),
    "under the secret itself": lambda _, forged: replace(forged, key=KEY.encode()).token(),
    "under another app's key": lambda _, forged: replace(forged, key=key_of("factory", forged.claims["typ"])).token(),
    "under another use's key": lambda _, forged: replace(
        forged, key=key_of("store", "refresh" if forged.claims["typ"] == "access" else "access")
    ).token(),
    "of another algorithm": lambda _, forged: replace(forged, algorithm="HS512").token(),
    "that names another algorithm": lambda _, forged: mislabelled(forged, "RS256"),
    "unsigned": lambda token, _: unsigned(token, "none"),
    "unsigned, in capitals": lambda token, _: unsigned(token, "None"),
    "whose signature is missing": lambda token, _: with_signature_of_length(token, 0),
    "whose signature is cut": lambda token, _: with_signature_of_length(token, 40),
    "with claims that were changed": lambda token, _: with_other_claims(token, exp=4_000_000_000),
    "with parameters that we do not know": lambda _, forged: replace(
        forged, header={"crit": ["b64"], "b64": False}
    ).token(),
    "with a header of no end": lambda token, _: f"{part(b'[' * 3000)}.{token.split('.', 1)[1]}"[:4096],
    "that is no token": lambda *_: "not.a.token",
    "of two parts": lambda token, _: token.rpartition(".")[0],
    "of four parts": lambda token, _: f"{token}.{token.rpartition('.')[2]}",
}


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.fixture(scope="module")
def tokens(still_store: httpx.Client) -> dict[str, Any]:
    return log_in(still_store, "mor_2314", "83r5^_")


@pytest.mark.parametrize("kind", REFUSED)
def test_an_access_token_is_refused(still_store: httpx.Client, tokens: dict[str, Any], kind: str) -> None:
    forged = REFUSED[kind](tokens["access"], forgery(tokens["access"], "access"))
    assert_refused(still_store.get("/api/auth/me", headers=bearer(forged)))
    assert_refused(still_store.post("/api/carts/", json={}, headers=bearer(forged)))
    # What anybody may read is not read with a token that is not live: the client would not learn that it is not.
    assert_refused(still_store.get("/api/carts/", headers=bearer(forged)))


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refresh_token_is_refused(still_store: httpx.Client, tokens: dict[str, Any], kind: str) -> None:
    forged = REFUSED[kind](tokens["refresh"], forgery(tokens["refresh"], "refresh"))
    assert_refused(still_store.post(REFRESH, json={"refresh": forged}))


def test_none_of_these_refusals_ended_the_session(still_store: httpx.Client, tokens: dict[str, Any]) -> None:
    """And what the forgeries are made from is taken, so they were refused for what is wrong with them."""
    for unchanged in (
        forgery(tokens["access"], "access").token(),
        mislabelled(forgery(tokens["access"], "access"), "HS256"),
    ):
        assert still_store.get("/api/auth/me", headers=bearer(unchanged)).json()["id"] == 2
    forged = forgery(log_in(still_store, "mor_2314", "83r5^_")["refresh"], "refresh").token()
    assert still_store.post(REFRESH, json={"refresh": forged}).status_code == 200


def test_one_use_s_token_is_nothing_in_the_other_s_place(still_store: httpx.Client, tokens: dict[str, Any]) -> None:
    assert_refused(still_store.post(REFRESH, json={"refresh": tokens["access"]}))
    assert_refused(still_store.get("/api/auth/me", headers=bearer(tokens["refresh"])))


def test_a_session_is_its_user_s_alone(still_store: httpx.Client, tokens: dict[str, Any]) -> None:
    staff = forgery(tokens["access"], "access").claiming(sub="1").token()
    assert_refused(still_store.get("/api/auth/me", headers=bearer(staff)))


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic bW9yXzIzMTQ6ODNyNV5f", "Token abc", "Bearer a b", "Bearer \u00e9.\u00e9.\u00e9"],
)
def test_other_forms_of_the_header_are_refused(still_store: httpx.Client, header: str) -> None:
    answer = still_store.get("/api/auth/me", headers={"Authorization": header.encode("latin-1")})
    assert_refused(answer)


def test_the_word_bearer_may_be_in_any_case(still_store: httpx.Client, tokens: dict[str, Any]) -> None:
    for word in ("bearer", "BEARER"):
        answer = still_store.get("/api/auth/me", headers={"Authorization": f"{word} {tokens['access']}"})
        assert answer.status_code == 200


def test_an_access_token_lives_as_long_as_it_says(timed_store: httpx.Client, clock: MovableClock) -> None:
    tokens = log_in(timed_store, "mor_2314", "83r5^_")
    assert tokens["expires_in"] == 30 * 60
    clock.move(seconds=tokens["expires_in"] - 1)
    assert timed_store.get("/api/auth/me", headers=bearer(tokens["access"])).status_code == 200
    clock.move(seconds=1)
    answer = timed_store.get("/api/auth/me", headers=bearer(tokens["access"]))
    assert_refused(answer)
    assert answer.json()["error"]["message"] == "Token has expired"
    assert timed_store.post(REFRESH, json={"refresh": tokens["refresh"]}).status_code == 200


def test_a_refresh_token_lives_7_days_from_its_making(timed_store: httpx.Client, clock: MovableClock) -> None:
    tokens = log_in(timed_store, "mor_2314", "83r5^_")
    clock.move(days=7, seconds=-1)
    child = timed_store.post(REFRESH, json={"refresh": tokens["refresh"]}).json()
    clock.move(days=7, seconds=-1)
    grandchild = timed_store.post(REFRESH, json={"refresh": child["refresh"]}).json()
    clock.move(days=7)
    answer = timed_store.post(REFRESH, json={"refresh": grandchild["refresh"]})
    assert_refused(answer)
    assert answer.json()["error"]["message"] == "Token has expired"


def test_lifetimes_are_settings_also_of_one_app_alone(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_REFRESH_TOKEN_EXPIRE_DAYS", "2")
    with serving_app("store", store_url, access_token_expire_minutes=5) as store:
        tokens = log_in(store, "mor_2314", "83r5^_")
    claims = {typ: jwt.decode(tokens[typ], options={"verify_signature": False}) for typ in ("access", "refresh")}
    assert tokens["expires_in"] == 300
    assert claims["access"]["exp"] - claims["access"]["iat"] == 300
    assert claims["refresh"]["exp"] - claims["refresh"]["iat"] == 2 * 24 * 3600


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_the_algorithm_is_the_one_of_the_settings(algorithm: str) -> None:
    tokens = Tokens("store", settings_of(NOWHERE, algorithm=algorithm))
    pair = tokens.pair(user_id=7, session_id=uuid4(), generation=0, rotated_at=NOW, now=NOW)
    assert jwt.get_unverified_header(pair.access)["alg"] == algorithm
    assert tokens.read_access(pair.access, NOW).user_id == 7


def test_a_token_of_one_app_or_one_secret_is_worth_nothing_elsewhere() -> None:
    made = Tokens("store", settings_of(NOWHERE))
    pair = made.pair(user_id=7, session_id=uuid4(), generation=0, rotated_at=NOW, now=NOW)
    others = [
        Tokens("factory", settings_of(NOWHERE)),
        Tokens("store", settings_of(NOWHERE, secret_key="another key for tests that is long enough")),
        Tokens("store", settings_of(NOWHERE, algorithm="HS512")),
    ]
    for other in others:
        with pytest.raises(Unauthorized):
            other.read_access(pair.access, NOW)
        with pytest.raises(Unauthorized):
            other.read_refresh(pair.refresh, NOW)
    assert made.read_refresh(pair.refresh, NOW).generation == 0


def test_a_refresh_token_can_be_made_again_from_family_and_generation_alone() -> None:
    tokens, session = Tokens("store", settings_of(NOWHERE)), uuid4()
    later = NOW + timedelta(seconds=9)
    made = [
        tokens.pair(user_id=7, session_id=session, generation=3, rotated_at=NOW, now=now).refresh
        for now in (NOW, later)
    ]
    assert made[0] == made[1]
    other = [
        tokens.pair(user_id=7, session_id=session, generation=4, rotated_at=NOW, now=NOW).refresh,
        tokens.pair(user_id=7, session_id=uuid4(), generation=3, rotated_at=NOW, now=NOW).refresh,
    ]
    assert len({made[0], *other}) == 3


def test_every_access_token_has_an_id_of_its_own() -> None:
    tokens, session = Tokens("store", settings_of(NOWHERE)), uuid4()
    made = {tokens.pair(user_id=7, session_id=session, generation=0, rotated_at=NOW, now=NOW).access for _ in range(3)}
    assert len(made) == 3
