"""A judgement exercise in the format of most and least, made from the shipped situations: no content ships in it yet."""

from copy import deepcopy

from exercises.content import SHELF, Exercise, from_document, read

COLUMNS = {
    "en": {"most": "Most effective", "least": "Least effective"},
    "nl": {"most": "Meest effectief", "least": "Minst effectief"},
}
QUESTION = {
    "en": "Which step is the most effective, and which the least?",
    "nl": "Welke stap is het meest effectief, en welke het minst?",
}


def pack() -> Exercise:
    """Four situations, one per dimension; its own slug, because it is a form of its own."""
    document = deepcopy(read(SHELF / "stavoord-judgement").document())
    structure = document["structure"]
    items = {item["dimension"]: item for item in structure["items"]}.values()
    structure |= {
        "format": "most_least",
        "key": {"method": "most_least", "status": "provisional"},
        "items": list(items),
        "minutes": 8,
    }
    kept = {item["id"] for item in items}
    for language, text in document["texts"].items():
        del text["scale"]
        text |= {
            "columns": COLUMNS[language],
            "question": QUESTION[language],
            "items": {name: words for name, words in text["items"].items() if name in kept},
        }
    return from_document({**document, "slug": "most-least"})
