"""Who is in the sample data, and what they write: the firm, the client, requests, workpapers and findings."""

from dataclasses import dataclass

PASSWORD = "password123"  # noqa: S105 - of the sample data; there are no such users where real ones are
LEAD, ADMIN = "user@example.com", "admin@example.com"
AUDITOR, REVIEWER = "auditor@example.com", "reviewer@example.com"
CFO, IT = "auditee@example.com", "it@example.com"


@dataclass(frozen=True)
class Person:
    email: str
    first_name: str
    last_name: str
    role: str = "staff"


PEOPLE = (
    Person(LEAD, "Ada", "Lindqvist", "engagement_lead"),
    Person(ADMIN, "Adam", "Adler", "admin"),
    Person(AUDITOR, "Alva", "Brandt"),
    Person(REVIEWER, "Ruth", "Vogel"),
    Person(CFO, "Clara", "Lind"),
    Person(IT, "Ivan", "Novak"),
)
CLIENT = {"name": "Nordhavn Trading", "registration": "NO 914 227 310", "country": "NO", "currency": "EUR"}
BOOKS = "Audit of the books 2025"
CONTROLS = "Access and change controls 2025"


@dataclass(frozen=True)
class Procedure:
    code: str
    title: str
    requirement: str
    pack: str = "transaction"
    method: str = "test"


BOOK_PROCEDURES = (
    Procedure("JE-1", "Test journal entries for signs of override", "bk-1"),
    Procedure("JE-2", "Test the approval of entries above the limits", "bk-2"),
    Procedure("CA-1", "Reconcile the bank account with the bank's statement", "bk-5", method="examine"),
    Procedure("TX-1", "Reconcile tax credits with the statement of the tax office", "bk-6", method="examine"),
    Procedure("RV-1", "Examine a sample of sales", "bk-4", method="examine"),
    Procedure("LN-1", "Confirm the loan and its covenant", "bk-2", method="interview"),
)
CONTROL_PROCEDURES = (
    Procedure("AC-T1", "Compare leavers with locked accounts", "ac-1", "control", "examine"),
    Procedure("AC-T2", "Ask the owners of systems for their reviews of rights", "ac-2", "control", "interview"),
    Procedure("CH-T1", "Follow changes from the request to production", "ch-1", "control"),
    Procedure("CH-T2", "Watch a backup being restored", "ch-3", "control"),
)


@dataclass(frozen=True)
class Asked:
    """A request: days ago that it was sent, days from today that it is due, its papers, and what became of it."""

    title: str
    description: str
    procedure: str
    sent: int
    due: int
    papers: tuple[str, ...] = ()
    answer: str = ""
    end: str = "accept"
    reason: str = ""
    assignee: str = CFO


BOOK_REQUESTS = (
    Asked("General ledger 2025", "The whole year with opening and closing balances, as SAF-T Financial.", "JE-1", 48,
          -40, ("ledger",), "Exported from the ledger system on the day of the request."),
    Asked("Bank statement 2025", "All movements of the account at the Bank of the Harbour, as CSV.",
          "CA-1", 47, -38, ("bank",), "The statement is the bank's own export."),
    Asked("Approval policy", "The policy for entries and payments that was in force in 2025.", "JE-2", 47, -40,
          ("policy",), "Approved by the board in 2023, not changed since."),
    Asked("Tax-credit statement 2025", "The statement of the tax office, and your ledger of tax credits.", "TX-1", 20,
          3, ("credits", "receivable"), "Two credits are still discussed with the tax office.", "submit"),
    Asked("Loan agreement", "The agreement with all its annexes, and the calculation of the covenant.", "LN-1", 25, -6,
          ("contract",), "Here is the agreement.", "return",
          "The annexes and the calculation of the covenant are missing."),
    Asked("Bills of the sample", "The bills with numbers as listed in the procedure, as scanned.", "RV-1", 6, 9,
          end="send"),
    Asked("Minutes of the board 2025", "All meetings, and those of January to March of this year.", "JE-1", 30, -9,
          end="send"),
    Asked("Inventory count sheets", "Of the count on 31 December.", "RV-1", 0, 14, end="draft"),
)  # fmt: skip
CONTROL_REQUESTS = (
    Asked("Leavers of 2025 and their accounts", "From the directory, with the days of leaving and of locking.", "AC-T1",
          170, -160, ("leavers",), "Exported from the directory.", assignee=IT),
    Asked("Changes of the ledger system", "July to December, with approvals and tests.", "CH-T1", 168, -155,
          ("changes",), "All changes that went live.", assignee=IT),
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A workpaper: how far it came, by whom, and which papers it rests on."""

    procedure: str
    title: str
    objective: str
    work_done: str
    conclusion: str
    papers: tuple[str, ...]
    state: str = "approved"
    preparer: str = AUDITOR
    note: str = ""


BOOK_WORKPAPERS = (
    Written("JE-1", "Journal entries 2025", "Find entries that bear signs of management override (ISA 240.33).",
            "All tests of journal entries were run over the whole ledger. Each exception was looked at; what could be "
            "explained from the bills was cleared, the rest was followed up.",
            "Entries without approval by a second person and entries at weekends are findings. The rest is explained.",
            ("ledger",), note="Clear, and the exceptions can be followed to the ledger."),
    Written("JE-2", "Approval limits", "See whether entries above the limits have a second approval.",
            "Entries just under a limit were compared with the policy; a sample of entries was examined.",
            "Five entries lie just under a limit. The policy is not enforced by the system.",
            ("ledger", "policy"), "in_review"),
    Written("CA-1", "Bank reconciliation at year end", "Agree the bank account with the bank's statement.",
            "The statement was reconciled line by line with account 1000; open lines were discussed with the client.",
            "But for fees that are not booked and one transposed amount, the account agrees.",
            ("bank", "ledger"), "prepared"),
    Written("RV-1", "Sales: a sample by monetary units", "Conclude on the overstatement of sales.",
            "A sample was drawn by monetary units and its items examined against invoices and deliveries.",
            "The upper limit of the misstatement is below performance materiality.", ("ledger",), "prepared", LEAD),
    Written("TX-1", "Tax credits", "Agree the ledger of tax credits with the tax office's statement.",
            "Begun. The statement came last week.", "", (), "draft"),
    Written("LN-1", "Loan and covenant", "Confirm balance, terms and covenant of the loan.",
            "The agreement was read. The calculation of the covenant is missing.",
            "The balance agrees; the covenant cannot be judged yet.", ("policy",), "returned", AUDITOR,
            "The agreement itself is not linked, and the covenant is not computed."),
)  # fmt: skip
CONTROL_WORKPAPERS = (
    Written("AC-T1", "Accounts of leavers", "See whether accounts are locked on the last day.",
            "All leavers of the year were compared with the directory.",
            "One account was locked late, one not at all.", ("leavers",)),
    Written("AC-T2", "Reviews of rights", "See whether owners review rights each quarter.",
            "The owners of three systems were asked for their reviews of the year.",
            "Of twelve reviews, seven were made.", ("leavers",)),
    Written("CH-T1", "Changes of the ledger system", "Follow changes from request to production.",
            "All changes of the half-year were followed.", "One change had no approval, one no independent test.",
            ("changes",)),
    Written("CH-T2", "Restoring a backup", "See that a backup can be restored.",
            "The trial of October was watched.", "It was restored within the time that the policy allows.",
            ("changes",)),
)  # fmt: skip
