from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from smtui.domain.plugin_grade import FoundPlugin, pick
from smtui.domain.request import SessionRequest, StartedSession
from smtui.domain.version import Version
from smtui.plugin.contract import Launch, PluginRefused, expecting, prepare, resuming

TOKEN = "AAEA-secret-token"
SESSION = StartedSession("u-0abc", "wss://ssmmessages.eu-west-1.amazonaws.com/v1/x", TOKEN, "eu-west-1", "https://ssm")
REQUEST = SessionRequest("i-0abc", document_name="Doc", parameters={"command": ("ls -l", "é")}, reason="why not")
OURS = pick("builtin", None, endpoint_is_aws=True)
INHERITED = {
    "PATH": "/bin",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PROFILE": "inherited",
    "AWS_DEFAULT_PROFILE": "inherited",
    "AWS_ACCESS_KEY_ID": "inherited",
    "AWS_SECRET_ACCESS_KEY": "inherited",
    "AWS_SESSION_TOKEN": "inherited",
    "AWS_SSM_START_SESSION_RESPONSE": "another session's",
    "AWS_SSM_START_SESSION_RESPONSE_2": "another session's",
    "SMTUI_PLUGIN_PARENT": "1",
    "SMTUI_SESSION_TYPE": "Port",
    "SMTUI_RESUMES": "1",
    "SMTUI_ENDPOINT_URL_SSMMESSAGES": "https://not.of.this.session.example",
}


def official(version: str) -> Launch:
    picked = pick("/p/plugin", FoundPlugin("/p/plugin", Version.of(version)), endpoint_is_aws=True)
    return prepare(picked, SESSION, REQUEST, inherited=INHERITED, profile="work")


def test_the_official_plugin_is_called_as_the_cli_does() -> None:
    launch = official("1.2.896.0")
    program, name, region, operation, profile, request, endpoint = launch.argv
    assert (program, name) == ("/p/plugin", "AWS_SSM_START_SESSION_RESPONSE")
    assert (region, operation, profile, endpoint) == ("eu-west-1", "StartSession", "work", "https://ssm")
    assert json.loads(request) == {
        "Target": "i-0abc",
        "DocumentName": "Doc",
        "Parameters": {"command": ["ls -l", "é"]},
        "Reason": "why not",
    }
    assert json.loads(launch.environment[name]) == {
        "SessionId": "u-0abc",
        "StreamUrl": SESSION.stream_url,
        "TokenValue": TOKEN,
    }
    assert "SMTUI_PLUGIN_PARENT" not in launch.environment


def test_ours_is_called_in_the_same_way_and_learns_who_calls() -> None:
    launch = prepare(OURS, SESSION, REQUEST, inherited=INHERITED, profile="work")
    assert launch.argv[:4] == (sys.executable, "-P", "-m", "smtui.plugin.builtin")
    assert launch.argv[4:] == official("1.2.896.0").argv[1:]
    assert launch.environment["SMTUI_PLUGIN_PARENT"] == "1"


@pytest.mark.parametrize("version", ["1.0.0.0", "1.1.17.0", "1.2.497.0"])
def test_a_plugin_that_wants_the_token_on_argv_is_refused(version: str) -> None:
    with pytest.raises(PluginRefused, match=version) as refused:
        official(version)
    assert TOKEN not in str(refused.value)


def test_the_token_is_in_one_variable_and_nowhere_else() -> None:
    launch = official("1.2.896.0")
    assert not [argument for argument in launch.argv if TOKEN in argument]
    assert [name for name, value in launch.environment.items() if TOKEN in value] == ["AWS_SSM_START_SESSION_RESPONSE"]
    assert TOKEN not in repr(launch)
    assert "another session's" not in launch.environment.values()


def test_only_ours_learns_what_type_of_session_to_accept() -> None:
    ours = prepare(OURS, SESSION, REQUEST, inherited=INHERITED)
    assert "SMTUI_SESSION_TYPE" not in ours.environment, "nor what was inherited"
    assert expecting(ours, OURS, "").environment == ours.environment
    assert expecting(ours, OURS, "InteractiveCommands").environment["SMTUI_SESSION_TYPE"] == "InteractiveCommands"
    picked = pick("/p/plugin", FoundPlugin("/p/plugin", Version.of("1.2.896.0")), endpoint_is_aws=True)
    assert expecting(official("1.2.896.0"), picked, "Port") == official("1.2.896.0")


@pytest.mark.parametrize(("version", "has_escapes"), [("1.2.814.0", False), ("1.2.835.0", True), ("1.2.896.0", True)])
def test_which_official_plugins_have_escapes_of_their_own(version: str, has_escapes: bool) -> None:
    assert official(version).has_escapes is has_escapes


def test_ours_leaves_the_escapes_to_smtui() -> None:
    assert not prepare(OURS, SESSION, REQUEST, inherited={}).has_escapes


def test_a_profile_excludes_inherited_keys() -> None:
    environment = prepare(OURS, SESSION, REQUEST, inherited=INHERITED, profile="work").environment
    assert "inherited" not in environment.values()
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment["PATH"] == "/bin"


def test_keys_exclude_every_profile_and_every_other_key() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK"}
    launch = prepare(OURS, SESSION, REQUEST, inherited=INHERITED, credentials=keys)
    assert "inherited" not in launch.environment.values()
    assert keys.items() <= launch.environment.items()
    assert launch.argv[7] == ""


def test_with_neither_the_plugin_looks_where_we_looked() -> None:
    environment = prepare(OURS, SESSION, REQUEST, inherited=INHERITED).environment
    assert environment["AWS_PROFILE"] == "inherited"
    assert environment["AWS_ACCESS_KEY_ID"] == "inherited"


def test_both_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="never both"):
        prepare(OURS, SESSION, REQUEST, inherited={}, profile="work", credentials={"AWS_ACCESS_KEY_ID": "AK"})


def test_our_plugin_learns_that_a_session_is_resumed_from_smtui_alone() -> None:
    launch = prepare(OURS, SESSION, REQUEST, inherited=INHERITED)
    assert "SMTUI_RESUMES" not in launch.environment
    assert resuming(launch).environment == {**launch.environment, "SMTUI_RESUMES": "1"}
    assert resuming(launch).argv == launch.argv


def test_only_ours_learns_the_endpoint_of_the_data_channel() -> None:
    variable, endpoint = "SMTUI_ENDPOINT_URL_SSMMESSAGES", "https://messages.corp.example"
    private = replace(SESSION, stream_url="wss://messages.corp.example/v1/x", stream_endpoint=endpoint)
    assert prepare(OURS, private, REQUEST, inherited=INHERITED).environment[variable] == endpoint
    assert variable not in prepare(OURS, SESSION, REQUEST, inherited=INHERITED).environment
    picked = pick("/p/plugin", FoundPlugin("/p/plugin", Version.of("1.2.896.0")), endpoint_is_aws=True)
    official_launch = prepare(picked, private, REQUEST, inherited=INHERITED)
    assert variable not in official_launch.environment
    assert "messages.corp.example" in official_launch.environment["AWS_SSM_START_SESSION_RESPONSE"]
