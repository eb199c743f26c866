"""A Region that botocore does not know is used all the same; the nearest one is named."""

from __future__ import annotations

import pytest

from smtui.cli.launcher_context import _hint_at_regions


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("eu-wst-1", "eu-west-1"),
        ("eu-west-1", ""),
        ("eu-west-9", ""),
        ("my-private-cloud", ""),
    ],
)
def test_names_the_nearest_region(name: str, near: str, capfd: pytest.CaptureFixture[str]) -> None:
    _hint_at_regions([name])
    said = capfd.readouterr().err
    assert (f"Did you mean {near!r}?" in said) if near else not said
