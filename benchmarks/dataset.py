"""The data every contestant serves: made from the id alone, so that each database holds the same rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

PRODUCTS = 20_000
CLIENTS = 16
PASSWORD = "correct horse battery staple"
CART_DATE = date(2025, 3, 1)
LINES_PER_CART = 5

CATEGORIES = (
    "audio", "bags", "books", "cameras", "clothing", "computers", "cycling", "furniture", "games", "garden",
    "jewelery", "kitchen", "lighting", "music", "office", "outdoor", "phones", "shoes", "tools", "toys",
)  # fmt: skip

ADJECTIVES = ("compact", "durable", "elegant", "foldable", "lightweight", "quiet", "sturdy", "waterproof")
NOUNS = ("backpack", "bottle", "chair", "jacket", "lamp", "notebook", "speaker", "watch")
SENTENCES = (
    "Made for everyday use and tested for more than that.",
    "Comes with everything needed to start on the first day.",
    "The material keeps its colour after years in the sun.",
    "Small enough for a bag, large enough to be useful.",
    "Spare parts are available for at least ten years.",
    "Customers like the simple instructions and the long warranty.",
)


@dataclass(frozen=True)
class Product:
    """One product; `category_ids` ascend, and the first one is its main category."""

    id: int
    title: str
    price: Decimal
    description: str
    image: str
    rate: Decimal
    count: int
    category_ids: tuple[int, ...]


@dataclass(frozen=True)
class Account:
    """A client of the benchmark and the id of its cart, which is the same number."""

    id: int
    username: str
    email: str


def products() -> Iterator[Product]:
    """All products in id order."""
    return (product(number) for number in range(1, PRODUCTS + 1))


def product(number: int) -> Product:
    """The product with this id. A third of them stand in a second category."""
    random = Random(number)
    categories = {random.randrange(len(CATEGORIES)) + 1}
    if random.random() < 1 / 3:
        categories.add(random.randrange(len(CATEGORIES)) + 1)
    return Product(
        id=number,
        title=f"{random.choice(ADJECTIVES)} {random.choice(NOUNS)} no. {number}".capitalize(),
        price=Decimal(random.randrange(199, 99_999)) / 100,
        description=" ".join(random.sample(SENTENCES, 4)),
        image=f"https://images.example.com/products/{number}.jpg",
        rate=Decimal(random.randrange(10, 51)) / 10,
        count=random.randrange(1, 500),
        category_ids=tuple(sorted(categories)),
    )


def accounts() -> list[Account]:
    """One account per client."""
    return [Account(number, f"client{number:02}", f"client{number:02}@example.com") for number in range(1, CLIENTS + 1)]


def cart_lines(cart_id: int) -> list[tuple[int, int]]:
    """(product id, quantity) of a cart at the start, in product order."""
    return [(1_000 * cart_id + 7 * line, 1 + line % 3) for line in range(LINES_PER_CART)]
