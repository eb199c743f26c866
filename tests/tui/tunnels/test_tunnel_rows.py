"""What is said of tunnels, without a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smtui.tui.parts.cursor_list import Look
from smtui.tui.tunnels.tunnel_news import TunnelNews
from smtui.tui.tunnels.tunnel_rows import (
    TUNNEL_COLUMNS,
    about,
    clients,
    last_event,
    last_word,
    moved,
    news,
    not_open,
    running_line,
    summary,
    tunnel_row,
)
from smtui.tunnels.tunnel import TunnelState, count_tunnels
from tests.engine.fakes import NOW
from tests.tui.tunnels.views import view

OPEN = view("t1", "db.internal:5432", "bastion-1", 15432, TunnelState.OPEN, NOW - timedelta(minutes=12))
FLAPPING = view(
    "t2",
    "80",
    "web-1",
    8080,
    TunnelState.RECONNECTING,
    NOW - timedelta(seconds=40),
    attempt=3,
    next_try_at=NOW + timedelta(seconds=4),
    last_word="channel closed",
)
FAILED = view("t3", "3389", "win-1", 13389, TunnelState.FAILED, NOW, last_word="agent too old for port forwarding")


def test_a_row_has_a_cell_for_each_column() -> None:
    for tunnel in (OPEN, FLAPPING, FAILED):
        assert len(tunnel_row(tunnel, NOW).cells) == len(TUNNEL_COLUMNS)


def test_a_port_of_the_node_itself_is_called_by_the_nodes_name() -> None:
    assert OPEN.far_end == "db.internal:5432"
    assert FLAPPING.far_end == "web-1:80"


def test_clients_now_and_so_far_where_they_are_known() -> None:
    busy = view("t", "80", "web-1", 80, TunnelState.OPEN, NOW, connections_now=3, connections_total=41)
    assert clients(busy) == "3 now · 41 so far"
    assert clients(replace(busy, connections_now=0)) == "0 now · 41 so far"
    assert clients(replace(busy, connections_now=None)) == "41 so far"
    assert clients(replace(busy, state=TunnelState.RECONNECTING, connections_now=2)) == "2 kept waiting"
    assert clients(OPEN) == "–"
    assert clients(FAILED) == "–"


def test_data_in_both_directions() -> None:
    busy = replace(OPEN, bytes_in=4_123_000, bytes_out=18_400)
    assert moved(busy) == "↓ 4.1 MB ↑ 18 kB"
    assert moved(replace(busy, bytes_out=0)) == "↓ 4.1 MB ↑ 0 B"
    assert moved(OPEN) == "–"


def test_the_last_event_is_a_few_words() -> None:
    assert last_event(FLAPPING, NOW) == "try 3, next in 4 s"
    assert last_event(replace(FAILED, topic="agent-too-old"), NOW) == "agent too old: t"
    assert last_event(FAILED, NOW) == "agent too old for port forwarding: t"
    assert last_event(REFUSED, NOW) == "nothing listens on :80"
    assert last_event(OPEN, NOW) == ""
    assert len(last_event(replace(FAILED, last_word="It broke. Ask somebody who knows."), NOW)) == len("It broke: t")


def test_a_sentence_about_a_state_never_ends_in_a_colon() -> None:
    silent = replace(FAILED, last_word="")
    assert news(OPEN, silent) == "The tunnel 127.0.0.1:13389 to win-1:3389 failed."
    assert news(OPEN, replace(FLAPPING, last_word="")) == "The tunnel 127.0.0.1:8080 to web-1:80 is reconnecting."
    assert last_event(silent, NOW) == "no reason known: t"
    assert not_open(silent) == "The tunnel has failed."
    assert not_open(FLAPPING) == "The tunnel is reconnecting."
    assert not_open(OPEN) == ""


def test_what_the_user_ends_is_no_news() -> None:
    stopping = replace(OPEN, state=TunnelState.STOPPING, last_word="Ending its plugin and its session.")
    assert news(OPEN, stopping) == news(stopping, replace(OPEN, state=TunnelState.CLOSED)) == ""
    assert (tunnel_row(stopping, NOW).cells[0][0], last_event(stopping, NOW)) == ("◌ stopping", "")
    assert running_line(stopping).endswith(", stopping")


def test_the_lines_below_say_the_rest_in_full() -> None:
    assert last_word(FLAPPING, NOW) == "try 3, next in 4 s: channel closed"
    assert last_word(FAILED, NOW) == "agent too old for port forwarding"
    whole = replace(OPEN, preset="Orders DB", session_id="maria-0f3c", command=("psql", "-p", "15432"))
    assert about(whole, NOW)[0].splitlines() == [
        "db.internal:5432 through bastion-1 · preset Orders DB · session maria-0f3c",
        "use it: psql -p 15432",
    ]
    busy = replace(whole, connections_now=3, connections_total=41, bytes_in=4_123_000)
    assert "clients: 3 now · 41 so far · ↓ 4.1 MB ↑ 0 B · session" in about(busy, NOW)[0]
    assert about(busy, NOW, counted=True) == about(whole, NOW), "what the row shows is not said again"
    assert about(busy, NOW)[-1].splitlines()[0] == "db.internal:5432 through bastion-1"


def test_counting() -> None:
    counted = count_tunnels([OPEN, FLAPPING, FAILED])
    assert (counted.active, counted.failed, counted.words) == (2, 1, "2 tunnels")
    assert count_tunnels([OPEN]).words == "1 tunnel"
    assert count_tunnels([FAILED]).words == ""
    assert summary([OPEN, FLAPPING, REFUSED, FAILED]) == "1 open, 1 refused, 1 reconnecting, 1 failed"


def test_the_quit_question_names_clients() -> None:
    busy = view("t", "80", "web-1", 80, TunnelState.OPEN, NOW, connections_now=3)
    assert running_line(busy) == "●  127.0.0.1:80 → web-1:80, 3 clients"
    assert running_line(replace(busy, connections_now=0)) == "●  127.0.0.1:80 → web-1:80, no clients"
    assert running_line(OPEN) == "●  127.0.0.1:15432 → db.internal:5432 via bastion-1, open"


def test_only_what_happens_by_itself_is_news() -> None:
    starting = view("t1", "80", "web-1", 8080, TunnelState.STARTING, NOW)
    opened = view("t1", "80", "web-1", 8080, TunnelState.OPEN, NOW)
    broken = view("t1", "80", "web-1", 8080, TunnelState.RECONNECTING, NOW, last_word="channel closed")
    failed = view("t1", "80", "web-1", 8080, TunnelState.FAILED, NOW, last_word="gone")
    closed = view("t1", "80", "web-1", 8080, TunnelState.CLOSED, NOW)
    assert news(None, starting) == ""
    assert news(starting, opened) == "The tunnel 127.0.0.1:8080 to web-1:80 is open."
    assert news(opened, broken) == "The tunnel 127.0.0.1:8080 to web-1:80 is reconnecting: channel closed"
    assert news(broken, opened) == "The tunnel 127.0.0.1:8080 to web-1:80 is open again."
    assert news(broken, failed) == "The tunnel 127.0.0.1:8080 to web-1:80 failed: gone"
    assert news(opened, closed) == ""
    assert news(opened, opened) == ""


REFUSED = view(
    "t1",
    "80",
    "web-1",
    8080,
    TunnelState.OPEN,
    NOW,
    refusal="Nothing listens on port 80 of web-1.",
    last_word="Nothing listens on port 80 of web-1.",
    command=("curl", "http://127.0.0.1:8080/"),
)


def test_an_open_tunnel_whose_destination_refuses_is_not_shown_as_well() -> None:
    (state, look), *_, (word, word_look) = tunnel_row(REFUSED, NOW).cells
    assert (state, look) == ("◐ open, refused", Look.WARN)
    assert (word, word_look) == ("nothing listens on :80", Look.WARN)
    assert summary([OPEN, REFUSED, FAILED, OPEN]) == "2 open, 1 refused, 1 failed"
    assert all(text.endswith("\nNothing listens on port 80 of web-1.") for text in about(REFUSED, NOW))


def test_a_tunnel_with_a_client_that_reads_nothing_says_so_quietly() -> None:
    sentence = "The connection from 127.0.0.1:50321 does not read the 4.2 MB that wait for it."
    stalled = replace(REFUSED, refusal="", stalled=sentence, last_word=sentence)
    (state, look), *_, (word, _) = tunnel_row(stalled, NOW).cells
    assert (state, look, word) == ("◐ open, stalled", Look.WARN, "a client reads nothing")
    assert summary([OPEN, stalled]) == "1 open, 1 stalled"
    assert all(text.endswith(f"\n{sentence}") for text in about(stalled, NOW))
    told = TunnelNews()
    told.collect([replace(stalled, stalled="", last_word="")], NOW)
    assert told.collect([stalled], NOW) == []


def test_a_refusing_destination_is_told_of_once() -> None:
    starting = view("t1", "80", "web-1", 8080, TunnelState.STARTING, NOW)
    told = TunnelNews()
    said = [news.sentence for seen in (starting, REFUSED, REFUSED) for news in told.collect([seen], NOW)]
    assert said == ["The tunnel 127.0.0.1:8080 to web-1:80 is open, but nothing listens on port 80 of web-1."]
    healed = replace(REFUSED, refusal="", last_word="")
    assert told.collect([healed], NOW) == []
    assert told.collect([REFUSED], NOW + timedelta(seconds=5)) == [], "one that comes and goes is told of seldom"


def test_a_flapping_tunnel_is_told_of_seldom_and_its_failure_always() -> None:
    told = TunnelNews()
    opened = view("t1", "80", "web-1", 8080, TunnelState.OPEN, NOW)
    broken = view("t1", "80", "web-1", 8080, TunnelState.RECONNECTING, NOW, last_word="channel closed")
    failed = view("t1", "80", "web-1", 8080, TunnelState.FAILED, NOW, last_word="gone")
    said = []
    for second in range(20):
        now = NOW + timedelta(seconds=second)
        said += told.collect([broken if second % 2 else opened], now)
    assert len(said) == 1
    assert told.collect([failed], NOW + timedelta(seconds=21))
