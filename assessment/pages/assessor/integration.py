"""The wash-up of one enrolment: the mechanical result first, changes on evidence, and a signature.

Here, and not before, assessors see each other's ratings. Participants stay codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.rating import Integration, IntegrationChange, IntegrationState, Rating, Round
from assessment.pages import frame
from assessment.services import integrations
from assessment.services.integrations import DimensionResult, ExerciseScore, SeenSitting

pages = frame.Pages("integration", __name__)

REASONS: Mapping[str, str] = {
    "U1": _("Too little was seen for a number."),
    "U2": _("The picture differs between exercises, so one number would mislead."),
    "U3": _("Close to a border between two bands."),
    "U4": _("Two assessors differ by two points or more and no adjudication is in."),
    "U5": _("A part rests on a provisional key."),
    "U6": _("An exercise was left out because of an interruption."),
    "U7": _("Done in a second language."),
    "U8": _("Done with an adjustment; the score is not affected."),
    "one_rating": _("An exercise rests on one rating."),
    "weight_spread": _("An exercise is missing; its weight was spread over the others."),
}
NOT_CLAIMED = _("This centre does not claim this dimension: it is rated, but gets no number.")
FLAGS: Mapping[str, str] = {
    "one_rating": _("one rating only"),
    "key_differs": _("the key differs by two points or more"),
    "tag_contradicts": _("text and choices contradict each other"),
}


@dataclass(frozen=True)
class Passage:
    """A passage as the wash-up shows it, and who tied it."""

    id: UUID
    sign: str
    behaviour: str
    quote: str
    note: str
    author: str


@dataclass(frozen=True)
class Given:
    """What one assessor gave."""

    author: str
    at: datetime | None
    level: int | None
    has_no_evidence: bool
    note: str
    is_adjudication: bool


@dataclass(frozen=True)
class Row:
    """One exercise under a dimension: both ratings side by side, their passages, and the score they make."""

    exercise: str
    code: str
    score: ExerciseScore
    weight: float | None
    given: tuple[Given, ...]
    passages: tuple[Passage, ...]
    changes: tuple[IntegrationChange, ...]
    flags: tuple[str, ...]
    may_change: bool


@dataclass(frozen=True)
class Part:
    """One dimension of the result: by rule, after changes, and what it is made of."""

    dimension: str
    before: DimensionResult
    after: DimensionResult
    reasons: tuple[str, ...]
    rows: tuple[Row, ...]
    asks: bool
    """Whether it needs a look: the assessors differ, something is flagged, or it was changed."""

    @property
    def is_changed(self) -> bool:
        return any(row.score.is_changed for row in self.rows)


@pages.page("/assessor/integrations/<uuid:integration_id>", Permission.RATE)
def show(integration_id: UUID) -> ResponseReturnValue:
    integration = integrations.get(frame.session(), integration_id, by=frame.actor())
    return _page(integration)


@pages.page("/assessor/integrations/<uuid:integration_id>/changes", Permission.RATE, methods=("POST",))
def change(integration_id: UUID) -> ResponseReturnValue:
    session, who, form = frame.session(), frame.actor(), request.form
    try:
        integrations.change(
            session,
            integration_id,
            _uuid(form.get("sitting")),
            form.get("dimension", ""),
            _level(form.get("after", "")),
            form.get("reason", ""),
            _uuid(form.get("passage")) if form.get("passage") else None,
            by=who,
        )
    except integrations.ChangeUnclear as error:
        session.rollback()
        return _page(integrations.get(session, integration_id, by=who), error, form)
    frame.say("The change is recorded. The result was computed again.")
    return frame.go(".show", integration_id=integration_id, _anchor=form.get("dimension"))


@pages.page("/assessor/integrations/<uuid:integration_id>/sign", Permission.RATE, methods=("POST",))
def sign(integration_id: UUID) -> ResponseReturnValue:
    integrations.sign(frame.session(), integration_id, by=frame.actor())
    frame.say("Signed. The result is frozen as it stands.")
    return frame.go(".show", integration_id=integration_id)


def _page(
    integration: Integration, error: errors.KleiError | None = None, form: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    is_signed = integration.state is IntegrationState.SIGNED
    before = integrations.result(session, integration.enrolment_id, with_changes=False)
    after = (
        integrations.signed_result(integration)
        if is_signed
        else integrations.result(session, integration.enrolment_id)
    )
    seen = {str(one.sitting_id): one for one in integrations.seen(session, integration)}
    names = integrations.names_of(session, integration)
    parts = tuple(
        _part(before.get(one.dimension), one, seen, integration.changes) for one in after.dimensions
    )
    codes = integrations.codes_of(session, [integration.enrolment_id])[integration.enrolment_id]
    return frame.show(
        "assessor/integration.html",
        200 if error is None else error.status,
        integration=integration,
        codes=codes,
        parts=parts,
        names=names,
        is_signed=is_signed,
        may_sign=not is_signed and integration.responsible_id == who.person_id,
        error=error,
        form=form or {},
    )


def _part(
    before: DimensionResult,
    after: DimensionResult,
    seen: Mapping[str, SeenSitting],
    changes: Sequence[IntegrationChange],
) -> Part:
    rows = tuple(_row(score, after, seen, changes) for score in after.per_exercise)
    differs = any(
        len(levels := [one for one in row.score.ratings if one is not None]) > 1 and len(set(levels)) > 1
        for row in rows
    )
    asks = differs or any(row.flags or row.score.is_changed or row.score.second_look_taken for row in rows)
    return Part(
        after.dimension,
        before,
        after,
        tuple(_reasons(after)),
        rows,
        asks,
    )


def _reasons(result: DimensionResult) -> Iterator[str]:
    for code in result.reasons:
        if code == "U1" and not result.is_claimed:
            yield NOT_CLAIMED
        elif code in REASONS:
            yield REASONS[code]


def _row(
    score: ExerciseScore,
    result: DimensionResult,
    seen: Mapping[str, SeenSitting],
    changes: Sequence[IntegrationChange],
) -> Row:
    sitting = seen[score.sitting_id]
    given = tuple(
        entry for rating in sitting.ratings if (entry := _given(rating, result.dimension)) is not None
    )
    passages = tuple(
        Passage(one.id, one.sign, one.behaviour, one.quote, one.note, rating.assessor.name)
        for rating in sitting.ratings
        for one in rating.observations
        if one.dimension == result.dimension
    )
    flags = (*score.flags, *(("disputed",) if score.is_disputed else ()))
    return Row(
        exercise=sitting.exercise.title(frame.words().language),
        code=sitting.code,
        score=score,
        weight=result.weights.get(score.exercise),
        given=given,
        passages=passages,
        changes=tuple(
            one
            for one in changes
            if str(one.sitting_id) == score.sitting_id and one.dimension == result.dimension
        ),
        flags=tuple(FLAGS.get(flag, _("the assessors differ")) for flag in flags),
        may_change=bool(given),
    )


def _given(rating: Rating, dimension: str) -> Given | None:
    entry = next((one for one in rating.dimensions if one.dimension == dimension), None)
    if entry is None:
        return None
    return Given(
        rating.assessor.name,
        rating.submitted_at,
        entry.score,
        entry.has_no_evidence,
        rating.note,
        rating.round is Round.ADJUDICATION,
    )


def _level(value: str) -> float:
    """A level from the form, with a point or a comma; what is none is off the scale, and the service says so."""
    try:
        level = float(value.replace(",", "."))
    except ValueError:
        return 0.0
    return level if level == level else 0.0  # "nan" is a number to Python, and none to anybody else


def _uuid(value: str | None) -> UUID:
    """
    :raises NotFound: when it is none.
    """
    try:
        return UUID(value or "")
    except ValueError:
        raise errors.NotFound from None
