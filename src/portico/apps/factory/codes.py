"""Codes, which a company uses once for ever for each kind of thing, and what is deleted and still has its code."""

from portico.kernel.errors import Conflict


class CodeTaken(Conflict):
    """Something of this kind has the code, or had it and is deleted."""

    code = "CODE_TAKEN"

    def __init__(self, kind: str, code: str) -> None:
        super().__init__(
            f"There is another {kind} with the code {code}, or there was one: a code is used once.",
            details={"code": code},
        )


class IsDeleted(Conflict):
    """It is there, and softly deleted."""

    code = "IS_DELETED"

    def __init__(self, kind: str, code: str) -> None:
        super().__init__(f"The {kind} {code} is deleted. Restore it first.", details={"kind": kind, "code": code})


class InProduction(Conflict):
    """It cannot be deleted, since something that is made, or is being made, depends on it."""

    code = "IN_PRODUCTION"
