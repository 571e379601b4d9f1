"""Item changes as they happen: server-sent events, a WebSocket, and webhooks to addresses that users name.

All three follow the outbox, which `portico.apps.items.changes` writes to. Who hears what is said there once, in the
audience of each event, and asked anew whenever an event is handed out.
"""

from portico.identity.public import stream_router, ticket_router, ticket_socket, webhook_router

tickets = ticket_router("/api/v1/events/ticket")
stream = stream_router(path="/api/v1/events")
socket = ticket_socket(path="/api/v1/ws")
webhooks = webhook_router("/api/v1/webhooks")
