"""Who hears a page instead of seeing it goes by its landmarks."""

import re

from assessment.settings import ROOT

SECTION = re.compile(r"<section[^>]*aria-labelledby=\"([^\"]+)\"")
REGION = re.compile(r"role=\"region\"[^>]*aria-labelledby=\"([^\"]+)\"")


def test_a_region_has_a_name_of_its_own_and_not_that_of_the_section_around_it() -> None:
    twice = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        written = path.read_text()
        twice += [f"{path.name}: {name}" for name in {*SECTION.findall(written)} & {*REGION.findall(written)}]
    assert not twice, "\n".join(twice)
