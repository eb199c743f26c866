"""Exit statuses."""

from __future__ import annotations

import pytest

from smtui.plugin.builtin.session_ending import command_status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"EXIT_CODE: 7", 7),
        (b"EXIT_CODE: 0", 0),
        (b"EXIT_CODE: -1", 255),
        (b"EXIT_CODE: 256", 255),
        (b"EXIT_CODE: ?", 255),
        (b"", 255),
    ],
)
def test_a_commands_status(text: bytes, status: int) -> None:
    assert command_status(text) == status
