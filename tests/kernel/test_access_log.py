"""The line of each request: it names the route as it was declared, for WebSockets as for all others."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from portico.kernel.logging import configure
from portico.kernel.routes import router
from tests.commands import eventually
from tests.kernel.tiny import serving_tiny
from tests.servers import settings_of

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
api = router()


@api.get("/rooms/{name}", response_model=str, summary="A room")
async def room(name: str) -> Any:
    return name


async def live(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.path_params["name"])
    await socket.close()


def test_a_websocket_is_logged_by_its_route(tmp_path: Path) -> None:
    log = tmp_path / "portico.log"
    sockets = {"sockets": [WebSocketRoute("/rooms/{name}/live", live)], "aliases": {"/v1": ""}}
    try:
        with serving_tiny(NOWHERE, api, app=sockets, log_level="INFO", log_format="json", log_file=log) as client:
            address = str(client.base_url).replace("http", "ws", 1).rstrip("/")
            assert client.get("/rooms/blue").json() == "blue"
            assert client.put("/rooms/blue").status_code == 405
            for path in ("/rooms/blue/live", "/v1/rooms/green/live/"):
                with connect(f"{address}{path}") as socket:
                    assert socket.recv(10) in ("blue", "green")
            with pytest.raises(InvalidStatus):
                connect(f"{address}/rooms/blue/nowhere")
            eventually(lambda: len(requests(log)) == 5, within=20)
    finally:
        configure(settings_of(NOWHERE))
    assert requests(log) == [
        ("GET", "/rooms/{name}", 200),
        ("PUT", "/rooms/{name}", 405),
        ("WEBSOCKET", "/rooms/{name}/live", 101),
        ("WEBSOCKET", "/rooms/{name}/live", 101),
        ("WEBSOCKET", None, 403),
    ]


def requests(log: Path) -> list[tuple[str, str | None, int]]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [(line["method"], line["route"], line["status"]) for line in lines if line.get("event") == "request"]
