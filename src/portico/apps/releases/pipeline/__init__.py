"""What runs in pipelines: a client of the API that asks for deployments, and an agent that runs them."""
