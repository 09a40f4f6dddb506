"""The service of a web process: made once for all processes, before they begin, and begun in each of them.

What is made has no connection and no thread, so that it may cross a fork; the processes share the memory that it takes.
"""

from functools import lru_cache

from flask import Flask

from assessment import create_app, installation, settings
from assessment.database import Database
from assessment.heartbeat import Heart
from exercises import packs

CONNECTIONS = 4
"""To PostgreSQL, of one web process: each takes 3 MiB or more there, and Python works for one thread at a time, so that
more of them save no faster. A request holds one at most."""


@lru_cache(maxsize=1)
def made() -> Flask:
    """The service as the environment has it, with its shelf read, so that no request waits for it.

    :raises assessment.settings.SettingsError: when the environment does not suffice.
    """
    found = settings.read()
    packs.on_the_shelf(found.content_folder)
    return create_app(found, Database(found.database_url, CONNECTIONS))


def begun() -> Flask:
    """The service, which from now on shows that it is there.

    :raises SystemExit: when the tables have to be made or brought up to date first.
    """
    app = made()
    installation.begin_serving(app)
    app.extensions["klei_heart"] = Heart(app.extensions["klei_database"])
    app.extensions["klei_heart"].start()
    return app
