"""The common options, in front of a subcommand and behind it: used, or refused, never ignored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smtui.demo.region import SimulatedRegion
from smtui.run_options import RunOptions
from smtui.store.filter_file import FilterFile
from tests.cli.conftest import Run

WEB = "i-0a1b2c3d4e5f60718"


@pytest.mark.parametrize("words", [("--filter", WEB, "list", "--json"), ("list", "--json", "--filter", WEB)])
def test_a_filter_counts_on_either_side_of_the_subcommand(run: Run, words: tuple[str, ...]) -> None:
    assert [node["id"] for node in json.loads(run(*words).stdout)["nodes"]] == [WEB]


@pytest.mark.parametrize(
    ("words", "unused"),
    [
        (("connect", "web-1", "--filter", "web"), "--filter"),
        (("--filter", "web", "doctor"), "--filter"),
        (("--filter", "web", "forward", "web-1", "80"), "--filter"),
        (("--profile", "ops", "presets", "list"), "--profile"),
        (("--read-only", "presets", "remove", "mine"), "--read-only"),
        (("presets", "--region", "eu-west-1", "add", "mine", "80"), "--region"),
        (("--demo", "plugin", "install-help"), "--demo"),
        (("--region", "eu-west-1", "demo", "serve"), "--region"),
    ],
)
def test_an_option_without_a_use_is_refused(run: Run, words: tuple[str, ...], unused: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert f"does not use {unused}." in result.stderr


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--profile", "", "list"), "--profile"),
        (("list", "--profile", "ops", "--profile", ""), "--profile"),
        (("--region", ""), "--region"),
        (("connect", WEB, "--user", ""), "--user"),
        (("connect", WEB, "--shell", ""), "--shell"),
        (("connect", WEB, "--cwd", ""), "--cwd"),
        (("connect", WEB, "--document-name", ""), "--document-name"),
        (("doctor", WEB, "--document-name", ""), "--document-name"),
        (("forward", WEB, "80", "--local-socket", ""), "--local-socket"),
        (("forward", WEB, "80", "--local-host", ""), "--local-host"),
        (("forward", WEB, "80", "--local-port", ""), "--local-port"),
        (("forward", WEB, "80", "--preset", ""), "--preset"),
        (("presets", "add", "mine", "80", "--target", ""), "--target"),
        (("run", "--by", "run-command", "--output-s3", "", WEB, "--", "id"), "--output-s3"),
        (("topics", "agent-stopped", "--target", ""), "--target"),
        (("login", "--session", ""), "--session"),
    ],
)
def test_an_empty_value_is_not_taken_for_no_option(run: Run, words: tuple[str, ...], option: str) -> None:
    """As from `--profile "$PROFILE"` with a variable that is not set."""
    result = run(*words)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}': It is empty. Give a value, or leave out the option." in result.stderr


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (("doctor", ""), "[TARGET]"),
        (("plugin", "test", ""), "[PATH]"),
        (("plugin", "verify", ""), "[PATH]"),
    ],
)
def test_nor_is_an_empty_argument_taken_for_none(run: Run, words: tuple[str, ...], argument: str) -> None:
    """`smtui doctor "$NODE"` would check this machine, and find all well."""
    result = run(*words)
    assert result.exit_code == 2
    assert f"Invalid value for '{argument}': It is empty." in result.stderr


def test_a_text_and_a_filter_may_be_empty(run: Run) -> None:
    assert run("presets", "add", "mine", "80", "--note", "").exit_code == 0
    assert run("list", "--filter", "").exit_code == 0


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("list", "--filter", "web stat:ready"), "stat: is no key; status? Keys: name id "),
        (("--filter", "agent:<3.x",), "agent:<3.x: a version is 3.1.1374.0. Keys: name id "),
        (("run", "--filter", "regoin:eu", "--", "true"), "regoin: is no key; region? Keys: name id "),
        (("run", "--yes", "--filter", "web name:", "--", "true"), "name: has no value. Keys: name id "),
        (("list", "--filter", "@"), "@ has no value. Keys: name id "),
        (("list", "--filter", "@prod-wbe"), "@prod-wbe: no filter is saved as that; @prod-web? Keys: name id "),
    ],
)  # fmt: skip
def test_a_mistake_in_a_filter_is_wrong_usage_and_names_what_is_near(
    run: Run, environment: dict[str, str | None], words: tuple[str, ...], wrong: str
) -> None:
    FilterFile(Path(str(environment["SMTUI_STATE_DIR"]))).change(lambda known: known.with_saved("prod-web", "web"))
    result = run(*words)
    assert result.exit_code == 2
    assert f"--filter: {wrong}" in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name:wbe-1", "no node matches. None has name:wbe-1; name:web-1 does match."),
        ("zzzzzz", "no node matches. None has zzzzzz."),
        ("name:web-1 name:db-1", "no node matches."),
    ],
)
def test_a_filter_without_a_match_names_the_term(run: Run, text: str, said: str) -> None:
    result = run("list", "--filter", text)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"smtui: {said}\n"


def test_a_saved_filter_is_used_by_its_name(run: Run, environment: dict[str, str | None]) -> None:
    FilterFile(Path(str(environment["SMTUI_STATE_DIR"]))).change(lambda known: known.with_saved("one", f"id:{WEB}"))
    assert [node["id"] for node in json.loads(run("list", "--json", "--filter", "@one").stdout)["nodes"]] == [WEB]
    assert all(node["id"] != WEB for node in json.loads(run("list", "--json", "--filter", "-@one").stdout)["nodes"])


@pytest.mark.parametrize("words", [("list", "--help"), ("presets", "remove", "--help"), ("demo", "serve", "--help")])
def test_help_offers_what_is_used(run: Run, words: tuple[str, ...]) -> None:
    assert ("--filter" in run(*words).stdout) == (words[0] == "list")
    assert ("--region" in run(*words).stdout) == (words[0] == "list")


@pytest.mark.parametrize("words", [("--read-only", "connect", WEB), ("connect", WEB, "--read-only")])
def test_read_only_starts_no_session(run: Run, region: SimulatedRegion, words: tuple[str, ...]) -> None:
    before = region.faults.calls("ssm:StartSession")
    result = run(*words)
    assert result.exit_code == 1
    assert "read-only, so it starts no sessions" in result.stderr
    assert region.faults.calls("ssm:StartSession") == before


def test_read_only_starts_no_forward(run: Run, region: SimulatedRegion) -> None:
    before = region.faults.calls("ssm:StartSession")
    result = run("--read-only", "forward", WEB, "80")
    assert (result.exit_code, result.stderr) == (1, "Error: smtui is read-only, so it starts no sessions.\n")
    assert region.faults.calls("ssm:StartSession") == before


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["plugin", "install-help"]])
def test_a_reader_that_leaves_is_no_fault(
    environment: dict[str, str | None], region: SimulatedRegion, words: list[str]
) -> None:
    """`smtui list | head -1`: quiet on stderr, and ended as a program that SIGPIPE ends."""
    known = {name: value for name, value in environment.items() if value is not None}
    reach = {
        "AWS_ENDPOINT_URL": region.endpoint_url,
        "AWS_REGION": region.region,
        "AWS_ACCESS_KEY_ID": region.access_key_id,
        "AWS_SECRET_ACCESS_KEY": region.secret_access_key,
    }
    inherited = {name: value for name, value in os.environ.items() if name not in environment}
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, *words],
            env={**inherited, **known, **reach},
            stdout=writing,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


_PROGRAM = "from smtui.cli import main; main()"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "web-1", "--timeout", "nan", "--", "id"), "'nan' is not a valid number."),
        (("run", "web-1", "--timeout", "soon", "--", "id"), "'soon' is not a valid number."),
        (("play", "file.cast", "--speed", "nan"), "'nan' is not a valid number."),
        (("play", "file.cast", "--idle-limit", "NaN"), "'NaN' is not a valid number."),
        (("wait", "web-1", "--timeout", "nan"), "'nan' is not a valid whole number."),
        (("ssh-proxy", "web-1", "ssh"), "'ssh' is not a valid whole number."),
        (("demo", "serve", "--port", "any"), "'any' is not a valid whole number."),
    ],
)
def test_what_is_no_number_is_wrong_usage(run: Run, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_all_regions_are_told_from_named_ones() -> None:
    given = RunOptions(regions=("all", "eu-west-1"))
    assert given.wants_every_region
    assert given.named_regions == ("eu-west-1",)
    assert not RunOptions(regions=("eu-west-1",)).wants_every_region
