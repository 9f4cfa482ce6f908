"""Pages of git revisions: what is read, what never is, and what a person is told where it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from gonogo.cli import git_revisions
from gonogo.cli.git_revisions import LocalRepositories
from gonogo.errors import BadInput

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed here")


class Clone:
    """A repository in a folder, made by calls of git that nothing outside steers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *words: str) -> str:
        """Standard output of one call."""
        who = ("-c", "user.name=ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")
        around = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        called = ["git", *who, "-C", str(self.folder), *words]
        return subprocess.run(called, check=True, capture_output=True, text=True, env=around).stdout.strip()

    def write(self, name: str, text: str) -> None:
        """One file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self, tag: str = "") -> str:
        """Everything as it stands; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "pages")
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "handbook")
    made.write("docs/returns.md", "# Returns\n\nLamps go back within 30 days.\n")
    made.write("docs/deep/ship.md", "# Shipping\n\nThree days.\n")
    made.commit("v1")
    made.write("docs/returns.md", "# Returns\n\nLamps go back within 60 days.\n")
    made.commit()
    return made


def names(clone: Clone, revision: str, folder: str = "") -> list[str]:
    git, at = LocalRepositories(), clone.folder / folder
    return list(git.files(at, git.commit(at, revision), revision).files)


def content(clone: Clone, revision: str, name: str) -> bytes:
    git = LocalRepositories()
    return git.files(clone.folder, git.commit(clone.folder, revision), revision).files[name].read()


def test_a_revision_gives_the_files_it_had(clone: Clone) -> None:
    assert names(clone, "v1") == ["docs/deep/ship.md", "docs/returns.md"]
    assert b"30 days" in content(clone, "v1", "docs/returns.md")
    assert b"60 days" in content(clone, "main", "docs/returns.md")


def test_names_start_at_the_folder_that_was_asked_for(clone: Clone) -> None:
    assert names(clone, "v1", "docs") == ["deep/ship.md", "returns.md"]


def test_a_bare_clone_is_read_as_well(clone: Clone, tmp_path: Path) -> None:
    clone.git("clone", "--quiet", "--bare", str(clone.folder), str(tmp_path / "bare"))
    git = LocalRepositories()
    commit = git.commit(tmp_path / "bare", "v1")
    assert "docs/returns.md" in git.files(tmp_path / "bare", commit, "v1").files


def test_many_files_take_few_processes(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(600):
        clone.write(f"many/{number:03}.md", f"page {number}")
    clone.commit("many")
    git = LocalRepositories()
    files = git.files(clone.folder, git.commit(clone.folder, "many"), "many").files
    for file in files.values():
        file.announce()
    calls, plain = [], git_revisions._Git.contents
    monkeypatch.setattr(git_revisions._Git, "contents", lambda *given: calls.append(1) or plain(*given))
    assert [files[f"many/{number:03}.md"].read() for number in range(600)] == [
        f"page {number}".encode() for number in range(600)
    ]
    assert len(calls) == 2


def test_hidden_files_are_no_pages_and_links_submodules_and_odd_names_are_told(clone: Clone) -> None:
    clone.write(".github/note.md", "x")
    (clone.folder / "docs/alias.md").symlink_to("/etc/passwd")
    (clone.folder / "docs" / os.fsdecode(b"caf\xe9.md")).write_text("x")
    clone.git("add", "--all")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor")
    clone.git("commit", "--quiet", "--message", "odd")
    git = LocalRepositories()
    found = git.files(clone.folder, git.commit(clone.folder, "main"), "main")
    assert list(found.files) == ["docs/deep/ship.md", "docs/returns.md"]
    assert sorted(found.left_out.values()) == [
        "has a name that is not UTF-8, or holds backslashes or control characters",
        "is a link and is not followed",
        "is a submodule, whose files are in another repository",
    ]


def test_nothing_that_a_repository_configures_is_run(clone: Clone, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = f"touch {ran}; cat"
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "filter.f.smudge", "filter.f.clean",
                "filter.f.process", "diff.f.textconv", "diff.external", "core.alternateRefsCommand",
                "credential.helper", "uploadpack.packObjectsHook", "alias.ls-tree", "alias.cat-file"):  # fmt: skip
        clone.git("config", key, ("!" if key.startswith("alias.") else "") + trap)
    clone.git("config", "remote.origin.url", f"ext::sh -c touch% {ran}")
    clone.git("config", "remote.origin.promisor", "true")
    (clone.folder / ".git/info/attributes").write_text("*.md filter=f diff=f\n")
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        path = clone.folder / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {ran}\n")
        path.chmod(0o755)
    assert b"30 days" in content(clone, "v1", "docs/returns.md")
    with pytest.raises(BadInput):
        LocalRepositories().files(clone.folder, "2" * 40, "gone")
    assert not ran.exists()


def test_what_a_callers_git_exported_points_nowhere_else(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Clone(tmp_path / "other")
    other.write("docs/returns.md", "another")
    other.commit("v1")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert b"30 days" in content(clone, "v1", "docs/returns.md")
    assert not (tmp_path / "trace").exists()


def test_a_replaced_object_is_read_as_it_was_committed(clone: Clone) -> None:
    clone.git("replace", clone.git("rev-parse", "v1:docs/returns.md"), clone.git("rev-parse", "main:docs/returns.md"))
    assert b"30 days" in content(clone, "v1", "docs/returns.md")


def test_an_unknown_revision_a_range_and_an_option_are_refused(clone: Clone) -> None:
    for revision in ("v9", "--help", "v1..main", "v1 main"):
        with pytest.raises(BadInput, match="there is no revision"):
            LocalRepositories().commit(clone.folder, revision)


def test_a_shallow_clone_says_how_to_get_the_rest(clone: Clone, tmp_path: Path) -> None:
    clone.git("clone", "--quiet", "--depth", "1", clone.folder.as_uri(), str(tmp_path / "shallow"))
    with pytest.raises(BadInput, match=r"no revision v1 .*`git fetch --unshallow --tags`.*`fetch-depth: 0`"):
        LocalRepositories().commit(tmp_path / "shallow", "v1")


def test_what_a_partial_clone_lacks_is_not_fetched(clone: Clone, tmp_path: Path) -> None:
    clone.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    clone.git("clone", "--quiet", "--bare", "--filter=blob:none", clone.folder.as_uri(), str(partial))
    git = LocalRepositories()
    with pytest.raises(BadInput, match="is a partial clone, and nothing is fetched: clone it without --filter"):
        git.files(partial, git.commit(partial, "v1"), "v1").files["docs/returns.md"].read()


def test_a_folder_that_the_revision_lacks_is_named(clone: Clone) -> None:
    clone.write("later/page.md", "x")
    clone.commit()
    with pytest.raises(BadInput, match="there is no folder later in v1"):
        names(clone, "v1", "later")


def test_no_repository_no_folder_and_no_git_are_three_errors(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(BadInput, match="is in no git repository"):
        LocalRepositories().commit(tmp_path / "plain", "v1")
    with pytest.raises(BadInput, match="is not a folder: clone the repository there"):
        LocalRepositories().commit(tmp_path / "none", "v1")
    monkeypatch.setenv("PATH", str(tmp_path / "plain"))
    with pytest.raises(BadInput, match="git is not in PATH here"):
        LocalRepositories().commit(clone.folder, "v1")


def test_a_clone_of_another_user_is_left_to_gits_own_rule(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(git_revisions._ENVIRONMENT, "GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(BadInput, match=r"belongs to another user: `git config --global --add safe\.directory FOLDER`"):
        LocalRepositories().commit(clone.folder, "v1")


def test_a_damaged_object_is_never_taken_for_the_page(clone: Clone) -> None:
    oid = clone.git("rev-parse", "v1:docs/returns.md")
    loose = clone.folder / ".git/objects" / oid[:2] / oid[2:]
    forged = b"# Returns\n\nLamps go back within 90 days.\n"
    loose.chmod(0o644)
    loose.write_bytes(zlib.compress(b"blob %d\0" % len(forged) + forged))
    with pytest.raises(BadInput, match=r"is damaged in this clone|git failed"):
        content(clone, "v1", "docs/returns.md")


def test_a_pointer_to_git_lfs_is_no_page(clone: Clone) -> None:
    clone.write("docs/big.md", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n")
    clone.commit()
    with pytest.raises(BadInput, match="is a pointer to Git LFS"):
        content(clone, "main", "docs/big.md")


def test_output_and_time_of_a_call_are_bounded(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = LocalRepositories().commit(clone.folder, "v1")
    with pytest.raises(BadInput, match="git took over 0 s"):
        LocalRepositories(patience=0.0).commit(clone.folder, "v1")
    monkeypatch.setattr(git_revisions, "MAX_LISTING", 20)
    with pytest.raises(BadInput, match="git said more than 20 bytes"):
        LocalRepositories().files(clone.folder, commit, "v1")
    monkeypatch.undo()
    monkeypatch.setattr(git_revisions, "MAX_FILES", 1)
    with pytest.raises(BadInput, match="holds more than 1 files"):
        LocalRepositories().files(clone.folder, commit, "v1")


SOURCE = '{git: ../handbook, revision: REVISION, paths: ["docs/**/*.md"], under: handbook}'


@pytest.fixture
def mission(support: Any, clone: Clone) -> Any:
    """``support/`` also knows the handbook, which stands beside it."""

    def take(revision: str) -> None:
        text = (support.folder / "support/mission.yaml").read_text()
        head, _, tail = text.partition("sources: [")
        old, _, tail = tail.partition("]")
        kept = old.split(", {git")[0]
        rest = tail if "{git" not in old else tail.partition("]")[2]
        (support.folder / "support/mission.yaml").write_text(
            f"{head}sources: [{kept}, {SOURCE.replace('REVISION', revision)}]{rest}"
        )

    support.take = take
    return support


def test_a_mission_is_built_from_a_tag_and_the_lock_holds_its_commit(mission: Any, clone: Clone) -> None:
    mission.take("v1")
    mission.fine("build", "support")
    assert (
        f'revisions:\n  "../handbook@v1": "{clone.git("rev-parse", "v1")}"\n'
        in (mission.folder / "support/mission.lock").read_text()
    )
    asked = ("knowledge", "search", "support@1", "Do lamps go back within 30 days?")
    chunk = mission.fine(*asked, "--json").json["found"][0]["hit"]["chunk"]
    assert (chunk["source"], chunk["metadata"]) == ("handbook/docs/returns.md", {"git_revision": "v1"})
    assert "handbook/docs/returns.md:3 at v1" in mission.fine(*asked).out


def test_a_branch_that_moves_waits_for_the_lock(mission: Any, clone: Clone) -> None:
    mission.take("main")
    before = clone.git("rev-parse", "main")
    mission.fine("build", "support")
    clone.write("docs/returns.md", "# Returns\n\nLamps go back within 90 days.\n")
    after = clone.commit()
    said = mission.fine("build", "support")
    assert "support@1" in said.out
    assert f"main has moved to {after[:12]}; mission.lock holds {before[:12]}" in said.err
    status = mission.fine("knowledge", "status", "support").out
    assert f"../handbook@main has moved: {before[:12]} -> {after[:12]}" in status
    assert "--update-lock` takes it over" in status
    mission.fine("build", "support", "--update-lock")
    found = mission.fine("knowledge", "diff", "support@1", "support@2", "--json").json
    assert found["revisions"] == [{"source": "../handbook@main", "before": before, "after": after}]
    assert [row["source"] for row in found["sources"]] == ["handbook/docs/returns.md"]
    assert f"{before[:12]} -> {after[:12]}" in mission.fine("knowledge", "diff", "support@1", "support@2").out
    assert "revisions.../handbook@main" in mission.fine("diff", "support@1", "support@2").out
    assert "has moved" not in mission.fine("knowledge", "status", "support").out


def test_a_commit_of_the_lock_that_is_gone_and_a_branch_that_is_gone_are_told(mission: Any, clone: Clone) -> None:
    mission.take("main")
    mission.fine("build", "support")
    clone.git("branch", "--move", "main", "trunk")
    said = mission.fine("build", "support")
    assert "the commit of mission.lock is taken" in said.err
    lock = mission.folder / "support/mission.lock"
    lock.write_text(lock.read_text().replace(clone.git("rev-parse", "trunk"), "3" * 40))
    said = mission("build", "support")
    assert said.code == 65
    assert "commit 333333333333 is not in" in said.err


def test_faults_of_a_revision_stop_the_build_with_the_line_of_the_source(mission: Any, clone: Clone) -> None:
    mission.take("v9")
    said = mission("validate", "support")
    assert said.code == 65
    assert "there is no revision v9" in said.out + said.err
    assert "mission.yaml:" in said.out + said.err
    mission.take("v1")
    mission.edit("support/mission.yaml", "docs/**/*.md", "pages/*.md")
    said = mission("validate", "support")
    assert "pages/*.md matches no file in v1" in said.out + said.err
    assert "which holds docs" in said.out + said.err


def test_two_revisions_of_one_page_need_folders_of_their_own(mission: Any, clone: Clone) -> None:
    mission.take("v1")
    two = SOURCE.replace("REVISION", "main")
    mission.edit("support/mission.yaml", "under: handbook}]", "under: handbook}, " + two + "]")
    said = mission("build", "support")
    assert "handbook/docs/returns.md of ../handbook@main has the name of a page of another source" in said.err
    mission.edit("support/mission.yaml", "under: handbook}, ", "under: old}, ")
    mission.fine("build", "support")


def test_a_broken_page_of_a_revision_names_the_revision(mission: Any, clone: Clone) -> None:
    (clone.folder / "docs/broken.md").write_bytes(b"caf\xe9\n")
    clone.commit("v2")
    mission.take("v2")
    said = mission("build", "support")
    assert said.code == 65
    assert "handbook/docs/broken.md" in said.err
    assert "not UTF-8" in said.err
