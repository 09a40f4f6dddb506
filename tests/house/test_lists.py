"""Every page of the running app says whether it has a list, so that no list goes uncounted."""

from flask import Flask

from tests.house.lists import LISTS, WITHOUT_LISTS


def test_every_page_says_whether_it_has_a_list(app: Flask) -> None:
    answering = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    unknown = answering - LISTS.keys() - WITHOUT_LISTS.keys()
    assert not unknown, f"add these to LISTS, so that their queries are counted, or say why not: {unknown}"
    assert not (LISTS.keys() | WITHOUT_LISTS.keys()) - answering
    assert not LISTS.keys() & WITHOUT_LISTS.keys()
