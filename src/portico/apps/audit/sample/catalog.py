"""A small catalog of controls, our own, in the form of OSCAL: what a trading company's books and systems need."""

from typing import Any

import orjson

UUID = "5d0a4d2e-6f0b-4a55-9f4b-0c7b1f5f2a25"
GROUPS = (
    ("bk", "Bookkeeping", (
        ("Entries are approved", "Each journal entry is approved by somebody other than the person who has posted it."),
        ("Limits of approval", "From an amount that management sets, an entry or payment takes a second approval."),
        ("Timely entries", "Entries are made within thirty days of the day that they count for."),
        ("Described entries", "Each entry has a description from which a stranger understands what it is for."),
        ("Bank reconciliation", "The bank account is reconciled with the bank's statement each month."),
        ("Tax credits", "Tax that customers withhold is claimed, and followed until it is credited."),
    )),
    ("ac", "Access", (
        ("Accounts of leavers", "Accounts of people who have left are locked on their last day."),
        ("Review of rights", "The owner of each system reviews who has which rights in it, each quarter."),
        ("Separate administrators", "Who administers the ledger's system does not post in it."),
    )),
    ("ch", "Changes", (
        ("Approved changes", "A change to a system is approved before it goes live."),
        ("Tested changes", "A change is tested by somebody other than its author."),
        ("Backups", "Backups are made daily, and one is restored as a trial each half-year."),
    )),
)  # fmt: skip
"""Groups with their controls, which are numbered in them: bk-1, bk-2 and so on."""


def catalog() -> bytes:
    groups = [
        {
            "id": group, "class": "family", "title": title,
            "controls": [_control(f"{group}-{number}", *texts) for number, texts in enumerate(controls, start=1)],
        }
        for group, title, controls in GROUPS
    ]  # fmt: skip
    metadata = {
        "title": "Controls of a trading company", "last-modified": "2025-01-01T00:00:00Z", "version": "1.0",
        "oscal-version": "1.1.3",
    }  # fmt: skip
    document: dict[str, Any] = {"catalog": {"uuid": UUID, "metadata": metadata, "groups": groups}}
    return orjson.dumps(document)


def _control(code: str, title: str, text: str) -> dict[str, Any]:
    label = {"name": "label", "value": code.upper()}
    return {
        "id": code, "title": title, "props": [label],
        "parts": [{"id": f"{code}_smt", "name": "statement", "prose": text}],
    }  # fmt: skip
