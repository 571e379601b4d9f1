"""The search in what documents say: by words, and by meaning where there is an embedder."""
