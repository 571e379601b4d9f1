"""Verifies the binder that it lies in, with Python 3.8 or newer and nothing else: no server, no network, no package.

    python verify.py                            this folder
    python verify.py FOLDER                     another one
    python verify.py --manifest SHA256          also that it is the binder which was handed over

It names whatever was changed, removed or added since the binder was packed, evidence whose bytes are not those that
were received, populations that are not those that were frozen, and events of the log that were changed or put into
another order. It ends with 0 if there is nothing of the kind, else with 1; with 2 where it was called wrongly.

This script lies in the binder as well. Who does not trust the binder takes the script from the source of Portico, where
it is the same: src/portico/apps/audit/binder/verify.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MANIFEST, EVIDENCE, LOG = "manifest.json", "evidence.json", "log/events.jsonl"
POPULATIONS = "populations/populations.json"
ALWAYS = (EVIDENCE, LOG, POPULATIONS)
"""What every binder has: without these, what they vouch for would pass unseen."""
FIELDS = ("seq", "id", "app", "at", "actor", "actor_name", "address", "action", "object", "details")
BLOCK = 1024 * 1024
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Verify a binder.", epilog="It ends with 0 if all is as it was packed, with 1 if anything is not."
    )
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--manifest", metavar="SHA256", help="what the log says of the binder that was handed over")
    given = parser.parse_args(arguments)
    if not given.folder.is_dir():
        parser.error(f"{given.folder} is no folder")
    found = list(faults(given.folder, given.manifest)) or list(guarded(LOG, of_receipts(given.folder)))
    for fault in found:
        say(fault)
    for line in [f"FAILED: {len(found)} found."] if found else summary(given.folder):
        say(line)
    return 1 if found else 0


def faults(folder: Path, handed_over: str | None = None) -> Iterator[str]:
    """Everything that is wrong, a sentence each. What cannot be read does not keep the rest from being told."""
    try:
        manifest = read(folder / MANIFEST)
        files, altered, log = manifest["files"], manifest["altered"], manifest["log"]
        of_manifest = digest(folder / MANIFEST)
    except UNREADABLE as error:
        yield f"this is no binder, or its {MANIFEST} cannot be read: {error!r}"
        return
    if handed_over and of_manifest != handed_over.lower():
        yield f"changed: {MANIFEST} is not the one that was handed over"
    there = set()
    for path, name in below(folder):
        if path.is_symlink() or not path.is_file():
            yield f"neither file nor folder: {name}"
        else:
            there.add(name)
    yield from guarded(MANIFEST, of_files(folder, files, there))
    checks = {
        EVIDENCE: of_evidence(folder, files, altered),
        POPULATIONS: of_populations(folder, files),
        LOG: of_log(folder, log),
    }
    for name, check in checks.items():
        if name in there:
            yield from guarded(name, check)


def below(folder: Path) -> Iterator[tuple[Path, str]]:
    """All but folders, with the names that a manifest has for them. Nothing else is ever opened: a manifest that names
    files outside of the binder, or links that lead there, are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            yield path, path.relative_to(folder).as_posix()


def guarded(name: str, found: Iterator[str]) -> Iterator[str]:
    try:
        yield from found
    except UNREADABLE as error:
        yield f"cannot be read: {name}: {error!r}"


def of_files(folder: Path, files: dict[str, Any], there: set[str]) -> Iterator[str]:
    for name in sorted({*files, *ALWAYS}):
        if name not in there:
            yield "removed: " + name
        elif name in files and digest(folder / name) != files[name]["sha256"]:
            yield "changed: " + name
    for name in sorted(there - {MANIFEST, *files}):
        yield "added: " + name


def of_evidence(folder: Path, files: dict[str, Any], altered: list[str]) -> Iterator[str]:
    """Whether what was packed is what was received."""
    for version in read(folder / EVIDENCE):
        packed = files.get(version["path"])
        if packed is None:
            yield f"missing since receipt: {version['path']}"
        elif packed["sha256"] != version["sha256"] or version["path"] in altered:
            yield f"altered since receipt: {version['path']}"


def of_populations(folder: Path, files: dict[str, Any]) -> Iterator[str]:
    """Whether samples were drawn from what was frozen: a population's hash is that of its file."""
    for population in read(folder / POPULATIONS):
        packed = files.get(population["path"], {"sha256": None})
        if population["hash"] != packed["sha256"]:
            yield f"not what was frozen: {population['path']}"


def of_log(folder: Path, expected: dict[str, Any]) -> Iterator[str]:
    """Whether each event is what its seal was made over, in the order of the chain."""
    place, seal, count = 0, "", 0
    for count, event in enumerate(events(folder), 1):
        where = f"{LOG} line {count}: "
        if sealed(event) != event["hash"]:
            yield where + "the event, its place or its seal was changed"
        if event["seq"] <= place:
            yield where + f"out of order: place {event['seq']} after {place}"
        elif event["seq"] == place + 1 and event["previous_hash"] != seal and place:
            yield where + "the seal before it is another one"
        place, seal = event["seq"], event["hash"]
    if count != expected["events"]:
        yield f"{LOG}: {count} events, {expected['events']} were packed"
    head = expected["head"]
    if place > head["seq"] or (place == head["seq"] and seal != head["hash"]):
        yield LOG + ": this is not the chain whose head was noted"


def of_receipts(folder: Path) -> Iterator[str]:
    """Whether the log, which is whole, tells of each version that it was received with this hash.

    Whoever writes another hash into the list of the evidence has to write the chain anew as well.
    """
    received = {}
    for event in events(folder):
        if event["action"] == "evidence.received":
            details = json.loads(event["details"])
            received[details["thing"]] = details["sha256"]
    for version in read(folder / EVIDENCE):
        if received.get(version["thing"]) != version["sha256"]:
            yield f"not what the log says was received: {version['path']}"


def events(folder: Path) -> Iterator[Any]:
    with (folder / LOG).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def sealed(event: dict[str, Any]) -> str:
    """The seal of an event: SHA-256 over the seal before it and each field with its length in bytes."""
    parts = [str(event[name]).encode("utf-8") for name in FIELDS]
    text = b"".join(b"%d:%s," % (len(part), part) for part in parts)
    return hashlib.sha256(bytes.fromhex(event["previous_hash"]) + text).hexdigest()


def digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        block = file.read(BLOCK)
        while block:
            found.update(block)
            block = file.read(BLOCK)
    return found.hexdigest()


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def summary(folder: Path) -> list[str]:
    manifest = read(folder / MANIFEST)
    versions, count = len(read(folder / EVIDENCE)), manifest["log"]["events"]
    return [
        f"OK: {len(manifest['files'])} files, {versions} versions of evidence, {count} events.",
        f"SHA-256 of {MANIFEST}: {digest(folder / MANIFEST)}",
    ]


def say(line: str) -> None:
    """Names come from the binder: no name may write a line of its own, or stop a console that has no such letters."""
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(shown.encode(encoding, "backslashreplace").decode(encoding) + "\n")


if __name__ == "__main__":
    sys.exit(main())
