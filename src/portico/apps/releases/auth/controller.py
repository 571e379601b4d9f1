"""The route by which strangers become viewers. Log-in and the like are identity's."""

from typing import Any

from fastapi import Request

from portico.apps.releases.users import reads
from portico.apps.releases.users.controller import TAKEN
from portico.apps.releases.users.schemas import RegisterIn, UserOut
from portico.apps.releases.users.service import register
from portico.identity.public import NewPassword
from portico.kernel.client_address import client_address
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Writing

auth = router(prefix="/api/v1/auth", tags=["auth"])


@auth.post("/register", status_code=201, response_model=UserOut, summary="Register as a viewer", responses=TAKEN)
async def register_viewer(body: RegisterIn, request: Request, write: Writing, new_password: NewPassword) -> Any:
    pwd_hash = await write.aside(new_password.hash(body.password))
    values = body.model_dump(exclude={"password"})
    user_id = await register(write, address=client_address(request), pwd_hash=pwd_hash, **values)
    return await reads.user(await write.connection(), user_id)
