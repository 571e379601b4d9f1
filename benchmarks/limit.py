"""The limit: what this machine, this driver and this database can do when nothing else is in the way.

A bare ASGI function without a framework, one statement per request, rows to bytes. It checks nothing that
the answer does not depend on, and is no example of a backend: it tells how much of the possible others reach.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qs

import bcrypt
import orjson
from psycopg import AsyncConnection

from benchmarks import limit_sql as sql

CONNECTIONS = 8
SECRET = b"a key of the benchmark"
JSON = (b"content-type", b"application/json")

# Filled when a worker starts. Last in, first out: the connection used last has the warmest server process.
pool: asyncio.LifoQueue[AsyncConnection] = asyncio.LifoQueue()
threads = ThreadPoolExecutor(os.cpu_count())


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI function: finds the route by the shape of the path."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    path = scope["path"]
    if path == "/api/products/":
        status, body = await product_list(scope)
    elif path.startswith("/api/products/"):
        status, body = await product_detail(int(path[14:-1]))
    elif path.startswith("/api/carts/"):
        status, body = await cart_add(int(path[11:-1]), scope, await body_of(receive))
    else:
        status, body = await login(await body_of(receive))
    headers = [JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def lifespan(receive: Any, send: Any) -> None:
    await receive()
    for _ in range(CONNECTIONS):
        pool.put_nowait(await AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    while not pool.empty():
        await pool.get_nowait().close()
    await send({"type": "lifespan.shutdown.complete"})


async def product_detail(product_id: int) -> tuple[int, bytes]:
    rows = await fetch(sql.PRODUCT, (product_id,))
    return (200, orjson.dumps(product(rows[0]))) if rows else (404, b"{}")


async def product_list(scope: dict[str, Any]) -> tuple[int, bytes]:
    query = parse_qs(scope["query_string"].decode())
    page, limit = int(query["page"][0]), int(query["limit"][0])
    offset = (page - 1) * limit
    category = query.get("category")
    if category is None:
        rows = await fetch(sql.PAGE, (limit, offset))
    else:
        rows = await fetch(sql.PAGE_OF_CATEGORY, {"category": category[0], "limit": limit, "offset": offset})
    if not rows:
        return 404, b"{}"
    total = rows[0][0]
    link = f"{host_of(scope)}/api/products/?limit={limit}" + (f"&category={category[0]}" if category else "")
    answer = {
        "count": total,
        "next": f"{link}&page={page + 1}" if offset + limit < total else None,
        "previous": f"{link}&page={page - 1}" if page > 1 else None,
        "results": [product(row[1:]) for row in rows],
    }
    return 200, orjson.dumps(answer)


def product(row: tuple[Any, ...]) -> dict[str, Any]:
    number, title, price, description, image, category, categories, rate, count = row
    return {
        "id": number,
        "title": title,
        "price": price,
        "description": description,
        "image": image,
        "category": category,
        "categories": orjson.Fragment(categories),
        "rating": {"rate": rate, "count": count},
    }


async def cart_add(cart_id: int, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    user_id = signed_user(header(scope, b"authorization"))
    if user_id is None:
        return 401, b"{}"
    lines = orjson.loads(body)["add"]
    values = {
        "cart": cart_id,
        "user": user_id,
        "products": [line["productId"] for line in lines],
        "quantities": [line["quantity"] for line in lines],
    }
    rows = await fetch(sql.CART_ADD, values)
    if not rows:
        return 404, b"{}"
    number, owner, date, items, total = rows[0]
    cart = {"id": number, "userId": owner, "date": date, "items": orjson.Fragment(items), "total": total}
    return 200, orjson.dumps(cart)


async def login(body: bytes) -> tuple[int, bytes]:
    credentials = orjson.loads(body)
    rows = await fetch(sql.USER, (credentials["username"],))
    if not rows:
        return 401, b"{}"
    user_id, password = rows[0]
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(threads, bcrypt.checkpw, credentials["password"].encode(), password.encode())
    return (200, orjson.dumps({"access": f"{user_id}.{signature(str(user_id))}"})) if right else (401, b"{}")


async def fetch(statement: str, values: Any) -> list[tuple[Any, ...]]:
    """All rows of one prepared statement, in binary, on a connection of the pool."""
    connection = await pool.get()
    try:
        cursor = connection.cursor(binary=True)
        await cursor.execute(statement, values)
        return await cursor.fetchall()
    finally:
        pool.put_nowait(connection)


def signed_user(authorization: bytes) -> int | None:
    """The user a bearer token names, if we signed it."""
    user_id, _, signed = authorization.removeprefix(b"Bearer ").decode().partition(".")
    return int(user_id) if signed and signed == signature(user_id) else None


def signature(text: str) -> str:
    return blake2b(text.encode(), key=SECRET, digest_size=16).hexdigest()


def header(scope: dict[str, Any], name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


def host_of(scope: dict[str, Any]) -> str:
    return f"http://{header(scope, b'host').decode()}"


async def body_of(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
