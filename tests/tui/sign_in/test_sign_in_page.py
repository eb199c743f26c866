"""What the sign-in dialog says, without a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smtui.domain.places.sign_in_progress import Stage
from smtui.tui.sign_in.key_checks import KeyCheck, Keys, profiles_of
from smtui.tui.sign_in.sign_in_page import keys_page, short_path, waiting_page
from tests.engine.fakes import NOW
from tests.tui.sign_in.place_world import ACME, BROWSER, CODE, DONE, PAGE, PROFILES, TOKEN


def test_the_browser_page_has_address_port_and_times() -> None:
    lines = waiting_page(64, BROWSER, NOW).text().splitlines()
    assert lines[0] == "Your browser shows AWS's page. Approve there."
    assert lines[1] == f"{PAGE[:63]}…", "one line: a key copies it whole"
    assert lines[2] == "Listening on 127.0.0.1:41873 for the answer"
    assert lines[3].endswith("0:14 · gives up in 9:46")


def test_the_link_is_whole_where_the_line_is_cut() -> None:
    pieces = [piece for line in waiting_page(64, BROWSER, NOW).lines for piece in line]
    assert [piece.url for piece in pieces if piece.url] == [PAGE]


def test_without_a_browser_the_note_says_so() -> None:
    lines = waiting_page(64, replace(BROWSER, note="No browser could be started here."), NOW).text()
    assert "! No browser could be started here." in lines
    assert "Your browser shows" not in lines


def test_the_code_page_has_address_code_and_validity() -> None:
    text = waiting_page(64, CODE, NOW).text()
    assert "1  On any device, open   https://acme.awsapps.com/start/#/device" in text
    assert "2  Type this code        WDJB-MJHT" in text
    assert "0:41 · the code is good for 9:19" in text


def test_an_address_from_outside_is_harmless() -> None:
    text = waiting_page(64, replace(CODE, plain_address="https://x\x1b[31m", user_code="A\x07B"), NOW).text()
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_time_that_is_over_is_not_negative() -> None:
    assert "gives up in 0:00" in waiting_page(64, replace(BROWSER, gives_up_at=NOW - timedelta(1)), NOW).text()


@pytest.mark.parametrize("stage", [Stage.STARTING, Stage.FINISHING])
def test_in_between_it_says_what_it_waits_for(stage: Stage) -> None:
    text = waiting_page(64, replace(BROWSER, stage=stage, gives_up_at=None), NOW).text()
    assert "…" in text
    assert ACME.start_url in text


def test_the_keys_page_has_a_line_for_each_profile() -> None:
    checks = [
        KeyCheck("prod-ops", "111122223333 OpsEngineer", Keys.FETCHED),
        KeyCheck("stage", "444455556666 OpsEngineer", Keys.FETCHING),
        KeyCheck("audit", "", Keys.REFUSED, "No access: sso:GetRoleCredentials for SecurityAudit"),
    ]
    lines = keys_page(66, replace(DONE, token_path="~/token.json"), checks, NOW).text().splitlines()
    assert lines[0] == "✓ token      ~/token.json, as the AWS CLI has it"
    assert lines[1] == "✓ prod-ops   111122223333 OpsEngineer"
    assert lines[2].endswith("stage      444455556666 OpsEngineer … getting its keys")
    assert lines[3] == "✕ audit      No access: sso:GetRoleCredentials for SecurityAudit"


def test_many_profiles_are_counted() -> None:
    checks = [KeyCheck(f"p{n}", "", Keys.FETCHED if n % 2 else Keys.REFUSED, "No access") for n in range(30)]
    lines = keys_page(66, replace(DONE, token_path="~/token.json"), checks, NOW).text().splitlines()
    assert lines[-1] == "  and 22 more: 11 have keys, 11 no access"
    assert len(lines) == 10


def test_a_path_is_short_and_still_findable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ana"))
    assert short_path(TOKEN) == "~/.aws/sso/cache/3f2a….json"
    assert short_path("/srv/other/config") == "/srv/other/config"


def test_the_profiles_of_a_session_begin_with_the_one_that_asked() -> None:
    assert [profile.name for profile in profiles_of(ACME, PROFILES, "audit")] == ["audit", "prod-ops", "stage"]
