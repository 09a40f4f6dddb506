"""gunicorn for Klei: ``gunicorn --config deploy/gunicorn.conf.py`` from the folder of the release.

Two processes with threads, or one per core with PostgreSQL (WEB_CONCURRENCY): in each of them Python works for one
thread at a time, and the others wait for it. On SQLite they write in turn, each what has gathered, so that more than
two gain nothing. Never with --preload: connections must not cross a fork. The service is only made before it (below), so
that the processes share the memory that it takes; a new release therefore needs a restart, not a reload.
"""

import gc
import os
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_is_sqlite = os.environ.get("KLEI_DATABASE_URL", "sqlite").startswith("sqlite")

wsgi_app = "wsgi:app"
bind = os.environ.get("KLEI_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = 2 if _is_sqlite else int(os.environ.get("WEB_CONCURRENCY", "2"))
# Enough to wait for the disk together; more of them wait for each other, longest when a whole centre starts at once.
threads = int(os.environ.get("KLEI_THREADS", "12"))

# Connections that one process holds, most of them quiet. Beyond it gunicorn closes after each answer, and its one loop
# waits meanwhile for the other side: whoever comes without nginx between, as a rehearsal may, would wait for it.
worker_connections = 4096
# Each is an open file, and most systems let a process have 1,024 unless it asks for more; what is beyond the limit takes
# the whole process with it. Where no more are to be had, fewer connections are taken, and the others wait for theirs.
_files, _most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
if 0 <= _files < 2 * worker_connections:  # below nought there is no limit
    _files = 2 * worker_connections if _most_files < 0 else min(2 * worker_connections, _most_files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _most_files))
    worker_connections = _files // 2
# Longer than nginx keeps its connections to us (60 s): whoever closes first must be the one who sends.
keepalive = 75
# A request that takes longer than this is a fault; saves give up after 6 s.
timeout = 60
# What is in hand at a restart is finished first; systemd and compose wait a little longer than this.
graceful_timeout = 20
# Longest line of a request, gunicorn's most and nginx's too: those who were chosen on the board, some 190, are in it.
limit_request_line = 8190

control_socket_disable = True
preload_app = False
# The access log is nginx's. Errors go to the journal of systemd, or of the container.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("KLEI_LOG_LEVEL", "info")
# Whether headers about the visitor are believed is KLEI_TRUSTED_PROXIES alone; gunicorn believes none itself.
forwarded_allow_ips = ""


def on_starting(_server: Any) -> None:
    """Make the service, and read the words of all languages. It begins in each process, with its connections and
    threads."""
    gc.disable()  # until wsgi.py has begun the service: all of it stays
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # as wsgi.py, which comes too late for what is read here
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    app = import_module("assessment.serving").made()
    # Here too, because gunicorn takes it for an accident when two processes refuse at once, and tells another status.
    import_module("assessment.installation").begin_serving(app)
    app.extensions["klei_database"].dispose()
    import_module("sqlalchemy.orm").configure_mappers()
    language = import_module("assessment.language")
    for spoken in language.LANGUAGES:
        language.translations(spoken)
    gc.collect()
    gc.freeze()  # a collection would write to what is shared, and so copy it
