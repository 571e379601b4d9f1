"""What happens, as it happens: server-sent events, and webhooks to addresses that users name.

Both follow the outbox, which `portico.apps.releases.events` writes to.
"""

from portico.identity.public import stream_router, ticket_router, webhook_router

tickets = ticket_router("/api/v1/events/ticket")
stream = stream_router(path="/api/v1/events")
webhooks = webhook_router("/api/v1/webhooks")
