"""Rules by which the database itself refuses changes: sealed, submitted, signed, frozen, only added to.

One helper makes them for both databases. Conditions are portable SQL over OLD and NEW. They are made after the tables
(and made again after each Alembic batch operation, which replaces the table); a test asks both databases.

What belongs to a rehearsal may be deleted: no row of it is about anybody. The mark of a rehearsal is given when the
centre is made and never changes, so no real centre can lose a row by this.
"""

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection


@dataclass(frozen=True)
class Rule:
    """Refuse ``operation`` on ``table`` where ``condition`` holds. The name is what the error says."""

    name: str
    table: str
    operation: str
    condition: str = "1 = 1"
    column: str = ""
    """Made once the table has this column: older releases of the tables do not."""


def _differs(*columns: str) -> str:
    return "(" + " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in columns) + ")"


def _but_for_blanking(blank: str, *kept: str) -> str:
    """What is no erasure: an erasure makes words blank (G9) and leaves every one of the kept columns as it was."""
    # As text, because PostgreSQL does not compare its JSON.
    changed = " OR ".join(
        f'CAST(OLD."{column}" AS TEXT) IS DISTINCT FROM CAST(NEW."{column}" AS TEXT)' for column in kept
    )
    return f"NOT ({blank} AND NOT ({changed}))"


def _record(table: str, manner: str = "only_added_to") -> tuple[Rule, ...]:
    """Rows that never change and are never deleted."""
    return Rule(f"{table}_is_{manner}", table, "UPDATE"), Rule(f"{table}_is_kept", table, "DELETE")


def _parts(table: str, name: str, frozen: str, unless: str = "1 = 1") -> tuple[Rule, ...]:
    """The three rules of a table whose rows belong to something that is frozen."""
    condition = {"old": frozen.replace("ROW", "OLD"), "new": frozen.replace("ROW", "NEW")}
    return (
        Rule(f"{name}_insert", table, "INSERT", condition["new"]),
        Rule(f"{name}_update", table, "UPDATE", f"({condition['old']} OR {condition['new']}) AND {unless}"),
        Rule(f"{name}_delete", table, "DELETE", condition["old"]),
    )


def _ended_once(table: str, *columns: str) -> tuple[Rule, ...]:
    """The rules of a pause: nothing of it changes but its end, once."""
    return (
        Rule(
            f"{table}_ends_once",
            table,
            "UPDATE",
            f"(OLD.resumed_at IS NOT NULL OR {_differs(*columns)}) AND "
            + _but_for_blanking(
                "NEW.reason = ''",
                "id",
                *(column for column in columns if column != "reason"),
                "resumed_by_id",
                "resumed_at",
            ),
        ),
        Rule(f"{table}_is_kept", table, "DELETE"),
    )


_SUBMITTED = "EXISTS (SELECT 1 FROM rating WHERE rating.id = ROW.rating_id AND rating.state = 'submitted')"
_SIGNED = "EXISTS (SELECT 1 FROM report WHERE report.id = ROW.report_id AND report.signed_at IS NOT NULL)"
_SIGNED_INTEGRATION = "EXISTS (SELECT 1 FROM integration WHERE integration.id = NEW.integration_id AND integration.state = 'signed')"
_OPENED = "EXISTS (SELECT 1 FROM centre WHERE centre.id = ROW.centre_id AND centre.state <> 'draft')"

RULES: tuple[Rule, ...] = (
    # Only added to.
    *_record("event"),
    Rule(
        "revision_is_only_added_to",
        "revision",
        "UPDATE",
        # Erasure may blank the text and nothing else (G9).
        "NOT (NEW.body = '' AND NOT "
        + _differs(
            "id", "sitting_id", "task", "number", "kind", "client_id", "client_seq", "epoch", "arrived_at"
        )
        + ")",
    ),
    Rule("revision_keeps_its_version", "revision", "UPDATE", _differs("version_hash"), "version_hash"),
    Rule("revision_is_kept", "revision", "DELETE"),
    Rule(
        "adjustment_is_only_added_to",
        "adjustment",
        "UPDATE",
        _but_for_blanking(
            "NEW.reason = ''",
            "id",
            "sitting_id",
            "seconds",
            "kind",
            "from_at",
            "until_at",
            "ends_at",
            "actor_id",
            "at",
        ),
        "from_at",
    ),
    Rule("adjustment_is_kept", "adjustment", "DELETE"),
    Rule(
        "adjustment_is_of_a_running_sitting",
        "adjustment",
        "INSERT",
        "EXISTS (SELECT 1 FROM sitting WHERE sitting.id = NEW.sitting_id AND sitting.state NOT IN ('running', 'paused'))",
    ),
    *_ended_once("pause", "sitting_id", "centre_pause_id", "reason", "paused_by_id", "paused_at"),
    *_ended_once("centre_pause", "centre_id", "reason", "paused_by_id", "paused_at"),
    *_record("outage"),
    Rule(
        "outage_question_is_answered_once",
        "outage_question",
        "UPDATE",
        "OLD.answered_at IS NOT NULL OR " + _differs("outage_id", "centre_id", "asked_at"),
    ),
    Rule("outage_question_is_kept", "outage_question", "DELETE"),
    Rule(
        "integration_change_is_only_added_to",
        "integration_change",
        "UPDATE",
        _but_for_blanking(
            "NEW.reason = ''",
            "id",
            "integration_id",
            "sitting_id",
            "dimension",
            "before",
            "after",
            "by_id",
            "at",
        ),
    ),
    Rule("integration_change_is_kept", "integration_change", "DELETE"),
    Rule(
        "integration_undo_is_only_added_to",
        "integration_undo",
        "UPDATE",
        _but_for_blanking("NEW.reason = ''", "change_id", "by_id", "at"),
    ),
    Rule("integration_undo_is_kept", "integration_undo", "DELETE"),
    Rule(
        "integration_agreement_is_only_added_to",
        "integration_agreement",
        "UPDATE",
        _but_for_blanking(
            "NEW.reason = ''", "id", "integration_id", "dimension", "sitting_id", "codes", "by_id", "at"
        ),
        column="codes",
    ),
    Rule("integration_agreement_is_kept", "integration_agreement", "DELETE"),
    *(
        Rule(f"{table}_is_before_the_signature", table, "INSERT", _SIGNED_INTEGRATION)
        for table in ("integration_change", "integration_agreement")
    ),
    Rule(
        "integration_undo_is_before_the_signature",
        "integration_undo",
        "INSERT",
        "EXISTS (SELECT 1 FROM integration_change JOIN integration "
        "ON integration.id = integration_change.integration_id "
        "WHERE integration_change.id = NEW.change_id AND integration.state = 'signed')",
    ),
    # Who answered in a consultation has answered; the time it was given does not change either.
    Rule("consultation_is_fixed", "consultation", "UPDATE"),
    Rule("consultation_is_kept", "consultation", "DELETE"),
    Rule(
        "consultation_reply_is_given_once",
        "consultation_reply",
        "UPDATE",
        _but_for_blanking("NEW.reason = ''", "id", "consultation_id", "assessor_id", "at"),
    ),
    Rule("consultation_reply_is_kept", "consultation_reply", "DELETE"),
    Rule(
        "consultation_reply_is_in_time",
        "consultation_reply",
        "INSERT",
        "EXISTS (SELECT 1 FROM consultation WHERE consultation.id = NEW.consultation_id "
        "AND NEW.at > consultation.closes_at)",
    ),
    Rule("revised_level_is_given_once", "revised_level", "UPDATE"),
    Rule("revised_level_is_kept", "revised_level", "DELETE"),
    Rule(
        "handover_is_only_added_to",
        "handover",
        "UPDATE",
        _but_for_blanking(
            "NEW.reason = ''", "id", "wash_up_id", "integration_id", "from_id", "to_id", "by_id", "at"
        ),
    ),
    Rule("handover_is_kept", "handover", "DELETE"),
    # Words of the minutes may be blanked by an erasure (G9).
    Rule(
        "minute_is_only_added_to",
        "minute",
        "UPDATE",
        "NEW.text <> '' OR " + _differs("id", "discussion_id", "by_id", "at"),
    ),
    Rule("minute_is_kept", "minute", "DELETE"),
    Rule(
        "wash_up_has_ended",
        "wash_up",
        "UPDATE",
        "OLD.state = 'ended' OR (OLD.state = 'open' AND NEW.state = 'planned')",
    ),
    Rule(
        "discussion_is_done",
        "discussion",
        "UPDATE",
        "OLD.state IN ('done', 'left') OR (OLD.begun_at IS NOT NULL AND "
        + _differs("begun_at", "wash_up_id", "enrolment_id")
        + ") OR (OLD.deciding_at IS NOT NULL AND "
        + _differs("deciding_at")
        + ")",
    ),
    *_record("download"),
    # Words of a meeting may be blanked by an erasure (G9); what was said, by whom and when stays.
    Rule(
        "meeting_entry_is_only_added_to",
        "meeting_entry",
        "UPDATE",
        "NEW.text <> '' OR "
        + _differs("meeting_id", "number", "sitting_id", "part", "kind", "name", "client_id", "minute", "at"),
    ),
    Rule("meeting_entry_is_kept", "meeting_entry", "DELETE"),
    Rule(
        "meeting_change_is_only_added_to",
        "meeting_change",
        "UPDATE",
        "NEW.reason <> '' OR " + _differs("id", "meeting_id", "kind", "enrolment_id", "by_id", "at"),
    ),
    Rule("meeting_change_is_kept", "meeting_change", "DELETE"),
    # So may the words of a readiness.
    Rule(
        "readiness_is_only_added_to",
        "readiness",
        "UPDATE",
        "NEW.words <> '' OR NEW.reason <> '' OR "
        + _differs("id", "enrolment_id", "report_id", "by_id", "at"),
    ),
    Rule("readiness_is_kept", "readiness", "DELETE"),
    Rule(
        "complaint_entry_is_only_added_to",
        "complaint_entry",
        "UPDATE",
        _but_for_blanking("NEW.text = ''", "id", "complaint_id", "author_id", "is_of_participant", "at"),
    ),
    Rule("complaint_entry_is_kept", "complaint_entry", "DELETE"),
    Rule(
        "statement_is_only_added_to",
        "statement",
        "UPDATE",
        _but_for_blanking("NEW.text = ''", "id", "enrolment_id", "at"),
    ),
    Rule("statement_is_kept", "statement", "DELETE"),
    *_record("erasure"),
    # What was shown to whom, and what was asked when, is a record. A benchmark is agreed once and then only retired;
    # an erasure may blank its text (G9).
    *_record("showing"),
    *_record("standard"),
    Rule(
        "benchmark_keeps_its_origin",
        "benchmark",
        "UPDATE",
        _differs("centre_id", "version_hash", "sitting_id", "language", "made_by_id", "made_at"),
    ),
    Rule(
        "benchmark_is_agreed_once",
        "benchmark",
        "UPDATE",
        "OLD.agreed_at IS NOT NULL AND (NEW.state = 'panel' OR ("
        'CAST(OLD."references" AS TEXT) IS DISTINCT FROM CAST(NEW."references" AS TEXT) AND NOT ('
        # An erasure empties it, once: with the text go the passages and reasons that quote it (G9).
        "NEW.state = 'retired' AND CAST(NEW.answers AS TEXT) = '[]' AND CAST(OLD.answers AS TEXT) <> '[]')) OR "
        + _differs("set", "agreed_at", "agreed_by_id")
        + ")",
    ),
    Rule(
        "benchmark_is_retired_once", "benchmark", "UPDATE", "OLD.state = 'retired' AND NEW.state <> 'retired'"
    ),
    Rule("benchmark_is_kept", "benchmark", "DELETE"),
    # Versions are immutable.
    *_record("exercise_version", "immutable"),
    *_record("task", "immutable"),
    *_record("rubric_version", "immutable"),
    *_record("key_version", "immutable"),
    Rule("automatic_score_is_immutable", "automatic_score", "UPDATE"),
    # A sealed sitting can only become void (by a re-opening) or be left out of the scores (U6).
    Rule(
        "sitting_is_sealed",
        "sitting",
        "UPDATE",
        "OLD.state IN ('sealed', 'void') AND ("
        + _differs(
            "enrolment_id",
            "centre_exercise_id",
            "version_hash",
            "language",
            "time_factor",
            "is_untimed",
            "started_at",
            "deadline_at",
            "submitted_at",
            "sealed_at",
            "final_hash",
            "writer_epoch",
        )
        + " OR (OLD.state = 'sealed' AND NEW.state NOT IN ('sealed', 'void'))"
        + " OR (OLD.state = 'void' AND NEW.state <> 'void'))",
    ),
    Rule(
        "sitting_keeps_its_ledger",
        "sitting",
        "UPDATE",
        "OLD.state IN ('sealed', 'void') AND " + _differs("credited_seconds", "paused_at", "continues_id"),
        column="credited_seconds",
    ),
    Rule("sitting_is_kept", "sitting", "DELETE", "OLD.state <> 'ready'"),
    Rule(
        "sitting_keeps_its_start",
        "sitting",
        "UPDATE",
        "OLD.started_at IS NOT NULL AND " + _differs("started_at", "language", "time_factor", "version_hash"),
    ),
    # A submitted rating never changes, nor do its parts.
    Rule(
        "rating_is_submitted",
        "rating",
        "UPDATE",
        "OLD.state = 'submitted' AND "
        + _but_for_blanking(
            "NEW.note = ''",
            "id",
            "sitting_id",
            "assessor_id",
            "round",
            "state",
            "version",
            "rubric_hash",
            "contradicts",
            "started_at",
            "saved_at",
            "submitted_at",
        ),
    ),
    Rule("rating_is_kept", "rating", "DELETE", "OLD.state = 'submitted'"),
    *_parts("dimension_rating", "dimension_rating_is_submitted", _SUBMITTED),
    *_parts(
        "observation",
        "observation_is_submitted",
        _SUBMITTED,
        _but_for_blanking(
            "NEW.quote = '' AND NEW.note = ''",
            "id",
            "rating_id",
            "block",
            "start",
            "end",
            "dimension",
            "behaviour",
            "sign",
            "created_at",
        ),
    ),
    *_parts("tick", "tick_is_submitted", _SUBMITTED),
    # A signed integration and a signed report stay as they were signed.
    Rule("integration_is_signed", "integration", "UPDATE", "OLD.state = 'signed'"),
    Rule("integration_is_kept", "integration", "DELETE", "OLD.state = 'signed'"),
    Rule(
        "report_is_signed",
        "report",
        "UPDATE",
        "OLD.signed_at IS NOT NULL AND "
        + _differs(
            "enrolment_id",
            "number",
            "language",
            "responsible_id",
            "document_hash",
            "signed_at",
            "valid_until_on",
        ),
    ),
    Rule(
        "report_keeps_its_reason",
        "report",
        "UPDATE",
        "OLD.signed_at IS NOT NULL AND NEW.wording_reason <> '' AND " + _differs("wording_reason"),
        column="wording_reason",
    ),
    Rule(
        "report_keeps_its_words",
        "report",
        "UPDATE",
        "OLD.signed_at IS NOT NULL AND NEW.summary <> '' AND " + _differs("summary"),
    ),
    Rule("report_is_kept", "report", "DELETE", "OLD.signed_at IS NOT NULL"),
    *_parts(
        "chosen_frame",
        "chosen_frame_is_signed",
        _SIGNED,
        _but_for_blanking(
            "CAST(NEW.\"values\" AS TEXT) = '{}'",
            "id",
            "report_id",
            "place",
            "dimension",
            "frame",
            "observations",
        ),
    ),
    *_parts("line_evidence", "line_evidence_is_signed", _SIGNED),
    # An open centre keeps its design.
    *_parts("centre_exercise", "centre_exercise_is_frozen", _OPENED),
    *_parts("weight", "weight_is_frozen", _OPENED),
    Rule(
        "centre_is_open",
        "centre",
        "UPDATE",
        "OLD.state <> 'draft' AND ("
        + _differs("programme_id", "purpose", "opened_at", "may_be_blocked")
        + " OR NEW.state = 'draft' OR (OLD.state = 'closed' AND NEW.state = 'open'))",
    ),
    # A rehearsal is one from beginning to end, and so are its people.
    Rule("rehearsal_is_marked", "centre", "UPDATE", _differs("rehearsal_of_id"), "rehearsal_of_id"),
    Rule("benchmark_copy_is_marked", "centre", "UPDATE", _differs("is_for_benchmarks"), "is_for_benchmarks"),
    Rule("synthetic_person_is_marked", "person", "UPDATE", _differs("rehearsal_id"), "rehearsal_id"),
)

_CENTRE_OF = {
    "centre_id": "OLD.centre_id",
    "meeting_id": "(SELECT centre_id FROM centre_exercise JOIN meeting ON meeting.centre_exercise_id = centre_exercise.id "
    "WHERE meeting.id = OLD.meeting_id)",
    "complaint_id": "(SELECT centre_id FROM enrolment JOIN complaint ON complaint.enrolment_id = enrolment.id "
    "WHERE complaint.id = OLD.complaint_id)",
    "enrolment_id": "(SELECT centre_id FROM enrolment WHERE id = OLD.enrolment_id)",
    "to_id": "COALESCE((SELECT centre_id FROM wash_up WHERE id = OLD.wash_up_id), "
    "(SELECT centre_id FROM enrolment JOIN integration ON integration.enrolment_id = enrolment.id "
    "WHERE integration.id = OLD.integration_id))",
    "integration_id": "(SELECT centre_id FROM enrolment JOIN integration ON integration.enrolment_id = enrolment.id "
    "WHERE integration.id = OLD.integration_id)",
    "sitting_id": "(SELECT centre_id FROM enrolment JOIN sitting ON sitting.enrolment_id = enrolment.id "
    "WHERE sitting.id = OLD.sitting_id)",
    "rating_id": "(SELECT centre_id FROM enrolment JOIN sitting ON sitting.enrolment_id = enrolment.id "
    "JOIN rating ON rating.sitting_id = sitting.id WHERE rating.id = OLD.rating_id)",
    "report_id": "(SELECT centre_id FROM enrolment JOIN report ON report.enrolment_id = enrolment.id "
    "WHERE report.id = OLD.report_id)",
    "change_id": "(SELECT centre_id FROM enrolment JOIN integration ON integration.enrolment_id = enrolment.id "
    "JOIN integration_change ON integration_change.integration_id = integration.id "
    "WHERE integration_change.id = OLD.change_id)",
    "consultation_id": "(SELECT centre_id FROM enrolment JOIN sitting ON sitting.enrolment_id = enrolment.id "
    "JOIN adjudication ON adjudication.sitting_id = sitting.id "
    "JOIN consultation ON consultation.adjudication_id = adjudication.id "
    "WHERE consultation.id = OLD.consultation_id)",
    "adjudication_id": "(SELECT centre_id FROM enrolment JOIN sitting ON sitting.enrolment_id = enrolment.id "
    "JOIN adjudication ON adjudication.sitting_id = sitting.id WHERE adjudication.id = OLD.adjudication_id)",
    "discussion_id": "(SELECT centre_id FROM wash_up JOIN discussion ON discussion.wash_up_id = wash_up.id "
    "WHERE discussion.id = OLD.discussion_id)",
    "reply_id": "(SELECT centre_id FROM enrolment JOIN sitting ON sitting.enrolment_id = enrolment.id "
    "JOIN adjudication ON adjudication.sitting_id = sitting.id "
    "JOIN consultation ON consultation.adjudication_id = adjudication.id "
    "JOIN consultation_reply ON consultation_reply.consultation_id = consultation.id "
    "WHERE consultation_reply.id = OLD.reply_id)",
}
"""The centre that a row belongs to, by the first of these columns that its table has."""


def create(connection: Connection, tables: set[str] | None = None) -> None:
    """Make the rules (those of the named tables, or of all there are); made again, they are replaced.

    The first migration makes today's rules of the tables that it knows; a table that came later brings its own.
    """
    asked = sa.inspect(connection)
    there = set(asked.get_table_names())
    columns = {
        table: {column["name"] for column in asked.get_columns(table)}
        for table in {rule.table for rule in RULES} & there
    }
    knows_rehearsals = "rehearsal_of_id" in columns.get("centre", ())
    for rule in RULES:
        if rule.table not in (there if tables is None else there & tables):
            continue
        if not rule.column or rule.column in columns[rule.table]:
            make(connection, _but_for_rehearsals(rule, columns[rule.table]) if knows_rehearsals else rule)


def _but_for_rehearsals(rule: Rule, columns: set[str]) -> Rule:
    centre = next((path for column, path in _CENTRE_OF.items() if column in columns), None)
    if rule.operation != "DELETE" or centre is None:
        return rule
    return replace(
        rule,
        condition=f"({rule.condition}) AND NOT EXISTS (SELECT 1 FROM centre AS rehearsed "  # noqa: S608 -- all from here
        f"WHERE rehearsed.id = {centre} AND rehearsed.rehearsal_of_id IS NOT NULL)",
    )


def drop(connection: Connection, tables: set[str] | None = None) -> None:
    """Take the rules away (those of the named tables, or all)."""
    for rule in RULES:
        if tables is None or rule.table in tables:
            _drop(connection, rule)


def make(connection: Connection, rule: Rule) -> None:
    """Make one rule, in place of another of its name."""
    _drop(connection, rule)
    if connection.dialect.name == "sqlite":
        connection.execute(
            sa.text(
                f'CREATE TRIGGER "{rule.name}" BEFORE {rule.operation} ON "{rule.table}" WHEN {rule.condition} '
                f"BEGIN SELECT RAISE(ABORT, 'refused: {rule.name}'); END"
            )
        )
        return
    result = "OLD" if rule.operation == "DELETE" else "NEW"
    connection.execute(
        sa.text(
            f'CREATE FUNCTION "{rule.name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
            f"IF {rule.condition} THEN RAISE EXCEPTION 'refused: {rule.name}' USING ERRCODE = '23514'; END IF; "
            f"RETURN {result}; END $$"
        )
    )
    connection.execute(
        sa.text(
            f'CREATE TRIGGER "{rule.name}" BEFORE {rule.operation} ON "{rule.table}" '
            f'FOR EACH ROW EXECUTE FUNCTION "{rule.name}"()'
        )
    )


def _drop(connection: Connection, rule: Rule) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text(f'DROP TRIGGER IF EXISTS "{rule.name}"'))
    else:
        connection.execute(sa.text(f'DROP TRIGGER IF EXISTS "{rule.name}" ON "{rule.table}"'))
        connection.execute(sa.text(f'DROP FUNCTION IF EXISTS "{rule.name}"()'))
