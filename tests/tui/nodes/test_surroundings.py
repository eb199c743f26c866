"""Why a list is empty."""

from __future__ import annotations

from dataclasses import replace

from smtui.tui.nodes.surroundings import ListState, why_empty

STATE = ListState(total=0, filter_text="", trouble="", problems=(), reading=False, was_read=True, regions="eu-west-1")


def test_an_empty_list_says_why() -> None:
    assert "No node matches  zzz" in why_empty(replace(STATE, total=3, filter_text="zzz "))
    assert "esc " in why_empty(replace(STATE, total=3, filter_text="zzz"))[-1]
    assert "No nodes in eu-west-1." in why_empty(STATE)[0]
    reading = replace(STATE, was_read=False, reading=True)
    assert why_empty(reading) == ("Reading the nodes …",)
    assert why_empty(replace(reading, pending=["Waiting for X: no answer for 6 s."]))[-1].startswith("Waiting for X")
    denied = replace(STATE, was_read=False, problems=("ssm:X was denied.",))
    assert why_empty(denied) == (
        "The nodes could not be read:",
        "ssm:X was denied.",
        "t    Troubleshoot here",
        "r    Try again",
    )
    assert why_empty(replace(STATE, trouble="The Region did not start."))[0] == "The Region did not start."
    assert why_empty(replace(STATE, problems=("ec2:X was denied.",)))[1] == "ec2:X was denied."
