"""`POST /graphql`: one request, one transaction, the rights of the other routes.

What is no GraphQL request is answered as on every route. What the query gets wrong is 400, with GraphQL's `errors`;
what fails while it runs is 200 with `errors`. Where a mutation fails, nothing of the request is kept.
"""

from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from portico.apps.items.access import WriteAccess
from portico.apps.items.graphql.context import WritingContext
from portico.apps.items.graphql.execution import schema_of
from portico.apps.items.graphql.limits import LONGEST_BODY
from portico.kernel.routes import router, takes
from portico.kernel.unit_of_work import Writing

graphql = router(tags=["graphql"])


class GraphQLIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1)
    variables: dict[str, Any] | None = None
    operation_name: str | None = Field(None, alias="operationName")
    extensions: dict[str, Any] | None = Field(None, description="Clients send it; nothing here uses it.")


class GraphQLErrorOut(BaseModel):
    message: str
    locations: list[dict[str, int]] | None = None
    path: list[str | int] | None = None
    extensions: dict[str, Any] = Field(description="`code`, as in other errors, and `details`.")


class GraphQLOut(BaseModel):
    data: dict[str, Any] | None = None
    errors: list[GraphQLErrorOut] = []


def prepare_graphql(app: FastAPI) -> None:
    app.state.graphql = schema_of(introspection=app.state.settings.has_docs)


@graphql.post(
    "/graphql", response_model=GraphQLOut, response_model_exclude_unset=True, summary="Ask and change with GraphQL",
    responses={400: {"description": "The query is not valid, or asks for too much.", "model": GraphQLOut}},
)  # fmt: skip
@takes(LONGEST_BODY)
async def run_graphql(
    body: GraphQLIn, request: Request, write: Writing, access: WriteAccess, response: Response
) -> Any:
    context = WritingContext(access, write, lambda error: request.app.state.answer_error.problem(request, error))
    result = await request.app.state.graphql.ask(body.query, body.variables, body.operation_name, context)
    if not result.errors:
        return {"data": result.data}
    await write.close()
    has_run = any(error.path for error in result.errors)
    if not has_run:
        response.status_code = 400
    data = None if context.has_written else result.data
    return {"data": data, "errors": [error.formatted for error in result.errors]}
