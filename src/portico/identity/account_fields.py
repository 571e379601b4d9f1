"""The fields of an account as bodies carry them, and the one form in which its names are stored and looked for.

A name has no blanks around it and is in Unicode's normal form C, so that an accent is the same however it was typed.
What cannot be seen is refused: two accounts could look like one. So is, in usernames, what has another plainer form
(fullwidth letters, ligatures), as in PRECIS, RFC 8264.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any
from unicodedata import category, normalize

from pydantic import BeforeValidator, Field

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
# No @: a name with one could be somebody's e-mail address, and would log in in that one's place.
USERNAME = r"^[^\s@]+$"
LONGEST_EMAIL = 254
LONGEST_USERNAME = 150

UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # control, format (zero width, direction), surrogate, private, unassigned
# Unicode's Default_Ignorable_Code_Point beyond those, and the blank of Braille.
IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)


def tidied(name: str) -> str:
    """A username or e-mail address as it is stored and looked for."""
    return normalize("NFC", name.strip())


def flaw(name: str) -> str | None:
    """What is wrong with the characters of a name that is tidied, if anything."""
    if any(category(one) in UNSEEN for one in name) or IGNORABLE.search(name):
        return "must not hold characters that cannot be seen"
    if category(name[:1] or "x").startswith("M"):
        return "must not begin with a mark that belongs to a character before it"
    return None


def username_flaw(name: str) -> str | None:
    """The same for a username."""
    if found := flaw(name):
        return found
    return None if normalize("NFKC", name) == name else "must be written with the plain forms of its characters"


def _email(value: Any) -> Any:
    return _checked(tidied(value), flaw) if isinstance(value, str) else value


def _username(value: Any) -> Any:
    return _checked(tidied(value), username_flaw) if isinstance(value, str) else value


def _checked(name: str, rule: Callable[[str], str | None]) -> str:
    if wrong := rule(name):
        raise ValueError(wrong)
    return name


VISIBLE = BeforeValidator(_username)
"""Stands behind the limits of a username whose lengths are the app's own."""

Email = Annotated[str, Field(max_length=LONGEST_EMAIL, pattern=EMAIL), BeforeValidator(_email)]
Username = Annotated[str, Field(min_length=1, max_length=LONGEST_USERNAME, pattern=USERNAME), VISIBLE]
Password = Annotated[str, Field(max_length=128, description="The shortest length is a rule of the server's.")]
