"""The pictures in `screens/` show today's screens; the snapshots that they are copied from are drawn by their tests."""

from __future__ import annotations

import re

import pytest

from tests import film, gallery
from tests.tui import test_snapshots


@pytest.mark.parametrize("name", gallery.PICTURES)
def test_the_picture_is_its_snapshot(name: str) -> None:
    assert name not in gallery.stale(), "look at the snapshot, then run python -m tests.gallery"


def test_there_is_no_other_picture() -> None:
    assert {path.stem for path in gallery.FOLDER.iterdir()} == {*gallery.PICTURES, film.FILE.stem}


def test_every_snapshot_is_one_that_a_test_draws() -> None:
    drawn = {f"test_scene[{each.id}]" for each in test_snapshots.PICTURES}
    drawn |= {f"test_light_theme[{width}x{height}]" for width, height in test_snapshots.SIZES}
    assert set(gallery.PICTURES.values()) <= drawn


def test_the_demo_scene_has_every_badge() -> None:
    text = gallery.picture("nodes").read_text("utf-8").replace("&#160;", " ")
    for badge in ("Ready", "Limited", "Not connected", "Offline", "Unmanaged"):
        assert re.search(f">[^<]*{badge}", text), badge
