"""Nodes whose names and tags try to break a screen; no part of the story, added by a switch for tests."""

from __future__ import annotations

from smtui.demo.demo_node import DemoNode, Network, Platform, made_up_id

NASTY_TEXTS = (
    "[red]x[/]",
    "[/]",
    "[@click=app.quit]quit[/]",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "bell\x07\x08\x7f",
    "\x9b31mC1\x9d0;t\x9c",
    "two\nlines\r\nand\ttab",
    "\u202eright to left\u2066\u200f",
    "n" * 400,
    "広い名前のノード🖥️👩‍💻",
    "e\u0301\u0301\u0301 zero\u200bwidth",
    " leading and trailing ",
    "",
)


def nasty_nodes() -> list[DemoNode]:
    """One EC2 instance and one hybrid node for each text: XML cannot carry ESC, so only JSON brings that unchanged."""
    return [node for index, text in enumerate(NASTY_TEXTS) for node in (_instance(index, text), _hybrid(index, text))]


def _instance(index: int, text: str) -> DemoNode:
    return DemoNode(
        node_id=made_up_id("i", f"nasty-{index}"),
        name=text,
        platform=Platform.AL2023,
        agent_version="3.3.987.0",
        network=Network(
            vpc_id=made_up_id("vpc", "main"),
            subnet_id=made_up_id("subnet", "main-a"),
            security_group_id=made_up_id("sg", "main"),
            private_ip=f"10.0.9.{index + 1}",
        ),
        tags={"env": text, text or "empty": "value"},
        computer_name=text or "nameless",
    )


def _hybrid(index: int, text: str) -> DemoNode:
    return DemoNode(
        node_id=made_up_id("mi", f"nasty-{index}"),
        name=text,
        platform=Platform.DEBIAN_12,
        agent_version="3.3.987.0",
        state="",
        profile="",
        computer_name=text or "nameless",
        address=f"192.168.99.{index + 1}",
    )
