"""A value of a JSON text is changed, and nothing else of the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.sessions.preferences.json_edit import NotEditable, with_value


@pytest.mark.parametrize(
    ("text", "path", "value", "edited"),
    [
        ('{"a": 1, "b" :\t2 }', ["b"], "x", '{"a": 1, "b" :\t"x" }'),
        ('{\n  "a": {\n    "b": 1\n  }\n}\n', ["a", "b"], False, '{\n  "a": {\n    "b": false\n  }\n}\n'),
        ('{\n  "a": {\n    "b": 1\n  }\n}\n', ["a", "c"], "é", '{\n  "a": {\n    "b": 1,\n    "c": "é"\n  }\n}\n'),
        ("{}", ["a", "b", "c"], 1, '{"a": {"b": {"c": 1}}}'),
        (' {"a":1,"a":2}', ["a"], 3, ' {"a":1,"a":3}'),
        ('{"a":1}', ["b"], 2, '{"a":1,"b": 2}'),
        (r'{"q\"}": "\"}", "b": 2}', ["b"], 3, r'{"q\"}": "\"}", "b": 3}'),
    ],
)
def test_an_edit(text: str, path: list[str], value: Any, edited: str) -> None:
    assert with_value(text, path, value) == edited


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{", '{"a": 7}', '{"a": []}', "{} x", "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_object_cannot_be_edited(text: str) -> None:
    with pytest.raises(NotEditable):
        with_value(text, ["a", "b"], 1)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    document=st.dictionaries(st.text(max_size=4), _VALUES, max_size=4),
    name=st.text(max_size=4),
    value=_VALUES,
    indent=st.sampled_from([None, 0, 2, "\t"]),
    ascii_only=st.booleans(),
)
def test_the_edited_text_is_the_document_with_that_value(
    document: dict[str, Any], name: str, value: Any, indent: Any, ascii_only: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    edited = json.loads(with_value(text, [name], value))
    assert edited == {**document, name: value}
    assert list(edited) == list({**document, name: value})
