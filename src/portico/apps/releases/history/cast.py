"""Who and what takes part in the sample year: accounts, teams, services, environments, rules, runbooks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    username: str
    full_name: str
    role: str
    team: str | None = None
    groups: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"


@dataclass(frozen=True)
class SampleService:
    name: str
    description: str
    team: str
    tier: int
    version: tuple[int, int, int]
    pace: tuple[int, int, int]
    """How likely weeks with none, one and two releases are."""
    scopes: tuple[str, ...]


BOARD, SECURITY, ON_CALL = GROUPS = ("Release board", "Security", "On call")
PAYMENTS, STOREFRONT, PLATFORM = "Payments", "Storefront", "Platform"
TEAMS = {
    PAYMENTS: "Money in, money out.",
    STOREFRONT: "What customers see.",
    PLATFORM: "What the others stand on.",
}
PEOPLE = (
    Person("anna", "Anna Berger", "admin", groups=(BOARD,)),
    Person("marco", "Marco Conti", "release_manager", groups=(BOARD, ON_CALL)),
    Person("mei", "Mei Lin", "release_manager", groups=(BOARD,)),
    Person("samira", "Samira Haddad", "viewer", groups=(SECURITY,)),
    Person("viktor", "Viktor Novak", "viewer"),
    Person("dana", "Dana Levi", "developer", PAYMENTS, (ON_CALL,)),
    Person("diego", "Diego Ramos", "developer", PAYMENTS),
    Person("femi", "Femi Adeyemi", "developer", STOREFRONT, (ON_CALL,)),
    Person("freya", "Freya Olsen", "developer", STOREFRONT),
    Person("pavel", "Pavel Dvorak", "developer", PLATFORM, (ON_CALL, SECURITY)),
    Person("priya", "Priya Nair", "developer", PLATFORM),
    Person("pipeline", "Build pipeline", "pipeline"),
)
SERVICES = (
    SampleService("checkout", "Takes orders and payments.", PAYMENTS, 1, (2, 3, 0), (3, 5, 2), ("cart", "card", "tax")),
    SampleService("ledger", "Books what was paid.", PAYMENTS, 1, (1, 8, 2), (5, 4, 1), ("booking", "export")),
    SampleService("storefront", "The shop's pages.", STOREFRONT, 2, (4, 0, 1), (1, 5, 4), ("search", "home", "a11y")),
    SampleService("catalog", "Products and prices.", STOREFRONT, 2, (1, 2, 0), (3, 5, 2), ("prices", "index")),
    SampleService("identity", "Accounts and sign-in.", PLATFORM, 1, (3, 1, 4), (4, 5, 1), ("login", "tokens")),
)
ENVIRONMENTS = (("dev", "dev"), ("test", "test"), ("staging", "staging"), ("production", "production"))
"""Names and types, in the order of their ranks."""

GATES = ("tests", "vulnerability-scan")
SOAK_MINUTES = 120
APPROVAL_MINUTES = 1440
KINDS = ("feat", "fix", "perf", "refactor", "docs", "chore")
WORK = {
    "feat": ("Show why it was refused", "Remember the last choice", "Take a second address", "Export as CSV"),
    "fix": ("Do not round twice", "Keep the order of equal rows", "Answer 404 for what is gone", "Close the file"),
    "perf": ("Ask once for all rows", "Keep the parsed rules", "Read in batches"),
    "refactor": ("Move the rules beside the table", "One name for one thing"),
    "docs": ("Say which time zone", "How to try it by hand"),
    "chore": ("Update the libraries", "Build on the new image"),
}
TROUBLES = (
    "Error rate above 5 %", "Answers take 4 s", "Orders appear twice", "Sign-in fails for some",
    "Memory grows until it restarts", "Prices are shown without tax",
)  # fmt: skip
RUNBOOKS = (
    ("Roll back a service", None, "When a deployment has broken production, and nobody knows at once why.", (
        ("Say so", "Open an incident, and tell the channel that you roll back."),
        ("Roll back", "On the deployment choose Roll back. It goes by the emergency rule: ask somebody on call."),
        ("Look", "Error rate and latency are those of before within five minutes."),
        ("Attribute", "Attribute the incident to the deployment, and say why."),
    )),
    ("Failed payments pile up", "checkout", "When more than 2 % of the payments are refused by us.", (
        ("Find out where", "Compare the rates by card scheme."),
        ("Switch", "Turn the second provider on."),
        ("Follow up", "Retry what was refused since the start."),
    )),
    ("The search shows old prices", "catalog", "When the index is more than ten minutes behind.", (
        ("Measure", "Look at the lag of the index."),
        ("Rebuild", "Start the rebuild; it takes a quarter of an hour."),
    )),
    ("Rotate the signing keys", "identity", "Every half year, and whenever a key may have leaked.", (
        ("Add", "Add the new key beside the old one."),
        ("Wait", "Wait until no token of the old key is valid."),
        ("Remove", "Remove the old key."),
    )),
)  # fmt: skip
"""Title, service, text, and the steps."""
