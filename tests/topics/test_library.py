"""The topics as they lie in their files."""

from __future__ import annotations

import subprocess
import sys

from smtui.topics.library import topic, topics


def test_every_file_is_read_once_and_by_its_id() -> None:
    ids = [each.id for each in topics()]
    assert ids == sorted(set(ids))
    assert len(ids) > 50
    assert topics() is topics()
    assert all(topic(topic_id).id == topic_id for topic_id in ids)


def test_an_unknown_id_is_the_unknown_failure() -> None:
    assert topic("nothing-of-the-kind").id == "unknown-failure"
    assert topic("").id == "unknown-failure"


def test_they_come_with_the_package_whatever_the_working_folder() -> None:
    script = "from smtui.topics.library import topics; print(len(topics()))"
    ran = subprocess.run([sys.executable, "-c", script], cwd="/", capture_output=True, text=True, check=True)
    assert int(ran.stdout) == len(topics())
