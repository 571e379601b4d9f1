"""Changes in engagements as they happen, as server-sent events. `portico.apps.audit.changes` says who hears what."""

from portico.apps.audit.changes import hears, roles_in_engagements
from portico.identity.public import stream_router, ticket_router

tickets = ticket_router("/api/v1/events/ticket")
stream = stream_router(path="/api/v1/events", sees=hears, more_roles=roles_in_engagements)
