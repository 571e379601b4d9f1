"""Pages: the workbench of the team, the portal of the client, the queue of the reviewer."""
