"""What is in a document: readers of foreign files, which run in a process of their own with limits."""
