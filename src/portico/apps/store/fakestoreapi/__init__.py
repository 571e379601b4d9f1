"""The same data in the shapes of fakestoreapi.com, for clients written for it."""
