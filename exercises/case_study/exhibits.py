"""Exhibits: one table of figures, printed per language, and the chart drawn from its rows or columns."""

from collections.abc import Iterator, Mapping
from typing import Any

from charts import plots
from charts.marks import Chart
from exercises import figures


def formats(exhibit: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """How each cell of this row is printed: by the row's format, else by the columns'."""
    if "format" in row:
        return [row["format"]] * len(exhibit["columns"])
    return list(exhibit.get("formats", ["0"] * len(exhibit["columns"])))


def cells(exhibit: Mapping[str, Any], row: Mapping[str, Any], language: str) -> list[str]:
    return [
        figures.printed(value, pattern, language)
        for value, pattern in zip(row["values"], formats(exhibit, row), strict=True)
    ]


def chart(exhibit: Mapping[str, Any], words: Mapping[str, Any], language: str) -> Chart | None:
    """The chart that the exhibit declares, or None."""
    plan = exhibit.get("chart")
    if plan is None:
        return None
    along, across = ("columns", "rows") if plan["across"] == "columns" else ("rows", "columns")
    ids = [entry if isinstance(entry, str) else entry["id"] for entry in exhibit[along]]
    over = list(plan.get("over", ids))

    def series(name: str) -> plots.Series:
        places = [(name, one) if across == "rows" else (one, name) for one in over]
        pairs = [_cell(exhibit, row, column, language) for row, column in places]
        return plots.Series(
            words["chart"]["series"][name], tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
        )

    drawn = [series(name) for name in plan["series"]]
    line = series(plan["line"]) if "line" in plan else None
    names = [words[along][name] for name in over]
    titles = {"title": words["chart"]["title"], "description": words["chart"]["description"]}
    if plan["kind"] == "lines":
        return plots.lines(names, drawn, **titles)
    return plots.bars(names, drawn, line=line, **titles)


def _cell(exhibit: Mapping[str, Any], row: str, column: str, language: str) -> tuple[float | None, str]:
    found = next(entry for entry in exhibit["rows"] if entry["id"] == row)
    place = list(exhibit["columns"]).index(column)
    return found["values"][place], cells(exhibit, found, language)[place]


def problems(exhibit: Mapping[str, Any]) -> Iterator[str]:
    """What keeps this exhibit from being shown."""
    name, columns = exhibit["id"], list(exhibit["columns"])
    for row in exhibit["rows"]:
        if len(row["values"]) != len(columns):
            yield f"{name}.{row['id']} has {len(row['values'])} values for {len(columns)} columns"
        if not all(figures.is_format(pattern) for pattern in formats(exhibit, row)):
            yield f"{name}.{row['id']} has a format that is not known"
    plan = exhibit.get("chart")
    if plan is None:
        return
    if plan.get("kind") not in ("bars", "lines") or plan.get("across") not in ("rows", "columns"):
        yield f"{name}.chart needs a kind (bars, lines) and across (rows, columns)"
        return
    rows = [row["id"] for row in exhibit["rows"]]
    along, others = (columns, rows) if plan["across"] == "columns" else (rows, columns)
    drawn = [*plan["series"], *([plan["line"]] if "line" in plan else [])]
    for wrong in (*(set(plan.get("over", ())) - set(along)), *(set(drawn) - set(others))):
        yield f"{name}.chart names {wrong}, which the table has not"
