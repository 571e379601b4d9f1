"""Projects with their components, assemblies and pieces."""
