"""Which reader reads which file, and whether the file is what its name says."""

from typing import IO

from portico.apps.audit.extraction.findings import Unreadable

READERS = {
    "pdf": "pdf", "jpg": "pictures", "jpeg": "pictures", "png": "pictures", "xlsx": "sheets", "xls": "sheets",
    "csv": "delimited", "xml": "markup",
}  # fmt: skip
EXTENSIONS = tuple(READERS)
EXTRACT = "extract_document"
"""The job that reads a version of evidence, if it is of one of these kinds."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIGNATURES = {
    "pdf": b"%PDF-", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "xlsx": ZIP,
    "xls": OLE,
}  # fmt: skip
HEAD = 1024  # bytes; a PDF may begin behind other things, within these


def extension_of(name: str) -> str:
    """The extension of a file's name, such as `csv`."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def require_kind(file: IO[bytes], extension: str) -> None:
    """Raises `Unreadable` for an empty file, and for one that is of another kind than its name says."""
    head = file.read(HEAD)
    file.seek(0)
    if not head:
        raise Unreadable("It is empty.")
    signature = SIGNATURES.get(extension)
    if signature is None:
        is_meant = not head.startswith((ZIP, OLE, *SIGNATURES.values()))
    else:
        is_meant = signature in head if extension == "pdf" else head.startswith(signature)
    if extension == "xlsx" and head.startswith(OLE):  # what is encrypted stands in an old container
        raise Unreadable("It is protected by a password, or no .xlsx.")
    if not is_meant:
        raise Unreadable(f"It is called .{extension}, and its bytes are of another kind.")
