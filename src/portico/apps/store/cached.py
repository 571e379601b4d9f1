"""What of the store is cached, and who has to say that it has changed: whoever writes to the rows behind it."""

from portico.kernel.transaction import Transaction

PAGES = "store.pages"
"""Pages of the list of products, with their categories and ratings. The key is the address."""

PRODUCTS = "store.products"
"""Single products. The key begins with the id."""


def product_changed(write: Transaction, product_id: int) -> None:
    """Have the product, and every page of the list, read anew after the commit."""
    write.changed(PAGES)
    write.changed(PRODUCTS, f"{product_id} *")


def catalogue_changed(write: Transaction) -> None:
    """Have every product and every page of the list read anew after the commit."""
    write.changed(PAGES)
    write.changed(PRODUCTS)
