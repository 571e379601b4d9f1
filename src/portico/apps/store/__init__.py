"""The FakeStore backend: products, categories, ratings, users, carts."""
