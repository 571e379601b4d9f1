"""Filling the store with a data set: its own, or one in the shapes of fakestoreapi.com."""
