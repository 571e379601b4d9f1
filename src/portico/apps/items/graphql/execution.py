"""The schema, with our limits in the place of the library's parser and our errors in the place of its own."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry.extensions import AddValidationRules, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from portico.apps.items.graphql.context import Context
from portico.apps.items.graphql.limits import parsed
from portico.apps.items.graphql.live import Subscription
from portico.apps.items.graphql.measure import QueryRefused
from portico.apps.items.graphql.schema import Mutation, Query
from portico.kernel.errors import InvalidInput

OF_THE_LIBRARY = (CannotGetOperationTypeError, InvalidOperationTypeError)


class WithinLimits(SchemaExtension):
    def on_parse(self) -> Iterator[None]:
        found = self.execution_context
        sent = found.operation_name  # as long as there is no document, of which it would be the first one's
        found.graphql_document = parsed(found.query or "", found.variables, sent)
        yield


class Schema(strawberry.Schema):
    def process_errors(self, errors: Sequence[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Give each error the words and the code that other routes give it; what is ours alone is logged there."""
        for error in errors:
            if self.config.disable_field_suggestions:
                error.message = error.message.partition(" Did you mean")[0]  # of arguments and values, too
            _explain(error, execution_context.context if execution_context else None)

    async def ask(
        self, query: str, variables: dict[str, Any] | None, operation: str | None, context: Context
    ) -> ExecutionResult:
        """A query or a mutation. Raises `InvalidInput` for a subscription, and where no operation has that name."""
        try:
            return await self.execute(
                query, variable_values=variables, context_value=context, operation_name=operation,
                allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION),
            )  # fmt: skip
        except CannotGetOperationTypeError:
            raise InvalidInput(details={"operationName": "names none of the operations in the query"}) from None
        except InvalidOperationTypeError:
            raise InvalidInput("Subscriptions need a WebSocket.") from None

    async def stream(self, query: str | None, *args: Any, **kwargs: Any) -> Any:
        """What a WebSocket asks for: subscriptions only."""
        try:
            # What an extension raises would end the socket's task.
            parsed(query or "", kwargs.get("variable_values"), kwargs.get("operation_name"))
        except (QueryRefused, GraphQLError) as refused:
            error = refused if isinstance(refused, GraphQLError) else GraphQLError(str(refused), original_error=refused)
            _explain(error, kwargs.get("context_value"))
            return _only(PreExecutionError(data=None, errors=[error]))
        return await super().stream(
            query, *args, **{**kwargs, "allowed_operation_types": (OperationType.SUBSCRIPTION,)}
        )


async def _only(result: PreExecutionError) -> AsyncGenerator[PreExecutionError, None]:
    yield result


def _explain(error: GraphQLError, context: Context | None) -> None:
    cause = error.original_error
    while isinstance(cause, GraphQLError):  # a variable that does not fit: the library's own words within its own
        cause = cause.original_error
    if cause is None or context is None or isinstance(cause, OF_THE_LIBRARY):
        error.extensions = {"code": InvalidInput.code}  # syntax and validation, in the library's own words
        return
    problem = context.problem_of(cause)
    error.message = problem.text
    error.extensions = {"code": problem.code, **({"details": problem.details} if problem.details else {})}


def schema_of(*, introspection: bool) -> Schema:
    closed = [] if introspection else [lambda: AddValidationRules([NoSchemaIntrospectionCustomRule])]
    return Schema(
        query=Query, mutation=Mutation, subscription=Subscription, extensions=[WithinLimits, *closed],
        config=StrawberryConfig(disable_field_suggestions=not introspection),  # they spell the schema out, name by name
    )  # fmt: skip
