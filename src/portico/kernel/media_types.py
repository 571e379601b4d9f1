"""What a file is, told by its first bytes and not by what its sender says.

The signatures are those of the WHATWG's MIME Sniffing Standard, and a few more. What a browser could run (HTML, SVG,
XML) is recognised before plain text is, so that it is never shown in place of the page that links to it.
"""

SNIFFED = 4096  # bytes

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBPVP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\x00\x00\x01\x00", "image/x-icon"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS\x00", "application/ogg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
)
MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<head", "text/html"),
    (b"<body", "text/html"),
    (b"<script", "text/html"),
    (b"<iframe", "text/html"),
    (b"<?xml", "text/xml"),
)
# Text has no signature: its name may say more, where that is harmless.
NAMED_TEXT = {"csv": "text/csv", "json": "application/json", "md": "text/markdown"}
ZIPPED = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BINARY = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1B}

SHOWN = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "text/plain"))
"""What a browser may show in place: nothing in it is run."""


def sniffed(head: bytes, name: str = "") -> str:
    """The media type of a file that begins with `head` (up to `SNIFFED` bytes) and is called `name`."""
    extension = name.rpartition(".")[2].lower()
    for offset, signature, found in SIGNATURES:
        if head.startswith(signature, offset):
            return ZIPPED.get(extension, found) if found == "application/zip" else found
    if not head or not _is_text(head):
        return "application/octet-stream"
    return _markup(head) or NAMED_TEXT.get(extension, "text/plain")


def _is_text(head: bytes) -> bool:
    if BINARY.intersection(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == SNIFFED and error.reason == "unexpected end of data"  # a character that is cut in two
    return True


def _markup(head: bytes) -> str | None:
    """Any sign of markup in the first bytes will do: what is wrongly taken for it is downloaded, and harms nobody."""
    lower = head.lower()
    return next((found for sign, found in MARKUP if sign in lower), None)
