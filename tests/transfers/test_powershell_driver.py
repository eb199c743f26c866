"""The driver for PowerShell, as far as it can be tested without Windows: its text, its lines, and a console's noise."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.engine.jobs import JobState
from smtui.engine.offloop import OffLoop
from smtui.transfers.copy_job import CopyJob, CopyOrder
from smtui.transfers.powershell_driver import FUNCTIONS, loading, typed_line, word
from smtui.transfers.powershell_shell import ConsoleText, is_powershell
from tests.transfers.windows_node import WindowsNode

MARK = "0123abcd"


@pytest.fixture(autouse=True)
def _no_slow_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.transfers.far_shell.QUIET_SECONDS", 0.05)


async def copied(node: WindowsNode, source: str, to: str, *, up: bool) -> CopyJob:
    job = CopyJob(
        CopyOrder("win-1", up, (source,), to),
        lambda: node,  # type: ignore[arg-type,return-value]  # it has what a copy uses
        OffLoop(),
    )
    await job.run()
    return job


@pytest.mark.integration
async def test_both_directions_through_a_console_that_draws_and_loses_lines(tmp_path: Path) -> None:
    far, near = tmp_path / "far", tmp_path / "near"
    far.mkdir()
    data = os.urandom(200_000)
    near.write_bytes(data)
    near.chmod(0o644)
    sent = await copied(WindowsNode(far), str(near), "größe.bin", up=True)
    assert sent.state is JobState.DONE, sent.words()
    assert (far / "größe.bin").read_bytes() == data
    node = WindowsNode(far)
    fetched = await copied(node, "größe.bin", str(tmp_path / "back"), up=False)
    assert fetched.state is JobState.DONE, fetched.words()
    assert (tmp_path / "back").read_bytes() == data
    assert node.lost
    refused = await copied(WindowsNode(far), "none", str(tmp_path / "x"), up=False)
    assert "win-1 has no none" in refused.words()


@pytest.mark.integration
async def test_a_source_that_shrinks_is_told(tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (far / "log").write_bytes(os.urandom(50_000))

    class ShrinksMeanwhile(WindowsNode):
        async def write(self, data: bytes) -> None:
            if b" lines " in data:
                os.truncate(far / "log", 1000)
            await super().write(data)

    job = await copied(ShrinksMeanwhile(far), "log", str(tmp_path / "back"), up=False)
    assert "log became shorter while it was copied, so nothing was written to" in job.words()
    assert os.listdir(tmp_path) == ["far"]


@pytest.mark.integration
async def test_a_part_is_gone_on_with(tmp_path: Path) -> None:
    data = os.urandom(50_000)
    (tmp_path / "near").write_bytes(data)
    (tmp_path / "near").chmod(0o644)
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / ".x.smtui-part").write_bytes(data[:20_000])
    job = await copied(WindowsNode(tmp_path / "far"), str(tmp_path / "near"), "x", up=True)
    assert (job.state, job.meter.resumed_at) == (JobState.DONE, 20_000)
    assert (tmp_path / "far" / "x").read_bytes() == data


def test_no_two_variables_differ_by_their_case_alone() -> None:
    """PowerShell would take them for one, and a function's own for the one that all share."""
    names = set(re.findall(r"\$(?:global:)?([A-Za-z]\w*)", FUNCTIONS + typed_line(MARK).decode()))
    assert len({name.lower() for name in names}) == len(names)
    own = set(re.findall(r"[(,] ?(?:\[\w+\])?\$(\w+)", "".join(re.findall(r"function \w+(\(.*?\))\{", FUNCTIONS))))
    assert not {name.lower() for name in own} & {name.lower() for name in names if name.startswith("z")}


def test_brackets_are_closed() -> None:
    for one, other in ("()", "{}", "[]"):
        assert FUNCTIONS.count(one) == FUNCTIONS.count(other)


def test_lines_to_a_console_are_short_and_ascii() -> None:
    for line in (typed_line(MARK), *loading(MARK)):
        assert len(line) < 1000
        assert line.isascii()
        assert line.count(b"\r") == 1
        assert f":{MARK} ".encode() not in line, "its echo is no answer"


def test_paths_are_words_of_their_own() -> None:
    assert word(b"it's $(x)") == "'aXQncyAkKHgp'"
    for wrong in (b"a\0b", b"\xff"):
        with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError is one, too
            word(wrong)


@pytest.mark.parametrize(
    ("greeting", "is_one"),
    [("PS C:\\Windows\\system32> ", True), ("Windows PowerShell\r\n", True), ("sh-5.1$ ", False), ("PS1=x $ ", False)],
)
def test_a_powershell_is_known_by_its_prompt(greeting: str, is_one: bool) -> None:
    assert is_powershell(greeting) is is_one


@given(st.lists(st.integers(1, 9), max_size=60))
def test_what_a_console_draws_with_is_taken_out_in_any_pieces(sizes: list[int]) -> None:
    whole = b"\x1b[?25l\x1b[93m:m ok\x1b[m\x1b[24;1H:m\x1b[1Cno\x1b]0;title\x07\x1b[K\r\n\x1b(Bend\r\n"
    console, text, at = ConsoleText(), b"", 0
    for size in [*sizes, len(whole)]:
        text += console.feed(whole[at : at + size])
        at += size
    assert text == b":m ok\n:m no\r\nend\r\n"
