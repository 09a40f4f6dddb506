"""One frozen Settings, read from KLEI_* environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(RuntimeError):
    """The environment does not describe a service that can start; the message says what to set."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    secret_key: str
    database_url: str
    data_folder: Path
    """Where files that Klei makes are kept: fonts, finished exports, the queue of background work."""
    own_content: Path | None = None
    is_demo: bool = False
    has_secure_cookies: bool = True
    base_url: str = "http://127.0.0.1:8000"
    """How links in mails begin."""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = True
    mail_from: str = "klei@localhost"
    redis_url: str = ""
    login_hours: int = 12
    grace_seconds: int = 30
    """Network grace: text that arrives this long after the deadline still counts and is marked."""
    trusted_proxies: int = 0
    sweeps_itself: bool = True
    """Whether the background worker runs the sweeps; off where cron calls ``flask sweep``."""

    @property
    def content_folder(self) -> Path:
        """Where own exercises are: those that were imported, and folders that somebody put there."""
        return self.own_content or self.data_folder / "content"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    :raises SettingsError: when KLEI_SECRET_KEY is missing or too short, or a number is none.
    """
    secret_key = environment.get("KLEI_SECRET_KEY", "")
    if len(secret_key) < 16:
        raise SettingsError(
            "Set KLEI_SECRET_KEY to a random text of at least 16 characters, for example the output of "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    data_folder = Path(environment.get("KLEI_DATA", str(ROOT / "var")))

    def flag(name: str, default: str) -> bool:
        return environment.get(name, default).lower() in ("1", "true", "yes", "on")

    def number(name: str, default: int) -> int:
        try:
            return int(environment.get(name, default))
        except ValueError:
            raise SettingsError(f"{name} has to be a whole number") from None

    url = environment.get("KLEI_DATABASE_URL", f"sqlite:///{data_folder / 'klei.sqlite3'}")
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return Settings(
        secret_key=secret_key,
        database_url=url,
        data_folder=data_folder,
        own_content=Path(environment["KLEI_CONTENT"]) if environment.get("KLEI_CONTENT") else None,
        is_demo=flag("KLEI_DEMO", "0"),
        has_secure_cookies=flag("KLEI_SECURE_COOKIES", "1"),
        base_url=environment.get("KLEI_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        smtp_host=environment.get("KLEI_SMTP_HOST", ""),
        smtp_port=number("KLEI_SMTP_PORT", 587),
        smtp_user=environment.get("KLEI_SMTP_USER", ""),
        smtp_password=environment.get("KLEI_SMTP_PASSWORD", ""),
        smtp_starttls=flag("KLEI_SMTP_STARTTLS", "1"),
        mail_from=environment.get("KLEI_MAIL_FROM", "klei@localhost"),
        redis_url=environment.get("KLEI_REDIS_URL", ""),
        login_hours=number("KLEI_LOGIN_HOURS", 12),
        grace_seconds=number("KLEI_GRACE_SECONDS", 30),
        trusted_proxies=number("KLEI_TRUSTED_PROXIES", 0),
        sweeps_itself=flag("KLEI_SWEEPS", "1"),
    )
