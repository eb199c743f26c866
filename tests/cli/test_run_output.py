"""What `smtui run` prints: names before lines, nothing that a terminal obeys, and JSON that stays JSON."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.cli.run_output import RunOutput
from smtui.domain.place import Place
from smtui.runs.node_run import Line, NodeState, Stream
from smtui.runs.run_request import RunRequest, RunTarget
from smtui.runs.runner import Run

Script = Sequence[tuple[int, Line | tuple[NodeState, int | None]]]
"""Lines and ends, each of the node with this index."""


class Sink(io.TextIOWrapper):
    """A stream that may claim to be a terminal."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        self.bytes = io.BytesIO()
        self.is_terminal = is_terminal
        super().__init__(self.bytes, "utf-8")

    def isatty(self) -> bool:
        return self.is_terminal


class Nobody:
    """A carrier that is never used."""

    async def carry(self, run: Run) -> None:
        raise AssertionError("nothing is carried here")


def printed(
    script: Script,
    names: tuple[str, ...] = ("web-1", "b"),
    **options: Any,
) -> tuple[bytes, bytes]:
    """Stdout and stderr after these lines and ends, each of the node with this index."""
    terminal = options.pop("terminal", False)
    out, err = Sink(is_terminal=terminal), Sink(is_terminal=terminal)
    request = RunRequest(("x",), tuple(RunTarget(f"i-{name}", Place(), name) for name in names))

    async def play() -> None:
        run = Run(request, Nobody(), lambda: 1.5)
        output = RunOutput(run, **{"in_order": False, "as_json": False, **options})
        for index, what in script:
            if isinstance(what, Line):
                run.add(run.nodes[index], what)
            else:
                run.change(run.nodes[index], what[0], exit_status=what[1])
        output.finish()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        patched.setattr(sys, "stderr", err)
        asyncio.run(play())
    return out.bytes.getvalue(), err.bytes.getvalue()


def out(text: bytes) -> Line:
    return Line(Stream.STDOUT, text)


def test_names_line_up_and_stderr_stays_apart() -> None:
    script: Script = [
        (1, out(b"one")),
        (0, Line(Stream.STDERR, b"two")),
        (1, (NodeState.EXITED, 0)),
        (0, (NodeState.EXITED, 3)),
    ]
    assert printed(script) == (b"b     | one\n", b"web-1 ! two\nsmtui: web-1: exit 3.\n")


def test_in_order_a_node_waits_for_those_before_it() -> None:
    ends = (NodeState.EXITED, 0)
    script: Script = [(1, out(b"first to come")), (1, ends), (0, out(b"later")), (0, ends)]
    assert printed(script, in_order=True)[0] == b"web-1 | later\nb     | first to come\n"
    assert printed(script)[0] == b"b     | first to come\nweb-1 | later\n"


@given(st.binary(max_size=80).map(lambda data: data.replace(b"\n", b"")))
def test_a_terminal_gets_nothing_that_it_obeys_and_a_file_every_byte(data: bytes) -> None:
    shown, _ = printed([(0, out(data))], terminal=True)
    text = shown.decode()
    assert text.startswith("web-1 | ")
    assert text.removesuffix("\n").isprintable() or "\n" not in text.removesuffix("\n")
    assert not set(text.removesuffix("\n")) & {chr(code) for code in (*range(32), 0x7F, *range(0x80, 0xA0))}
    assert printed([(0, out(data))])[0] == b"web-1 | " + data + b"\n"


@given(st.binary(max_size=80).map(lambda data: data.replace(b"\n", b"")))
def test_json_is_one_object_a_line_whatever_the_node_sends(data: bytes) -> None:
    lines, _ = printed([(0, out(data)), (0, (NodeState.TIMED_OUT, None))], as_json=True)
    line, result = (json.loads(each) for each in lines.decode("ascii").splitlines())
    assert line == {"node": "web-1", "id": "i-web-1", "stream": "stdout", "line": data.decode("utf-8", "replace")}
    assert (result["state"], result["exit_status"]) == ("timed out", None)


def test_a_name_is_harmless_even_in_a_file() -> None:
    shown, _ = printed([(0, out(b"x"))], names=("\x1b[31mred",))
    assert b"\x1b" not in shown


def test_a_reader_that_is_gone_ends_the_run() -> None:
    class Gone(Sink):
        def flush(self) -> None:
            raise BrokenPipeError

    async def play() -> None:
        run = Run(RunRequest(("x",), (RunTarget("i-1", Place(), "a"),)), Nobody())
        output = RunOutput(run, in_order=False, as_json=True)
        run.add(run.nodes[0], out(b"x"))
        with pytest.raises(BrokenPipeError):
            output.finish()
        assert run.is_stopping

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdout", Gone())
        asyncio.run(play())
