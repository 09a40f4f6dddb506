"""The server's door: a web process, which shows that the service is there and refuses tables of another release.

Commands do neither: they are no sign of life, and one of them brings the tables up to date.
"""

import gc
import os

# The matrices of the evidence page are small: threads of the algebra library only wait for each other, and take the
# processor from the participants. It asks when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from assessment import create_app, installation, settings
from assessment.database import Database
from assessment.heartbeat import Heart
from exercises import packs

CONNECTIONS = 4
"""To PostgreSQL, of one web process: each takes 3 MiB or more there, and Python works for one thread at a time, so that
more of them save no faster. A request holds one at most."""

# Looking for garbage while all of this is made, which stays, would take a seventh of the start.
gc.disable()
if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
    app = create_app()
else:
    _settings = settings.read()
    app = create_app(_settings, Database(_settings.database_url, CONNECTIONS))
    installation.begin_serving(app)
    packs.on_the_shelf(_settings.content_folder)  # read now, so that no request waits for it
    app.extensions["klei_heart"] = Heart(app.extensions["klei_database"])
    app.extensions["klei_heart"].start()

# For the life of the process: no collection of garbage has to walk over it during a request.
gc.collect()
gc.freeze()
gc.enable()
