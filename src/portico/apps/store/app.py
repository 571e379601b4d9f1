"""The store's registration."""

from fastapi import FastAPI

from portico.apps.store.access import mode_of
from portico.apps.store.addresses.controller import addresses
from portico.apps.store.auth.controller import auth
from portico.apps.store.carts.controller import carts
from portico.apps.store.categories.controller import categories
from portico.apps.store.errors import Envelope, envelope
from portico.apps.store.fakestoreapi.controller import fakestoreapi
from portico.apps.store.pictures.controller import pictures
from portico.apps.store.products.controller import products
from portico.apps.store.ratings.controller import ratings
from portico.apps.store.seeding.service import seed
from portico.apps.store.tables import StoreTable
from portico.apps.store.users.controller import users
from portico.apps.store.users.realm import realm
from portico.identity.public import prepare, session_router
from portico.kernel.app import App
from portico.kernel.runtime import Runtime


def _prepare(app: FastAPI, runtime: Runtime) -> None:
    prepare(realm)(app, runtime)
    app.state.store_mode = mode_of(runtime.settings)


app = App(
    name="store",
    title="Portico Store",
    summary="The FakeStore API on a real database.",
    metadata=StoreTable.metadata,
    routers=[
        auth,
        session_router("/api/auth/sessions"),
        products,
        ratings,
        categories,
        addresses,
        users,
        carts,
        fakestoreapi,
        pictures,
    ],
    seed=seed,
    realm=realm,
    render=envelope,
    error=Envelope,
    aliases={"/api/v1": "/api"},
    has_own_rate_limit=True,
    public_prefixes=["/fakestoreapi", "/pictures"],
    prepare=_prepare,
    demo="mor_2314 / 83r5^_",
)
