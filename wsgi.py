"""The server's door: a web process, which shows that the service is there and refuses tables of another release.

Commands do neither: they are no sign of life, and one of them brings the tables up to date.
"""

import gc
import os

from assessment import create_app, installation
from assessment.heartbeat import Heart

app = create_app()
if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
    installation.begin_serving(app)
    app.extensions["klei_heart"] = Heart(app.extensions["klei_database"])
    app.extensions["klei_heart"].start()

# What the start made stays for the life of the process: no collection of garbage has to walk over it during a request.
gc.collect()
gc.freeze()
