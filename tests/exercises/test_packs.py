"""Packs: what goes out comes in again with the same hash, and nothing hostile leaves a trace."""

import hashlib
import io
import json
import shutil
import stat
import zipfile

import pytest

from exercises import content, lines, packs
from exercises.content import SHELF
from exercises.packs import PackError, export, on_the_shelf, take_in


def own(tmp_path, slug="own-case", version=None):
    """A folder of somebody's own, with its text a little changed."""
    folder = tmp_path / "made" / slug
    shutil.copytree(SHELF / "stavoord-reflection", folder, dirs_exist_ok=True)
    if version:
        file = folder / "exercise.yaml"
        file.write_text(file.read_text("utf-8").replace("version: 2", f"version: {version}"), "utf-8")
    return folder


def packed(tmp_path, folder, name="pack.zip"):
    (tmp_path / name).write_bytes(export(folder))
    return tmp_path / name


def rebuilt(tmp_path, pack, change=None, add=()):
    """The same pack with its entries changed by ``change(name, data)`` and more entries."""
    made = tmp_path / "hostile.zip"
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(entry.filename, data) if change else data)
        for name, data in add:
            new.writestr(name, data)
    return made


def link(name, mode=stat.S_IFLNK):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (mode | 0o777) << 16
    return entry


@pytest.mark.parametrize("slug", sorted(content.shipped()))
def test_a_pack_comes_in_as_it_went_out(tmp_path, slug):
    folder = tmp_path / "made" / f"own-{slug}"
    shutil.copytree(SHELF / slug, folder)
    into = tmp_path / "content"
    exercise, is_new = take_in(packed(tmp_path, folder), into)
    assert is_new
    assert exercise == content.read(folder) == on_the_shelf(into)[f"own-{slug}"]
    assert export(into / exercise.hash / f"own-{slug}") == export(folder)  # to the byte
    assert take_in(packed(tmp_path, folder), into) == (exercise, False)
    assert [entry.name for entry in into.iterdir()] == [exercise.hash]


@pytest.mark.parametrize("slug", sorted(content.shipped()))
def test_what_was_written_down_beside_a_version_is_what_its_files_say(tmp_path, slug):
    shutil.copytree(SHELF / slug, tmp_path / "made" / f"own-{slug}")
    exercise, _ = take_in(packed(tmp_path, tmp_path / "made" / f"own-{slug}"), tmp_path / "content")
    folder = tmp_path / "content" / exercise.hash / exercise.slug
    kept, read = content.kept(folder), content.read(folder)
    assert vars(kept) == vars(read)
    assert json.dumps(kept.document()) == json.dumps(read.document())  # in the same order too


def test_what_was_taken_in_is_read_without_its_yaml_and_has_its_files_beside_it(tmp_path, monkeypatch):
    into = tmp_path / "content"
    exercise, _ = take_in(packed(tmp_path, own(tmp_path)), into)
    content._folders.clear()
    packs.own.cache_clear()
    monkeypatch.setattr(lines, "read", lambda file: pytest.fail(f"{file} was read"))
    assert on_the_shelf(into)[exercise.slug] == exercise
    beside = content.beside(exercise, "samples.yaml")
    assert beside == into / exercise.hash / exercise.slug / "samples.yaml"
    assert beside.is_file()


def forged(document):
    return {**document, "texts": {**document["texts"], "en": {**document["texts"]["en"], "title": "Forged"}}}


DAMAGED = {
    "empty": lambda _: "",
    "cut off": lambda document: json.dumps(document)[:-2],
    "forged": lambda document: json.dumps(forged(document)),
    "of another exercise": lambda document: json.dumps(content.shipped()["stavoord-case"].document()),
    "of another name": lambda document: json.dumps({**document, "slug": "other"}),
    "without its texts": lambda document: json.dumps({**document, "texts": {}}),
    "with another rubric": lambda document: json.dumps({**document, "rubric": ["S1"]}),
    "a list": lambda document: json.dumps([document]),
    "nested without end": lambda _: "[" * 100_000,
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_what_was_written_down_is_not_believed_when_it_has_another_hash(tmp_path, caplog, change):
    into = tmp_path / "content"
    exercise, _ = take_in(packed(tmp_path, own(tmp_path)), into)
    folder = into / exercise.hash / exercise.slug
    (folder.parent / content.KEPT).write_text(change(exercise.document()), "utf-8")
    packs.own.cache_clear()
    found = on_the_shelf(into)[exercise.slug]
    assert found == exercise
    assert found.title("en") == exercise.title("en") != "Forged"
    assert "was damaged or changed" in caplog.text
    assert content.kept(folder) is None


def test_a_version_without_what_was_written_down_or_under_another_name_is_read_from_its_files(tmp_path):
    into = tmp_path / "content"
    exercise, _ = take_in(packed(tmp_path, own(tmp_path)), into)
    (into / exercise.hash).rename(into / "mine")
    assert content.kept(into / "mine" / exercise.slug) is None
    assert on_the_shelf(into)[exercise.slug] == exercise
    (into / "mine" / content.KEPT).unlink()
    (into / "mine" / exercise.slug).rename(into / "mine" / "renamed")
    (into / "mine").rename(into / exercise.hash)
    assert "renamed" in on_the_shelf(into)
    content.keep(exercise, into / exercise.hash / "renamed")
    assert content.kept(into / exercise.hash / "renamed") is None


def test_other_content_is_a_new_version_and_the_old_one_stays(tmp_path):
    into = tmp_path / "content"
    first, _ = take_in(packed(tmp_path, own(tmp_path, version=2)), into)
    with (own(tmp_path) / "text.en.yaml").open("a", encoding="utf-8") as text:
        text.write("\n")
    file = own(tmp_path) / "text.nl.yaml"
    file.write_text(file.read_text("utf-8").replace("title: ", "title: Nu ", 1), "utf-8")
    with pytest.raises(PackError, match="give this one version 3"):
        take_in(packed(tmp_path, file.parent), into)
    own(tmp_path, version=3)
    second, is_new = take_in(packed(tmp_path, file.parent), into)
    assert is_new
    assert on_the_shelf(into)["own-case"] == second
    assert {entry.name for entry in into.iterdir()} == {first.hash, second.hash}
    with pytest.raises(PackError, match="version 3"):  # an older one does not come back under another hash
        take_in(packed(tmp_path, own(tmp_path, version=1)), into)


def test_a_folder_that_cannot_be_read_is_left_out_and_the_rest_stays(tmp_path):
    into = tmp_path / "content"
    exercise, _ = take_in(packed(tmp_path, own(tmp_path)), into)
    (into / "broken").mkdir()
    (into / "broken" / "exercise.yaml").write_text("id: [", "utf-8")
    assert set(on_the_shelf(into)) == {*content.shipped(), exercise.slug}
    assert on_the_shelf(tmp_path / "nowhere") == content.shipped() == on_the_shelf(None)


def test_a_folder_that_is_away_leaves_what_ships_with_klei(tmp_path, monkeypatch):
    def away(folder, changed):
        raise OSError("Stale file handle")

    monkeypatch.setattr(packs, "own", away)
    assert on_the_shelf(tmp_path) == content.shipped()


def test_what_has_to_be_changed_is_neither_packed_nor_taken_in(tmp_path):
    folder = own(tmp_path)
    pack = packed(tmp_path, folder)

    def broken(name, data):
        return data.replace(b"prompts:", b"prompt:") if name.endswith("text.nl.yaml") else data

    with pytest.raises(PackError, match="changed or damaged"):
        take_in(rebuilt(tmp_path, pack, broken), tmp_path / "content")
    (folder / "text.nl.yaml").unlink()
    with pytest.raises(PackError, match=r"text\.nl\.yaml: is missing"):
        export(folder)


def relabelled(**changes):
    def change(name, data):
        return json.dumps({**json.loads(data), **changes}).encode() if name == packs.LABEL else data

    return change


BIG = b"title: " + b"a" * 900_000
FILES = {"README.md": hashlib.sha256(BIG).hexdigest()}


@pytest.mark.parametrize(
    ("change", "add", "told"),
    [
        (None, [("../evil.yaml", b"x")], "label does not name"),
        (None, [("/etc/evil", b"x")], "label does not name"),
        (None, [("own-case/../../evil", b"x")], "label does not name"),
        (None, [("own-case\\..\\evil", b"x")], "label does not name"),
        (None, [(link("own-case/README.md"), b"/etc/passwd")], "label does not name"),
        (None, [("own-case/EXERCISE.yaml", b"x")], "same name"),
        (None, [(f"own-case/{number}", b"") for number in range(300)], "entries"),
        (None, [("own-case/bomb", b"0" * 5_000_000)], "larger than"),
        (relabelled(files=FILES), [("own-case/README.md", BIG)], "label does not name"),
        (relabelled(hash="0" * 64), [], "its label says 000"),
        (relabelled(slug="../up"), [], "does not have the form"),
        (relabelled(slug="other"), [], "label does not name"),
        (relabelled(files={"../x": "0" * 64}), [], "no pack may hold"),
        (relabelled(form=2), [], "does not have the form"),
        (lambda name, data: b"[" * 90_000 if name == packs.LABEL else data, [], "too well|no JSON"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_pack_leaves_nothing_behind(tmp_path, change, add, told):
    hostile = rebuilt(tmp_path, packed(tmp_path, own(tmp_path)), change, add)
    into = tmp_path / "here" / "content"
    with pytest.raises(PackError, match=told):
        take_in(hostile, into)
    assert not into.exists() or not list(into.iterdir())
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.name != "here") == [
        "hostile.zip", "made", "pack.zip"
    ]  # fmt: skip


def test_a_link_or_a_bomb_under_a_name_of_the_label_is_refused(tmp_path):
    folder = own(tmp_path)
    (folder / "README.md").write_bytes(b"0" * 900_000)
    with pytest.raises(PackError, match="packed too well"):
        take_in(packed(tmp_path, folder), tmp_path / "content")
    (folder / "README.md").write_text("/etc/passwd", "utf-8")
    pack, linked = packed(tmp_path, folder), tmp_path / "linked.zip"
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(linked, "w") as new:
        for entry in old.infolist():
            is_link = entry.filename.endswith("README.md")
            new.writestr(link(entry.filename) if is_link else entry, old.read(entry))
    with pytest.raises(PackError, match="no plain file"):
        take_in(linked, tmp_path / "content")
    assert not list((tmp_path / "content").iterdir()) if (tmp_path / "content").exists() else True


@pytest.mark.parametrize("size", [0, 3, 200, -40, -1])
def test_a_file_that_is_no_whole_zip_is_refused(tmp_path, size):
    whole = export(own(tmp_path))
    (tmp_path / "pack.zip").write_bytes(whole[:size] if size else io.BytesIO().getvalue())
    with pytest.raises(PackError):
        take_in(tmp_path / "pack.zip", tmp_path / "content")


def test_opening_an_exercise_of_a_shelf_that_was_read_reads_no_file(tmp_path, monkeypatch):
    into = tmp_path / "content"
    exercise, _ = take_in(packed(tmp_path, own(tmp_path)), into)
    assert on_the_shelf(into)[exercise.slug] == exercise
    shutil.rmtree(into / exercise.hash / exercise.slug)
    (into / exercise.hash / content.KEPT).unlink()
    monkeypatch.setattr(lines, "read", lambda file: pytest.fail(f"{file} was read"))
    for slug in (exercise.slug, "stavoord-in-tray"):
        assert on_the_shelf(into)[slug].title("nl")
