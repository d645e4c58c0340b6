"""JSON as it stands: what is taken out leaves every other character as it was."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotantic_nb.scan._json_text import Edit, Span, edited, entries_of, removals, span_of, value_at, whole

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
LAYOUTS = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 0, 1, 2, "\t"]),
        "ensure_ascii": st.booleans(),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (",", ": ")]),
    }
)


@given(items=st.lists(VALUES, max_size=6), layout=LAYOUTS, data=st.data())
@settings(max_examples=300, deadline=None)
def test_items_are_taken_out_of_an_array_as_if_they_had_never_been_there(
    items: list[Any], layout: dict[str, Any], data: st.DataObject
) -> None:
    removed = data.draw(st.sets(st.sampled_from(range(len(items))))) if items else set()
    text, around = _dumped({"a": items, "b": [1]}, layout, ["a"])
    left = [item for index, item in enumerate(items) if index not in removed]
    after = edited(text, removals(entries_of(text, around), around, removed) if removed else [])
    assert after == _dumped({"a": left, "b": [1]}, layout, ["a"])[0]


@given(members=st.dictionaries(st.text(max_size=5), VALUES, max_size=6), layout=LAYOUTS, data=st.data())
@settings(max_examples=300, deadline=None)
def test_members_are_taken_out_of_an_object_as_if_they_had_never_been_there(
    members: dict[str, Any], layout: dict[str, Any], data: st.DataObject
) -> None:
    removed = data.draw(st.sets(st.sampled_from(list(members)))) if members else set()
    text, around = _dumped([0, {"a": members}], layout, [1, "a"])
    left = {name: value for name, value in members.items() if name not in removed}
    after = edited(text, removals(entries_of(text, around), around, removed) if removed else [])
    assert after == _dumped([0, {"a": left}], layout, [1, "a"])[0]


@pytest.mark.parametrize(
    ("removed", "left"), [({0, 1}, "[ 3,4 ]"), ({1, 2}, "[ 1,4 ]"), ({0, 3}, "[ 2,   3 ]"), ({2, 3}, "[ 1  ,2 ]")]
)
def test_blanks_of_any_width_between_items_go_with_them(removed: set[str | int], left: str) -> None:
    text = "[ 1  ,2,   3,4 ]"
    assert edited(text, removals(entries_of(text, whole(text)), whole(text), removed)) == left


@given(value=VALUES, layout=LAYOUTS)
@settings(deadline=None)
def test_a_value_is_where_it_is_said_to_be(value: Any, layout: dict[str, Any]) -> None:
    text, around = _dumped({"x": [value]}, layout, ["x", 0])
    assert value_at(text, around) == value
    assert json.loads(text[around.start : around.end]) == value


def test_of_two_members_of_one_name_the_last_counts_as_for_every_reader() -> None:
    text = ' {"a": 1, "a" : [ 2 ] } \n'
    assert value_at(text, span_of(text, ["a", 0])) == json.loads(text)["a"][0]


def test_edits_of_one_text_do_not_move_each_other() -> None:
    assert edited("0123456789", [Edit(Span(1, 3), "-"), Edit(Span(5, 9), "+++++")]) == "0-34+++++9"


@pytest.mark.parametrize("text", ["[]", "{}", " [ ] ", "{ \n}"])
def test_what_is_empty_has_no_entries(text: str) -> None:
    assert entries_of(text, whole(text)) == []


def _dumped(document: Any, layout: dict[str, Any], way: list[str | int]) -> tuple[str, Span]:
    text = json.dumps(document, **layout)
    return text, span_of(text, way)
