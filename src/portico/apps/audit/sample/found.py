"""The findings of the sample data: what was found, and how far each has come."""

from dataclasses import dataclass

from portico.apps.audit.sample.cast import CFO, IT


@dataclass(frozen=True)
class Found:
    """A finding. `steps` are taken as many days ago as they say; what is planned is due so many days from today."""

    workpaper: str
    title: str
    criteria: str
    condition: str
    cause: str
    effect: str
    recommendation: str
    severity: str
    owner: str
    papers: tuple[str, ...]
    steps: tuple[tuple[str, int], ...] = ()
    due: int = 30
    plan: str = ""


BOOK_FINDINGS = (
    Found("JE-1", "Entries approved by those who posted them",
          "Policy, point 3: who has posted an entry does not approve it.",
          "Five entries of the year have the same person as poster and approver.",
          "The ledger system does not compare the two.",
          "An entry can be made without anybody else seeing it.",
          "Have the system refuse an approval by the poster.", "high", CFO, ("ledger", "policy"),
          (("validate", 34), ("agree", 30)), plan=""),
    Found("JE-1", "Entries made at weekends",
          "Policy, point 4: late and unusual entries are explained in their description.",
          "Five entries were entered on days when nobody works; none has an explanation.",
          "There is no rule for them in the system.", "They are where override is hidden most often.",
          "Have them explained, and reviewed by the controller each month.", "medium", CFO, ("ledger",),
          (("validate", 20), ("dispute", 15))),
    Found("JE-1", "A bill booked twice",
          "A bill is booked once.", "Four bills are booked a second time, weeks later.",
          "The check for duplicates was off.", "Trade payables and costs are overstated.",
          "Reverse the second entries, and switch the check on.", "critical", CFO, ("ledger",), (("validate", 5),)),
    Found("JE-2", "Entries just under the limits of approval",
          "Policy, point 2: 10 000 EUR and more are approved by both.",
          "Five entries lie within a hundred euros below a limit.", "", "Limits may have been avoided on purpose.",
          "", "medium", CFO, ("ledger", "policy")),
)  # fmt: skip
CONTROL_FINDINGS = (
    Found("AC-T1", "Accounts of leavers stay open", "AC-1: locked on the last day.",
          "One account of three was locked six weeks late, one not at all.", "HR tells IT by mail, and not always.",
          "People who left can still read the ledger.", "Have HR's system lock accounts by itself.", "critical", IT,
          ("leavers",), (("validate", 140), ("agree", 135), ("plan", 130)), -96,
          "HR's system is connected to the directory by the end of the quarter. Owner: I. Novak."),
    Found("AC-T2", "Reviews of rights are missing", "AC-2: each quarter, for each system.",
          "Five of twelve reviews were not made.", "Owners are not reminded.", "Rights pile up.",
          "Remind the owners, and report missing reviews to the board.", "high", IT, ("leavers",),
          (("validate", 140), ("agree", 133), ("plan", 130), ("remediate", 90)), -41,
          "Reminders go out by the system; the first report is for the spring meeting."),
    Found("CH-T1", "A change without approval", "CH-1: approved before it goes live.",
          "CHG-117 went live without an approval on file.", "It was thought to be a setting and no change.",
          "The limit of approval was raised by one person.", "Treat settings of control as changes.", "high", IT,
          ("changes",), (("validate", 138), ("agree", 120), ("plan", 110), ("remediate", 60), ("ready", 8)), -12,
          "Settings that control something are on the list of changes from now on."),
    Found("AC-T1", "Late locking of an account", "AC-1: locked on the last day.",
          "p.holm's account was locked on 14 August, six weeks after leaving.", "The mail was overlooked.",
          "", "As for the accounts that stay open.", "medium", IT, ("leavers",),
          (("validate", 140), ("agree", 137), ("plan", 130), ("remediate", 100), ("ready", 45), ("close", 40)), 20,
          "A second person reads the mails of HR."),
    Found("CH-T1", "A change tested by its author", "CH-2: tested by somebody other than its author.",
          "CHG-121 was tested by its author alone.", "The team had two people at the time.", "Mistakes may go unseen.",
          "Have the controller test interfaces.", "low", IT, ("changes",),
          (("validate", 138), ("agree", 120), ("accept-risk", 100)), 180, "A third developer begins in summer."),
    Found("CH-T2", "No trial in spring", "CH-3: one trial each half-year.",
          "The trial of the first half-year was not made.", "The person in charge was ill.", "",
          "Name a deputy.", "low", IT, ("changes",), (("validate", 130), ("agree", 90)), 15),
)  # fmt: skip
