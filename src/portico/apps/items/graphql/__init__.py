"""GraphQL on items: queries, mutations, and a subscription over a WebSocket."""
