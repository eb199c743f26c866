"""The topics as they lie in their files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smtui.topics.library import all_topics, search, topic, topic_ids
from tests.topics.values import topics


def test_every_file_is_a_topic_by_its_id() -> None:
    assert len(topics()) > 50
    assert all(topic(each.id) is each for each in topics())
    assert "unknown-failure" in {each.id for each in topics()}


def test_an_unknown_id_is_the_unknown_failure() -> None:
    assert topic("nothing-of-the-kind").id == "unknown-failure"
    assert topic("").id == "unknown-failure"


@pytest.mark.integration
def test_one_topic_is_one_file_read(tmp_path: Path) -> None:
    """On the event loop: all of them at once would be felt."""
    script = (
        "import sys\n"
        "read = []\n"
        "is_topic = lambda event, given: event == 'open' and str(given[0]).endswith('.toml')\n"
        "sys.addaudithook(lambda event, given: read.append(given) if is_topic(event, given) else None)\n"
        "from smtui.topics.library import topic\n"
        "[topic('role-trust') for _ in range(3)]\n"
        "print(len(read))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == "1\n"


def test_every_id_is_listed_and_read() -> None:
    assert topic_ids() == tuple(sorted(each.id for each in topics()))
    assert [each.id for each in all_topics()] == list(topic_ids())


def test_words_find_topics_wherever_they_stand_and_titles_come_first() -> None:
    found = [each.id for each in search("PROXY")]
    assert found[0] == "agent-proxy"
    assert {"aws-unreachable", "node-not-listed"} <= set(found[1:]), "a cause, and a step"
    assert [each.id for each in search("upstart override")] == ["agent-proxy"]
    assert "role-without-permissions" in [each.id for each in search("AmazonSSMManagedInstanceCore")]


def test_every_word_is_needed() -> None:
    assert search("proxy nonsense") == ()
    assert search(" ") == all_topics()
