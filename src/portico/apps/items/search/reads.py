"""Items as a search finds them."""

from portico.apps.items.reads import COLUMNS, MATCHING
from portico.kernel.search import Search

ITEMS = Search(table="items.items", columns=COLUMNS, texts=("name", "description"), filters=MATCHING)
