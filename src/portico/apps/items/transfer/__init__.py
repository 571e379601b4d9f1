"""Items in and out as CSV: a file becomes items in a job, and all items become a file."""
