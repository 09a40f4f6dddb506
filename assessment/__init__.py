"""The Flask service: ``create_app`` joins the parts and holds no rules."""

from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from assessment import models, presentation, settings, templates
from assessment.database import Database
from assessment.queue import Queue
from assessment.redis import RedisServer
from assessment.settings import ROOT, Settings

__all__ = ["create_app", "models"]

LARGEST_REQUEST = 8 * 1024 * 1024


def create_app(given: Settings | None = None, database: Database | None = None) -> Flask:
    """The service, from the environment or from given settings.

    :raises assessment.settings.SettingsError: when the environment does not suffice.
    """
    from assessment.pages import cookies, frame

    config = given or settings.read()
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="klei",
        SESSION_COOKIE_SECURE=config.has_secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=config.login_hours * 3600,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_HEADERS=[cookies.TOKEN_HEADER],
    )
    _join_data(app, config, database or Database(config.database_url))
    app.jinja_environment = templates.Environment
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(ROOT / "templates"),
            PrefixLoader({"kinds": FileSystemLoader(ROOT / "exercises")}),
            PrefixLoader({"sections": FileSystemLoader(ROOT / "assessment" / "sections")}),
        ]
    )
    frame.join(app)  # first, because it stamps the time of arrival
    app.session_interface = cookies.Cookies(app)
    cookies.Tokens(app)
    presentation.join(app)
    for module in walk_packages([str(Path(__file__).parent / "pages")], "assessment.pages."):
        pages = getattr(import_module(module.name), "pages", None)
        if isinstance(pages, frame.Pages):
            app.register_blueprint(pages)
    from assessment import cli

    cli.join(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _join_data(app: Flask, config: Settings, database: Database) -> None:
    """Give an app its database, Redis if there is one, and the queue of background work."""
    from assessment import jobs

    redis = RedisServer(config.redis_url) if config.redis_url else None
    queue = Queue(config, partial(jobs.run, database, config), redis)
    database.beside.update(queue=queue, redis=redis, content=config.content_folder)
    app.extensions.update(klei_settings=config, klei_database=database, klei_queue=queue, klei_redis=redis)
