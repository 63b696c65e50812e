"""Letters of the world: which font sets them, and Arabic and Hebrew in the order in which they are drawn."""

import unicodedata
from pathlib import Path

import pytest

from formcheck import lettering
from formcheck.fonts import font_path
from formcheck.lettering import Face, in_drawing_order, pieces

DEJAVU = Face(font_path())


@pytest.fixture
def bare(monkeypatch):
    """A computer without any other font."""
    monkeypatch.setattr(lettering, "other_faces", lambda: ())


@pytest.mark.parametrize(
    "name",
    ["Łukasz Żółć", "Şükrü Iğdır", "Nguyễn Thị Hằng", "Ελένη Άννα", "Дмитрий Щербаков", "Ђорђе Љубић", "≥ 5° ± 3 µ"],
)
def test_european_and_vietnamese_names_are_set_in_the_usual_font_as_they_are(bare, name):
    (piece,) = pieces(name)
    assert piece == lettering.Piece(unicodedata.normalize("NFC", name), DEJAVU)
    assert pieces(unicodedata.normalize("NFD", name)) == (piece,)


def test_arabic_letters_join_and_run_from_right_to_left(bare):
    assert in_drawing_order("محمد") == "\ufeaa\ufee4\ufea4\ufee3"
    assert in_drawing_order("سلام") == "\ufee1\ufefc\ufeb3"  # lam and alef are one letter
    assert in_drawing_order("Client: محمد (12)") == "Client: \ufeaa\ufee4\ufea4\ufee3 (12)"
    (piece,) = pieces("علي")
    assert piece.face == DEJAVU


def test_hebrew_runs_from_right_to_left_with_its_numbers_forwards():
    assert in_drawing_order("לאה כהן") == "ןהכ האל"
    assert in_drawing_order("לאה 12 כהן") == "ןהכ 12 האל"
    assert in_drawing_order("לאה (כהן)") == "(ןהכ) האל"
    assert in_drawing_order("שָׁלוֹם")[-1] != "ש"  # accents stay behind their letter
    assert in_drawing_order("Anna לאה Bo") == "Anna האל Bo"


def test_latin_text_is_left_alone():
    assert in_drawing_order("Knee valgus (left) 12° ± 3°") == "Knee valgus (left) 12° ± 3°"
    assert pieces("") == ()


@pytest.mark.parametrize("name", ["王小明", "山田太郎", "김민수", "สมชาย", "नरेन्द्र"])
def test_what_no_font_has_is_told_and_never_a_box(bare, name):
    assert [piece.face for piece in pieces(name)] == [None]
    first, second, third = pieces(f"Anna {name} Bo")
    assert (first.text, second.text.rstrip()) == ("Anna ", name)
    assert third.face == DEJAVU


def test_a_font_of_this_computer_sets_what_the_usual_one_has_not(monkeypatch):
    other = Face(Path("other.ttf"))
    monkeypatch.setattr(lettering, "other_faces", lambda: (Face(Path("none.ttf")), other))
    known = {DEJAVU: {ord(c) for c in "Anna "}, other: {ord(c) for c in "王小明 "}}
    monkeypatch.setattr(lettering, "letters_of", lambda face: known.get(face, frozenset()))
    assert pieces("Anna 王小明")[1] == lettering.Piece("王小明", other)
    assert pieces("王", usable=lambda face: face != other)[0].face is None


def test_fonts_are_found_in_the_users_own_folder_and_a_damaged_one_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    (tmp_path / "readme.txt").write_text("x")
    monkeypatch.setattr(lettering, "_folders", lambda: (tmp_path, tmp_path / "missing"))
    lettering.other_faces.cache_clear()
    try:
        assert [face.path.name for face in lettering.other_faces()] == ["broken.ttf"]
        assert lettering.letters_of(lettering.other_faces()[0]) == frozenset()
    finally:
        lettering.other_faces.cache_clear()
