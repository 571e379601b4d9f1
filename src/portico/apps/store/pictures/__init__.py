"""Pictures of the products in the store's own catalogue: drawings of ours, one file each."""
