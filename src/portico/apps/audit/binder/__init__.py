"""The binder: everything of an engagement in one file, which proves by itself that it is whole and unchanged."""
