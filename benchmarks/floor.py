"""The floor of the save path: what any Flask service pays for a cookie, JSON, an upsert and a durable commit."""

import os
from typing import Any

import sqlalchemy as sa
from flask import Flask, jsonify, request, session
from sqlalchemy.dialects import postgresql, sqlite

from assessment.database import Database

table = sa.Table(
    "floor",
    sa.MetaData(),
    sa.Column("person", sa.String, primary_key=True),
    sa.Column("task", sa.String, primary_key=True),
    sa.Column("body", sa.Text),
)


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ["KLEI_SECRET_KEY"]
    app.config["SESSION_COOKIE_NAME"] = "klei"
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    database = Database(os.environ["KLEI_DATABASE_URL"])
    insert = (sqlite if database.is_sqlite else postgresql).insert(table)
    upsert = insert.on_conflict_do_update(
        index_elements=["person", "task"], set_={"body": insert.excluded.body}
    )

    @app.put("/api/sittings/<uuid:sitting>/tasks/<task>")
    def save(sitting: Any, task: str) -> Any:
        person = session["login"][0]
        posted = request.get_json()
        with database.writing_engine.begin() as connection:
            connection.execute(
                upsert, {"person": f"{person}{sitting}", "task": task, "body": posted["value"]}
            )
        return jsonify(code="saved", remaining_ms=1)

    return app


app = create_app() if "KLEI_DATABASE_URL" in os.environ else None
