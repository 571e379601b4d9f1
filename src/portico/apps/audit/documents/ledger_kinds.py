"""Which kind of ledger a name means, where nobody says it otherwise."""

WORDS = (
    ("tax_credit", ("tax credit", "tax-credit", "tax_credit", "withholding", "26as", "tds")),
    ("bank", ("bank", "statement", "cash")),
    ("receivable", ("receivable", "debtor", "customer")),
    ("payable", ("payable", "creditor", "supplier", "vendor")),
)


def kind_of(name: str) -> str:
    """The first kind of which the name has a word; a journal of everything else is general."""
    lower = name.lower()
    return next((kind for kind, words in WORDS if any(word in lower for word in words)), "general")
