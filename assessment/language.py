"""Translations, dates and numbers for pages, services, sections and mails alike, without Flask.

The catalogues are the ``.po`` files in ``translations/parts``, one per part of the house, read once per process:
there is nothing to compile.
"""

from datetime import date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from assessment.errors import KleiError

LANGUAGES = {"en": "English", "nl": "Nederlands"}
"""The languages of the interface, each in its own words."""
LOCALES = {"en": "en_GB", "nl": "nl_NL"}
CATALOGUES = Path(__file__).parent / "translations" / "parts"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English speaks for itself."""
    if language != "nl":
        return NullTranslations()
    whole = Catalog(locale=language)
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and not message.fuzzy:
                    whole.add(message.id, message.string, context=message.context)
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return cast(NullTranslations, Translations(compiled))


def marked(message: str) -> str:
    """Marks a message for the catalogue where it stands; it is translated where it is shown."""
    return message


def known(language: str | None) -> str:
    """The language if Klei speaks it, English otherwise."""
    return language if language in LANGUAGES else "en"


class Translator:
    """Words, dates and numbers in one language."""

    def __init__(self, language: str, time_zone: str = "Europe/Amsterdam") -> None:
        self.language = known(language)
        self.locale = Locale.parse(LOCALES[self.language])
        self.catalogue = translations(self.language)
        self.zone: tzinfo = zone(time_zone)

    def gettext(self, message: str, **values: Any) -> str:
        words = str(self.catalogue.gettext(message))
        return words % values if values else words

    def ngettext(self, one: str, many: str, n: int, **values: Any) -> str:
        words = str(self.catalogue.ngettext(one, many, n))
        return words % {"n": self.number(n), "num": n, **values}

    def sentence(self, error: KleiError) -> str:
        """What to tell a person about an error."""
        return self.gettext(error.words, **error.values)

    def day(self, value: date) -> str:
        """A day in full: 14 March 2026."""
        return dates.format_date(value, "d MMMM y", locale=self.locale)

    def weekday(self, value: date) -> str:
        """A day with its name: Saturday 14 March 2026."""
        return dates.format_date(value, "EEEE d MMMM y", locale=self.locale)

    def moment(self, value: datetime) -> str:
        """A moment with its day, in this person's time zone."""
        local = value.astimezone(self.zone)
        return f"{_day(local.date(), self.language)}, {local:%H:%M}"

    def time(self, value: datetime) -> str:
        return value.astimezone(self.zone).strftime("%H:%M")

    def second(self, value: datetime) -> str:
        return dates.format_time(value, "HH:mm:ss", tzinfo=self.zone, locale=self.locale)

    def moment_to_second(self, value: datetime) -> str:
        """A moment with its day and second, in this person's time zone."""
        local = value.astimezone(self.zone)
        return f"{dates.format_date(local, 'EEE d MMM', locale=self.locale)}, {self.second(value)}"

    def length(self, value: timedelta) -> str:
        """How long something lasts, exact to the second: 55 minutes; 68 minutes and 45 seconds."""
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        whole = self.ngettext("%(num)s minute", "%(num)s minutes", minutes)
        if not seconds:
            return whole
        rest = self.ngettext("%(num)s second", "%(num)s seconds", seconds)
        return self.gettext("%(minutes)s and %(seconds)s", minutes=whole, seconds=rest) if minutes else rest

    def number(self, value: float, decimals: int | None = None) -> str:
        if decimals is None:
            return str(numbers.format_decimal(value, locale=self.locale))
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        return str(numbers.format_decimal(value, format=pattern, locale=self.locale))


@lru_cache(maxsize=1024)
def _day(value: date, language: str) -> str:
    """A day of the week: made once, for a receipt has the same day on every line."""
    return str(dates.format_date(value, "EEE d MMMM", locale=LOCALES[language]))


@lru_cache(maxsize=256)
def translator(language: str, time_zone: str = "Europe/Amsterdam") -> Translator:
    return Translator(language, time_zone)


def zone(name: str) -> ZoneInfo:
    """The time zone of this name, or Amsterdam's for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Europe/Amsterdam")
