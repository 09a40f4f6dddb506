"""The login cookie and the token against forged requests, each signature checked once per process and not per request.

Both are as Flask and Flask-WTF make them. A page that saves every few seconds sends the same two texts each time: that
their signatures are ours is remembered by the whole text. How old they are and what they say is asked every time.
"""

import hmac
from typing import Any, cast

from flask import Flask, Request, Response, g, request
from flask import session as cookie
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

RENEWED_AFTER = 300
"""Seconds after which a login that is used gets a new cookie, so that it ends so long after its last use."""
MOST_REMEMBERED = 4096
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 -- a name


class Cookie(SecureCookieSession):
    """What the cookie holds, and when it was signed."""

    signed_at: int | None = None


class Cookies(SecureCookieSessionInterface):
    """Reads and writes the login cookie."""

    session_class = Cookie

    def __init__(self, app: Flask) -> None:
        made = super().get_signing_serializer(app)
        assert made is not None
        self.serializer_of_app: URLSafeTimedSerializer = made
        self.signer = cast(TimestampSigner, made.make_signer(made.salt))
        self.verified: dict[str, tuple[bytes, int]] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        return self.serializer_of_app

    def open_session(self, app: Flask, request: Request) -> Cookie:
        value = request.cookies.get(self.get_cookie_name(app))
        if not value:
            return Cookie()
        try:
            payload, signed_at = self._unsigned(value)
            age = self.signer.get_timestamp() - signed_at
            if not 0 <= age <= app.permanent_session_lifetime.total_seconds():
                return Cookie()
            found = Cookie(self.serializer_of_app.load_payload(payload))
        except BadData:
            return Cookie()
        found.signed_at = signed_at
        return found

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.modified or self._is_to_be_renewed(session):
            super().save_session(app, session, response)
        elif session.accessed:
            if "Vary" in response.headers:
                response.vary.add("Cookie")
            else:
                response.headers.add("Vary", "Cookie")

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        return session.modified or self._is_to_be_renewed(session)

    def _is_to_be_renewed(self, session: SessionMixin) -> bool:
        signed_at = getattr(session, "signed_at", None)
        return (
            signed_at is not None
            and session.permanent
            and self.signer.get_timestamp() - signed_at >= RENEWED_AFTER
        )

    def _unsigned(self, value: str) -> tuple[bytes, int]:
        """
        :raises BadData: when the signature is not ours.
        """
        known = self.verified.get(value)
        if known is None:
            payload, signed_at = self.signer.unsign(value, return_timestamp=True)
            known = payload, int(signed_at.timestamp())
            _remember(self.verified, value, known)
        return known


class Tokens(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no types
    """Asks every request that writes for the token of its login, in the header or, as Flask-WTF does, in the form."""

    def __init__(self, app: Flask) -> None:
        assert app.secret_key
        self.serializer = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
        self.verified: dict[str, str] = {}
        super().__init__(app)

    def protect(self, apply_exemptions: bool = False) -> None:
        """Where the header does not settle it, Flask-WTF looks further and says what is wrong."""
        given = request.headers.get(TOKEN_HEADER)
        if given and request.is_json and self._is_of_this_login(given):
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)

    def _is_of_this_login(self, given: str) -> bool:
        said = self.verified.get(given)
        if said is None:
            try:
                said = self.serializer.loads(given)
            except BadData:
                return False
            if not isinstance(said, str) or not said.isascii():
                return False
            _remember(self.verified, given, said)
        ours = cookie.get("csrf_token")
        return isinstance(ours, str) and ours.isascii() and hmac.compare_digest(said, ours)


def _remember(place: dict[str, Any], text: str, said: Any) -> None:
    if len(place) >= MOST_REMEMBERED:
        place.clear()
    place[text] = said
