"""The terminal of these tests: what it says of a program that is still writing."""

from __future__ import annotations

import os

from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until


def test_what_is_written_ends_at_a_whole_character() -> None:
    with Terminal(["/bin/sh", "-c", r"printf '\342\227\217 a\342\227'; read -r _"], os.environ) as terminal:
        wait_until(lambda: terminal.output.endswith(b"\xe2\x97"))
        assert terminal.written() == "● a"
