"""The server's door: a web process, which shows that the service is there and refuses tables of another release.

Commands do neither: they are no sign of life, and one of them brings the tables up to date.
"""

import gc
import os

# The matrices of the evidence page are small: threads of the algebra library only wait for each other, and take the
# processor from the participants. It asks when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from assessment import create_app, serving

# Looking for garbage while all of this is made, which stays, would take a seventh of the start.
gc.disable()
app = create_app() if os.environ.get("FLASK_RUN_FROM_CLI") == "true" else serving.begun()

# For the life of the process: no collection of garbage has to walk over it during a request.
gc.collect()
gc.freeze()
gc.enable()
