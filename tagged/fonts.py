"""An embedded font whose map back to text says nothing about the sign that stands for no sign."""

from typing import Any

from reportlab.pdfbase.ttfonts import TTFont


class Font(TTFont):
    """A TrueType font. ReportLab maps its empty places to U+0000, which PDF/UA forbids: here they are left out."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802  # ReportLab's name
        before = set(doc.idToObject)
        super().addObjects(doc)
        for name in set(doc.idToObject) - before:
            if name.startswith("toUnicodeCMap:"):
                stream = doc.idToObject[name]
                stream.content = _without_nothing(stream.content)


def _without_nothing(text: str) -> str:
    head, _, rest = text.partition(" beginbfchar\n")
    before, _, _count = head.rpartition("\n")
    pairs, end, after = rest.partition("endbfchar")
    kept = [line for line in pairs.split("\n") if line and not line.endswith("<0000>")]
    # A part of a map holds a hundred at most.
    parts = [kept[first : first + 100] for first in range(0, len(kept), 100)]
    said = "\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + f"\n{end}" for part in parts)
    return f"{before}\n{said}{after}"
