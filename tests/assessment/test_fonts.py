"""The fonts: made once, named our own way, with the letters of Europe, and never inside a request."""

import pytest
from flask.testing import FlaskClient
from fontTools.ttLib import TTFont

from assessment import fonts, presentation
from assessment.settings import Settings
from tests.assessment import fonts as made


@pytest.mark.parametrize("face", fonts.FACES, ids=lambda face: face.file)
def test_a_face_of_the_pdf_is_one_weight_under_our_own_name(face):
    font = TTFont(made.made().path(face.file))
    assert "fvar" not in font
    assert font["OS/2"].usWeightClass == face.weight
    # "Source" is a reserved name under the Open Font License.
    assert font["name"].getDebugName(1) == face.family
    assert not [
        record
        for record in font["name"].names
        if record.nameID in (1, 3, 4, 6, 16) and "Source" in str(record)
    ]


@pytest.mark.parametrize("face", fonts.WEB, ids=lambda face: face.file)
def test_a_face_of_the_page_has_all_weights_in_one_small_file(face):
    path = made.made().path(face.file)
    font = TTFont(path)
    (weight,) = font["fvar"].axes
    assert (weight.axisTag, weight.minValue, weight.maxValue) == ("wght", 400, 700)
    assert path.stat().st_size < 60_000


def test_the_letters_of_european_names_are_there():
    for face in (*fonts.FACES, *fonts.WEB):
        if face.family in ("Klei Arabic", "Klei Hebrew"):
            continue
        known = TTFont(made.made().path(face.file)).getBestCmap()
        assert not [letter for letter in "ÀßçĄčđĞħİŁőŒřŞțŽ€–“”…•" if ord(letter) not in known], face.file


def test_the_fallback_has_greek_and_cyrillic():
    known = TTFont(made.made().path("klei-wide-regular.ttf")).getBestCmap()
    assert all(ord(letter) in known for letter in "ΩάЖщїЂ")


def test_the_licences_lie_beside_the_fonts():
    licences = sorted(made.made().folder.glob("*-LICENSE.txt"))
    assert len(licences) == len(fonts.PACKAGES) == 5
    assert all("Open Font License" in licence.read_text("utf-8") for licence in licences)


def test_fonts_that_are_there_are_not_made_again():
    before = made.made().path("done").stat().st_mtime_ns
    assert fonts.ensure(made.FOLDER) == made.made()
    assert made.made().path("done").stat().st_mtime_ns == before


def test_half_made_fonts_are_not_found(tmp_path):
    fonts.folder(tmp_path).mkdir(parents=True)
    assert fonts.find(tmp_path) is None


def test_the_page_gets_its_fonts_from_the_cache(client: FlaskClient, settings: Settings):
    made.put_into(settings.data_folder)
    for face in fonts.WEB:
        with client.get(f"/static/{presentation.build()}/fonts/{face.file}") as answer:
            assert answer.status_code == 200
            assert answer.content_type == "font/woff2"
            assert answer.data[:4] == b"wOF2"


@pytest.mark.parametrize(
    "name", ["klei-sans-regular.ttf", "done", "../done", "klei-sans.woff2/", "nothing.woff2"]
)
def test_nothing_else_of_the_cache_is_handed_out(client: FlaskClient, settings: Settings, name: str):
    made.put_into(settings.data_folder)
    assert client.get(f"/static/{presentation.build()}/fonts/{name}").status_code == 404


def test_a_request_makes_no_fonts(client: FlaskClient, settings: Settings):
    assert client.get(f"/static/{presentation.build()}/fonts/klei-sans.woff2").status_code == 404
    assert fonts.find(settings.data_folder) is None
