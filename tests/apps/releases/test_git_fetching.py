"""Where repositories may come from, what is refused, and what a hostile one can do: nothing."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico.apps.releases.importing import git as git_module
from portico.apps.releases.importing import history
from portico.apps.releases.importing.fetching import checked_path, clone_path, clone_url
from portico.apps.releases.importing.git import Git, GitFailed, GitTooOld, TooLarge, TooSlow
from portico.kernel.errors import InvalidInput
from tests.apps.releases.git_server import HOST, GitServer, git_server
from tests.apps.releases.repositories import Repository, git
from tests.apps.releases.world import World

HOSTILE = [
    "file:///etc/passwd", "/etc/passwd", "http://example.com/a.git", "ssh://git@example.com/a.git",
    "git@example.com:a.git", "git://example.com/a.git", "ext::sh -c 'touch /tmp/x'", "--upload-pack=touch /tmp/x",
    "-oProxyCommand=x", "https::https://example.com/a.git", "https:///a.git", "https://user:secret@example.com/a.git",
    "https://127.0.0.1/a.git", "https://[::1]/a.git", "https://10.1.2.3/a.git", "https://169.254.169.254/latest",
    "https://[::ffff:10.0.0.1]/a.git", "https://example.com/a b.git", "https://example.com/a\n.git", "",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where git works."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with the repository `shop`, beside a repository that is `outside` of it."""
    made = Repository()
    made.tag("v1.0.0", made.commit("feat: One"), "The first")
    for name in ("outside", "root/shop"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        made.write(tmp_path / name)
        made = Repository()
        made.tag("v1.0.0", made.commit("feat: One"), "The first")
    return tmp_path / "root"


@pytest.fixture
def server(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitServer]:
    """A server that is found by nobody but by the address that was checked; its certificate is believed."""
    resolve = socket.getaddrinfo

    def found(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == HOST else host, *arguments, **options)

    with git_server(root) as server:
        monkeypatch.setattr("portico.kernel.outgoing.socket.getaddrinfo", found)
        monkeypatch.setenv("GIT_SSL_CAINFO", str(server.certificate))
        yield server


def test_hostile_addresses_are_refused_at_once(world: World) -> None:
    path = f"/api/v1/services/{world.service['id']}/import/git"
    for url in HOSTILE:
        found = world.manager.client.post(path, json={"url": url})
        assert (found.status_code, found.json()["errors"][0]["field"]) == (422, "url"), url
    assert world.manager.client.post(path, json={}).json()["errors"][0]["field"] == "url"
    for wrong in ({"path": "x"}, {"path": ""}, {"url": "https://example.com/a.git", "path": "x"}):
        assert world.manager.client.post(path, json=wrong).status_code == 422
    for client in (world.developer.client, world.viewer.client, world.pipeline):
        assert client.post(path, json={"url": "https://example.com/a.git"}).status_code == 403
    with psycopg.connect(world.url) as connection:
        assert connection.execute("SELECT count(*) FROM releases.git_imports").fetchone() == (0,)


async def test_a_name_that_stands_for_a_private_address_is_refused(server: GitServer, folder: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        await clone_url(server.url("shop"), folder)
    assert refused.value.details == {"url": "The address is not a public one."}
    assert server.seen == []


async def test_what_is_cloned_comes_from_the_address_that_was_checked(server: GitServer, folder: Path) -> None:
    found = await clone_url(server.url("shop"), folder, allow_private=True)
    assert [tag.name for tag in await history.tags(found)] == ["v1.0.0"]
    missing = git(folder / "repository", "rev-list", "--objects", "--all", "--missing=print")
    assert "?" in missing, "the blobs were left out"


async def test_no_redirect_is_followed(server: GitServer, folder: Path) -> None:
    with pytest.raises(GitFailed):
        await clone_url(server.url("moved/shop"), folder, allow_private=True)
    assert [path.startswith("/moved/") for path in server.seen] == [True]


async def test_a_certificate_that_is_not_believed(
    server: GitServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_SSL_CAINFO")
    with pytest.raises(GitFailed):
        await clone_url(server.url("shop"), folder, allow_private=True)


async def test_what_never_answers_is_given_up(server: GitServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "MOST_SECONDS", 2.0)
    with pytest.raises(TooSlow):
        await clone_url(server.url("silent/shop"), folder, allow_private=True)
    assert _processes_in(folder) == []


async def test_who_gives_up_leaves_no_git_behind(server: GitServer, folder: Path) -> None:
    """As a job that is cancelled does."""
    clone = asyncio.create_task(clone_url(server.url("silent/shop"), folder, allow_private=True))
    while not server.seen:  # noqa: ASYNC110 - the server is in a thread
        await asyncio.sleep(0.05)
    assert _processes_in(folder)
    clone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await clone
    assert _processes_in(folder) == []


async def test_a_log_that_is_too_long_is_not_read(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Repository()
    made.tag("v1.0.0", made.commit("feat: " + "a" * 100_000))
    made.write(root / "wordy")
    found = await clone_path("wordy", root, folder)
    (tag,) = await history.tags(found)
    (commit,) = await history.commits(found, [tag.sha])
    assert len(commit.message) == history.LONGEST_MESSAGE
    monkeypatch.setattr(git_module, "MOST_OUTPUT", 50_000)
    with pytest.raises(TooLarge):
        await history.commits(found, [tag.sha])


async def test_what_grows_too_large_is_given_up(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "MOST_BYTES", 100)
    with pytest.raises(TooLarge):
        await clone_path("shop", root, folder)
    assert _processes_in(folder) == []


async def test_a_git_that_would_resolve_again_is_not_used(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.36.9\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(GitTooOld):
        await Git(folder, protocol="https").require_pinning()


def _processes_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append(process.name)
        except OSError:
            continue
    return found


def test_paths_stay_below_the_root(root: Path) -> None:
    (root / "loop").symlink_to(root / "loop")
    (root / "out").symlink_to(root.parent / "outside")
    (root / "in").symlink_to(root / "shop")
    (root / "team").mkdir()
    git(root.parent, "clone", "--quiet", "--bare", str(root / "shop"), str(root / "team" / "cart"))
    git(root.parent, "clone", "--quiet", str(root / "shop"), str(root / "work"))
    assert checked_path("shop", root) == checked_path("in", root) == root / "shop"
    assert checked_path("team/cart", root) == root / "team" / "cart"
    assert checked_path("work", root) == root / "work" / ".git"
    for path in ("", ".", "..", "../outside", "shop/../../outside", str(root.parent / "outside"), "out", "loop", "none",
                 "shop/objects", "team", "shop\x00", "~", "x" * 5000):  # fmt: skip
        with pytest.raises(InvalidInput):
            checked_path(path, root)
    with pytest.raises(InvalidInput):
        checked_path("shop", None)


def _borrows(shop: Path, outside: Path) -> None:
    (shop / "objects/info/alternates").write_text(f"{outside / 'objects'}\n")


def _is_of_another(shop: Path, outside: Path) -> None:
    (shop / "commondir").write_text(f"{outside}\n")


def _has_its_objects_elsewhere(shop: Path, outside: Path) -> None:
    for each in (outside / "objects").glob("[0-9a-f][0-9a-f]"):
        if not (shop / "objects" / each.name).exists():
            (shop / "objects" / each.name).symlink_to(each)
    (shop / "objects" / "zz").symlink_to(outside / "objects")


def _is_a_file(shop: Path, outside: Path) -> None:
    (shop / ".git").write_text(f"gitdir: {outside}\n")


@pytest.mark.parametrize("trick", [_borrows, _is_of_another, _has_its_objects_elsewhere, _is_a_file])
def test_a_repository_that_leads_out_is_refused(root: Path, trick: Callable[[Path, Path], None]) -> None:
    assert checked_path("shop", root)
    trick(root / "shop", root.parent / "outside")
    with pytest.raises(InvalidInput):
        checked_path("shop", root)


async def test_what_a_repository_brings_along_is_not_run(root: Path, folder: Path, tmp_path: Path) -> None:
    """Neither its hooks nor the commands in its configuration; nor is it told that it may be somebody else's."""
    shop, ran = root / "shop", tmp_path / "ran"
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
    command.chmod(0o755)
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc", "post-upload-pack"):
        (shop / "hooks").mkdir(exist_ok=True)
        (shop / "hooks" / hook).symlink_to(command)
    for name in ("uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand", "core.alternateRefsCommand",
                 "core.pager", "core.askPass", "gpg.program", "credential.helper"):  # fmt: skip
        git(shop, "config", name, str(command))
    (shop / "hooks" / "post-checkout").unlink()
    for hook in (shop / "hooks").iterdir():
        hook.unlink()
        hook.write_text(command.read_text())
        hook.chmod(0o755)
    if os.geteuid() == 0:
        for each in (shop, *shop.rglob("*")):
            os.chown(each, 65534, 65534)
    found = await clone_path("shop", root, folder)
    assert [tag.message for tag in await history.tags(found)] == ["The first"]
    assert not ran.exists()


async def test_the_log_is_read_whatever_stands_in_it(root: Path, folder: Path) -> None:
    made = Repository()
    first = made.commit("feat: One\n\nA \x1f body \x01 of\n\n\nmany lines\n", author="A\x1fda %H %x00 é")
    second = made.commit("fix: Zwei — «日本»", first)
    made.tag("v1.0.0", first, "Line\n\n%x00 %(refname)\n-- \nmore")
    made.tag("x/v-%00-é", second)
    shop = made.write(root / "strange")
    git(shop, "tag", "--annotate", "--message=outer", "v1.1.0", "v1.0.0")
    blob = git(shop, "hash-object", "-w", "--stdin", stdin=b"x").strip()
    git(shop, "tag", "of-a-blob", blob)
    git(shop, "tag", "of-a-tree", "HEAD^{tree}")
    commit = (
        git(shop, "cat-file", "commit", "HEAD").encode().replace("é".encode(), b"\xff").replace("«".encode(), b"\xfe")
    )
    odd = git(shop, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=commit).strip()
    git(shop, "tag", "v2.0.0", odd)

    found = await clone_path("strange", root, folder)
    tags = {tag.name: tag for tag in await history.tags(found)}
    assert set(tags) == {"v1.0.0", "v1.1.0", "v2.0.0", "x/v-%00-é"}
    assert tags["v1.0.0"].message == "Line\n\n%x00 %(refname)\n-- \nmore"
    assert tags["v1.1.0"].sha == tags["v1.0.0"].sha
    log = {commit.sha: commit for commit in await history.commits(found, [tag.sha for tag in tags.values()])}
    assert len(log) == 3
    one = log[tags["v1.0.0"].sha]
    assert (one.author, one.parents) == ("A\x1fda %H %x00 é", ())
    assert one.message.startswith("feat: One\n\nA \x1f body \x01 of\n")
    assert log[odd].message.startswith("fix: Zwei — \ufffd日本")
    assert log[odd].parents == (one.sha,)
