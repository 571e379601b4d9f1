"""Where a repository may come from, and how it gets into a folder of ours: bare, without blobs."""

import os
from pathlib import Path

from portico.apps.releases.importing.git import Git, GitFailed
from portico.kernel import outgoing
from portico.kernel.errors import InvalidInput

ALLOWED_FROM_PATH = "A path has to lead to a repository below GIT_IMPORT_ROOT."


def checked_url(url: str, *, allow_private: bool = False) -> outgoing.Target:
    """Raises `InvalidInput` for anything but `https://` and the name of a host, or a public address."""
    try:
        target = outgoing.target_of(url, allow_private=allow_private)
    except outgoing.Refused as refused:
        raise InvalidInput(details={"url": str(refused)}) from None
    if target.scheme != "https":
        raise InvalidInput(details={"url": "The address has to begin with https://."})
    return target


def checked_path(path: str, root: Path | None) -> Path:
    """The folder of a repository. Raises `InvalidInput` where it, or anything in it, leads out of `root`."""
    refused = InvalidInput(details={"path": ALLOWED_FROM_PATH})
    if root is None or "\x00" in path or Path(path).is_absolute() or ".." in Path(path).parts:
        raise refused
    try:
        base = root.resolve(strict=True)
        found = (base / path).resolve(strict=True)
        found = found / ".git" if (found / ".git").exists() else found
        is_good = found.is_relative_to(base) and _is_repository(found) and not _leads_out(found, base)
    except (OSError, RuntimeError):  # RuntimeError: links that go in a circle
        raise refused from None
    if not is_good:
        raise refused
    return found


async def clone_url(url: str, folder: Path, *, allow_private: bool = False) -> Git:
    """Clone what is at a public address. Raises `InvalidInput`, `GitFailed`, `GitTooOld`, `TooLarge`, `TooSlow`.

    The name is resolved here, once, and git is told the addresses that were checked.
    """
    target = checked_url(url, allow_private=allow_private)
    try:
        addresses = await outgoing.checked_addresses(target, allow_private)
    except outgoing.Refused as refused:
        raise InvalidInput(details={"url": str(refused)}) from None
    except outgoing.Failed:
        raise GitFailed from None
    pinned = ",".join(f"[{each}]" if ":" in each else each for each in dict.fromkeys(addresses))
    git = Git(folder, protocol="https", config={"http.curloptResolve": f"{target.host}:{target.port}:{pinned}"})
    await git.require_pinning()
    await _clone(git, url)
    return _reader(folder)


async def clone_path(path: str, root: Path | None, folder: Path) -> Git:
    """Clone a repository of this machine. Raises as `clone_url` does.

    Whoever owns it, the operator has put it there; git asks for such a word in a file, since it passes no other one on.
    """
    found = checked_path(path, root)
    name = str(found).replace("\\", "\\\\").replace('"', '\\"')
    folder.joinpath("config").write_text(f'[safe]\n\tdirectory = "{name}"\n[uploadpack]\n\tallowFilter = true\n')
    await _clone(Git(folder, protocol="file"), found.as_uri())
    return _reader(folder)


async def _clone(git: Git, url: str) -> None:
    await git.run("clone", "--quiet", "--bare", "--filter=blob:none", "--no-recurse-submodules", "--template=", "--",
                  url, "repository")  # fmt: skip


def _reader(folder: Path) -> Git:
    """For what comes after: it speaks no protocol at all."""
    return Git(folder)


def _is_repository(folder: Path) -> bool:
    """A `.git` that is a file, and a `commondir`, say that the repository is elsewhere."""
    return folder.is_dir() and all((folder / name).exists() for name in ("HEAD", "objects", "refs")) and not (
        (folder / "commondir").exists() or (folder / "objects" / "info" / "alternates").exists()
    )  # fmt: skip


def _leads_out(folder: Path, base: Path) -> bool:
    links = (
        Path(parent, name)
        for parent, folders, files in os.walk(folder)
        for name in (*folders, *files)
        if os.path.islink(os.path.join(parent, name))  # noqa: PTH114, PTH118 - ten thousands of them
    )
    return any(not link.resolve().is_relative_to(base) for link in links)
