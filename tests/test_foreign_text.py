"""Text that is not ours turns no sentence of ours round, ends no line, and paints no terminal."""

import unicodedata

import pytest

from spotantic_nb._text import in_html, isolated

RLO, LRI, FSI, PDI = "\u202e", "\u2066", "\u2068", "\u2069"


@pytest.mark.parametrize(
    "text", ["Ada", "/home/ada/my project/.env", "José", "山田\u3000太郎", "Ада", "👩\u200d💻", "<b>&", r"C:\new", ""]
)
def test_text_from_left_to_right_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text


@pytest.mark.parametrize("text", ["עדה", "سلمى", "می\u200cشود", "Ada ٤", f"{RLO}evil\u202dAda", "Ada\u200f!"])
def test_text_that_can_turn_its_surroundings_is_isolated_and_unchanged(text: str) -> None:
    assert isolated(text) == f"{FSI}{text}{PDI}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("\x1b[31mred\x9b0m", r"\x1b[31mred\x9b0m"),
        ("a\0b", r"a\x00b"),
        ("\u200b", r"\u200b"),
        ("\ufeffAda", r"\ufeffAda"),
        ("caf\udce9", r"caf\udce9"),
    ],
)
def test_what_cannot_be_shown_is_written_out(text: str, shown: str) -> None:
    assert isolated(text) == shown


@pytest.mark.parametrize(
    "marks", [PDI, LRI, FSI, "\u2067", PDI * 3, f"{PDI}{RLO}", f"{LRI}{PDI}", "\u202b\u202b", "\u202c"]
)
def test_no_marks_within_reach_beyond_their_text(marks: str) -> None:
    shown = isolated(f"א{marks}b")
    assert (shown[0], shown[-1]) == (FSI, PDI)
    assert not {"LRI", "RLI", "FSI", "PDI"} & {unicodedata.bidirectional(letter) for letter in shown[1:-1]}


def test_in_html_it_is_isolated_by_an_element_and_nothing_is_markup() -> None:
    sentence = f"Signed in as {isolated('<b>עדה')}, valid until 10:07."
    assert in_html(sentence) == "Signed in as <bdi>&lt;b&gt;עדה</bdi>, valid until 10:07."
