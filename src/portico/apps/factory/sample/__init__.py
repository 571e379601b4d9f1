"""The sample data: a maker of windows in the middle of a project, and a second company."""
