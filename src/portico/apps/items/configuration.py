"""What a client may know of the server's settings."""

from typing import Any

from fastapi import Request
from pydantic import BaseModel

from portico.kernel.routes import router

configuration = router(tags=["system"])


class ConfigurationOut(BaseModel):
    app_name: str
    version: str
    environment: str
    debug: bool
    docs_enabled: bool


@configuration.get("/config", response_model=ConfigurationOut, summary="The public part of the settings")
async def show_configuration(request: Request) -> Any:
    settings = request.app.state.settings
    return {
        "app_name": request.app.title,
        "version": request.app.version,
        "environment": settings.environment,
        "debug": settings.debug,
        "docs_enabled": settings.has_docs,
    }
