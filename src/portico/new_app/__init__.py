"""`portico new app NAME`: a folder that runs, with its tests. What it writes stands in `templates/`."""
