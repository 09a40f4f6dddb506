"""Passwords: Argon2id, and which ones are too easily guessed.

Hashing takes time and memory on purpose. It never happens inside a writing transaction, and only a few run at once:
in threads of their own, because the allocator keeps the 19 MiB of a hash for each thread that ever made one.
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assessment import errors

SHORTEST = 12
LONGEST = 256
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
PLACES = 4
NOBODY = _hasher.hash("the password of nobody")
"""Checked where there is no such person, so that the answer takes the same time."""

COMMON = frozenset(
    [
        "password",
        "passwords",
        "passphrase",
        "passwort",
        "wachtwoord",
        "welkom",
        "welcome",
        "qwerty",
        "qwertyuiop",
        "qwertyuiopasdfghjkl",
        "azerty",
        "azertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "letmein",
        "iloveyou",
        "ikhouvanjou",
        "monkey",
        "dragon",
        "football",
        "voetbal",
        "baseball",
        "superman",
        "batman",
        "princess",
        "sunshine",
        "shadow",
        "master",
        "admin",
        "administrator",
        "beheerder",
        "login",
        "inloggen",
        "geheim",
        "secret",
        "changeme",
        "trustno",
        "feyenoord",
        "liverpool",
        "chelsea",
        "arsenal",
        "barcelona",
        "nederland",
        "amsterdam",
        "rotterdam",
        "zomer",
        "winter",
        "lente",
        "herfst",
        "summer",
        "spring",
        "autumn",
        "computer",
        "internet",
        "samsung",
        "google",
        "facebook",
        "whatever",
        "starwars",
        "mustang",
        "michael",
        "jennifer",
        "charlie",
        "jordan",
        "test",
        "testtest",
        "testen",
        "klei",
        "abcdefghijkl",
        "abcdefghijklmnopqrstuvwxyz",
        "hallo",
        "hello",
        "goedemorgen",
        "correcthorsebatterystaple",
        "manager",
        "leadership",
        "leiderschap",
        "assessment",
        "assessmentcentre",
        "assessmentcenter",
    ]
)
"""What people choose when they may choose anything; checked without digits, signs and doubled words."""
_ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)
_LEET = str.maketrans("013457@$!", "oleastasi")


class TooShort(errors.Invalid):
    sentence = (
        "Use at least %(shortest)s characters. A few words that belong together only for you work well."
    )


class TooLong(errors.Invalid):
    sentence = "Use at most %(longest)s characters."


class TooCommon(errors.Invalid):
    sentence = "Many people use a password like this one, so it is guessed first. Choose another one."


def check(password: str, *, email: str = "") -> None:
    """Whether it may be used: long enough, and not one of those that are guessed first. No other rules.

    :raises TooShort: below 12 characters.
    :raises TooCommon: when it is a common word or row of keys with digits around it, or the e-mail address.
    """
    if len(password) < SHORTEST:
        raise TooShort(shortest=SHORTEST)
    if len(password) > LONGEST:
        raise TooLong(longest=LONGEST)
    if _is_common(password.casefold(), email.casefold()):
        raise TooCommon


def _is_common(password: str, email: str) -> bool:
    if len(set(password)) < 5:
        return True
    if email and password in (email, email.partition("@")[0]):
        return True
    if any(password in row or password in row[::-1] for row in _ROWS):
        return True
    without_end = re.sub(r"[\W\d_]+$", "", password)
    spellings = (password, password.translate(_LEET), without_end.translate(_LEET))
    candidates = {re.sub(r"[\W\d_]+", "", spelling) for spelling in spellings}
    candidates |= {half for word in candidates if (half := word[: len(word) // 2]) * 2 == word}
    return "" in candidates or bool(candidates & COMMON)


@cache
def _places() -> ThreadPoolExecutor:
    """The threads that hash; made at the first use in each process."""
    return ThreadPoolExecutor(PLACES, thread_name_prefix="hashing")


os.register_at_fork(after_in_child=_places.cache_clear)  # threads do not survive a fork


def hashed(password: str) -> str:
    """The Argon2id hash to store. Slow: call it outside of a transaction."""
    return _places().submit(_hasher.hash, password).result()


def fits(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the stored hash; takes as long where there is none."""
    try:
        verified = _places().submit(_hasher.verify, stored or NOBODY, password[:LONGEST]).result()
    except (VerificationError, InvalidHashError):
        return False
    return verified and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)
