"""What `smtui forward` exits with after Ctrl-C."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from smtui.cli.forward import FAILED, _Progress
from smtui.engine.launcher import Launcher


@pytest.mark.parametrize(
    ("has_opened", "left", "status", "told"),
    [
        (True, (), 0, ""),
        (True, ("The session may still be open.",), FAILED, ""),
        (False, (), FAILED, "smtui: the forward was stopped before it opened.\n"),
        (False, ("The session may still be open.",), FAILED, "smtui: the forward was stopped before it opened.\n"),
    ],
)
def test_after_ctrl_c(
    has_opened: bool, left: tuple[str, ...], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = _Progress()
    progress.launcher = cast(Launcher, SimpleNamespace(left_open=lambda: left))
    progress.has_opened = has_opened
    assert progress.after_ctrl_c() == status
    assert capsys.readouterr().err == told


def test_after_ctrl_c_before_anything_is_set_up() -> None:
    assert _Progress().after_ctrl_c() == FAILED
