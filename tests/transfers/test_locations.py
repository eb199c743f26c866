"""What `NODE:PATH` means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.transfers.locations import (
    CopyRequest,
    Location,
    WrongLocations,
    far_path,
    last_name,
    parse_copy,
    parse_location,
)


@pytest.mark.parametrize(
    ("text", "node", "path"),
    [
        ("web-1:/tmp/x", "web-1", "/tmp/x"),
        ("web-1:", "web-1", ""),
        ("i-0a1b2c3d4e5f60718:app.log", "i-0a1b2c3d4e5f60718", "app.log"),
        ("web-1:a:b", "web-1", "a:b"),
        ("web-1:C:\\logs\\x", "web-1", "C:\\logs\\x"),
        ("tag:Role=web:/tmp", "tag:Role=web", "/tmp"),
        ("prod/eu-west-1/web-1:/tmp", "prod/eu-west-1/web-1", "/tmp"),
        ("eu-west-1/web-1:x", "eu-west-1/web-1", "x"),
        ("/eu-west-1/web-1:x", "/eu-west-1/web-1", "x"),
        ("prod/eu-west-1/tag:Role=web:/tmp", "prod/eu-west-1/tag:Role=web", "/tmp"),
        ("[::1]:/tmp", "::1", "/tmp"),
        ("[tag:a=b:c]:/tmp", "tag:a=b:c", "/tmp"),
        ("10.0.0.7:~/x", "10.0.0.7", "~/x"),
        ("web 1:two\nlines", "web 1", "two\nlines"),
        ("./a:b", "", "./a:b"),
        ("/tmp/a:b", "", "/tmp/a:b"),
        ("../a:b", "", "../a:b"),
        ("~/a:b", "", "~/a:b"),
        ("plain", "", "plain"),
        (":x", "", ":x"),
        ("", "", ""),
    ],
)
def test_a_colon_before_the_first_slash_names_a_node(text: str, node: str, path: str) -> None:
    assert parse_location(text) == Location(node, path)


def test_a_drive_is_local_on_windows_alone() -> None:
    assert parse_location("C:\\x", on_windows=True) == Location("", "C:\\x")
    assert parse_location("c:\\x") == Location("c", "\\x")


@given(st.text())
def test_whatever_begins_with_a_dot_and_a_slash_is_local(text: str) -> None:
    assert parse_location(f"./{text}") == Location("", f"./{text}")


@given(st.text(st.characters(exclude_characters="[]"), min_size=1), st.text())
def test_brackets_name_any_node(node: str, path: str) -> None:
    assert parse_location(f"[{node}]:{path}") == Location(node, path)


def test_both_directions() -> None:
    assert parse_copy(("a", "b"), "web-1:/tmp/") == CopyRequest("web-1", True, ("a", "b"), "/tmp/")
    assert parse_copy(("web-1:a", "web-1:b"), ".") == CopyRequest("web-1", False, ("a", "b"), ".")
    assert parse_copy(("x/a", "x/a"), "web-1:").sources == ("x/a", "x/a")


@pytest.mark.parametrize(
    ("sources", "destination", "words"),
    [
        (("a",), "b", "One side must be NODE:PATH"),
        (("web-1:a",), "web-2:b", "both on nodes"),
        (("a", "web-1:a"), "web-2:b", "both on nodes"),
        (("web-1:a", "web-2:a"), ".", "same node"),
        (("a", "web-1:a"), ".", "same node"),
        (("web-1:",), ".", "Name the file"),
        (("",), "web-1:x", "empty"),
        (("web-1:x",), "", "empty"),
        (("a\0",), "web-1:x", "NUL"),
        (("old/app.log", "new/app.log"), "web-1:", "old/app.log and new/app.log have the same name"),
        (("old/a", "new/x/../a"), "web-1:", "the same name"),
        (("web-1:/var/log/app", "web-1:/srv/app/"), ".", "/var/log/app and /srv/app/ have the same name"),
    ],
)
def test_what_is_no_copy(sources: tuple[str, ...], destination: str, words: str) -> None:
    with pytest.raises(WrongLocations, match=words):
        parse_copy(sources, destination)


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("", "./"),
        ("~", "./"),
        ("~/", "./"),
        ("~/a", "./a"),
        ("~//a", "./a"),
        ("a/b", "a/b"),
        ("/a", "/a"),
        ("-x", "-x"),
    ],
)
def test_home_folders(typed: str, path: str) -> None:
    assert far_path(typed) == path


def test_another_home_folder_is_refused() -> None:
    with pytest.raises(WrongLocations, match="not ~ana"):
        far_path("~ana/x")


@pytest.mark.parametrize(("path", "name"), [("a", "a"), ("/a/b", "b"), ("/a/b//", "b"), ("a/-b", "-b")])
def test_last_names(path: str, name: str) -> None:
    assert last_name(path) == name


@pytest.mark.parametrize("path", ["/", "", ".", "a/..", "./"])
def test_paths_without_a_name(path: str) -> None:
    with pytest.raises(WrongLocations):
        last_name(path)
