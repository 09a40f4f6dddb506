"""The participant's own view: how they see themselves, and what they kept for themselves. Shown to nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.enrolment import Enrolment
from assessment.models.own_view import Moment, PrivateLines
from assessment.models.sitting import Sitting
from assessment.pages import frame
from assessment.services import notices, private_lines, self_ratings, sittings, versions
from exercises.rubric import Dimension

pages = frame.Pages("own_view", __name__)
SCALE = {1: _("hardly"), 2: _("a little"), 3: _("fairly well"), 4: _("well"), 5: _("very well")}
"""How well a description fits, in the participant's eyes."""


@dataclass(frozen=True)
class Kept:
    """The two lines after one exercise."""

    title: str
    lines: PrivateLines
    sitting: Sitting | None
    """Where they can be changed; none while a re-opened exercise is worked on again."""


def own_lines(enrolment: Enrolment) -> Sequence[Kept]:
    """What the participant kept for themselves, exercise by exercise."""
    session, language = frame.session(), frame.words().language
    over = {
        one.centre_exercise_id: one
        for one in sittings.list_for(session, enrolment)
        if sittings.is_over(one, frame.arrived_at())
    }
    return [
        Kept(versions.get(session, version).title(language), lines, over.get(lines.centre_exercise_id))
        for version, lines in private_lines.of_enrolment(session, enrolment)
    ]


@dataclass(frozen=True)
class Seen:
    """How the participant sees themselves on one dimension, at each moment."""

    dimension: Dimension
    before: int | None
    after: int | None
    later: int | None = None


def own_ratings(enrolment: Enrolment) -> Sequence[Seen]:
    """How the participant sees themselves, as far as they have said; empty where they have not."""
    kept = self_ratings.of_enrolment(frame.session(), enrolment)
    if not any(kept.values()):
        return []
    return [
        Seen(
            dimension,
            kept[Moment.BEFORE].get(dimension.id),
            kept[Moment.AFTER].get(dimension.id),
            kept[Moment.LATER].get(dimension.id),
        )
        for dimension in self_ratings.dimensions(frame.session(), enrolment)
    ]


@pages.page("/participant/enrolments/<uuid:enrolment_id>/own-view", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    return frame.show(
        "participant/own_view.html",
        enrolment=enrolment,
        own_lines=own_lines(enrolment),
        own_ratings=own_ratings(enrolment),
        open_moment=self_ratings.open_moment(frame.session(), enrolment, frame.arrived_at()),
        scale=SCALE,
    )


@pages.page("/participant/enrolments/<uuid:enrolment_id>/own-view/<moment>", Permission.SIT)
def rate(enrolment_id: UUID, moment: str) -> ResponseReturnValue:
    enrolment, when = _at(enrolment_id, moment)
    kept = self_ratings.of_enrolment(frame.session(), enrolment)[when]
    return _form(enrolment, when, {name: str(value) for name, value in kept.items()})


@pages.page(
    "/participant/enrolments/<uuid:enrolment_id>/own-view/<moment>",
    Permission.SIT,
    methods=("POST",),
    endpoint="keep_ratings",
)
def keep_ratings(enrolment_id: UUID, moment: str) -> ResponseReturnValue:
    enrolment, when = _at(enrolment_id, moment)
    chosen = {
        name.removeprefix("value-"): value
        for name, value in request.form.items()
        if name.startswith("value-")
    }
    try:
        if not set(chosen.values()) <= set(map(str, SCALE)):
            raise self_ratings.NotOnTheScale
        values = {name: int(value) for name, value in chosen.items()}
        self_ratings.rate(frame.session(), enrolment_id, when, values, by=frame.actor())
    except errors.Invalid as error:
        return _form(enrolment, when, chosen, frame.words().sentence(error), error.status)
    except self_ratings.MomentPassed as error:
        frame.say_error(error)
        return frame.go(".show", enrolment_id=enrolment_id)
    frame.say("Kept. Only you see it.")
    return frame.go(".show", enrolment_id=enrolment_id, kept=when.value)


@pages.page(
    "/participant/enrolments/<uuid:enrolment_id>/own-view/<moment>/take-back",
    Permission.SIT,
    methods=("POST",),
)
def take_back(enrolment_id: UUID, moment: str) -> ResponseReturnValue:
    _enrolment, when = _at(enrolment_id, moment)
    try:
        self_ratings.take_back(frame.session(), enrolment_id, when, by=frame.actor())
    except self_ratings.MomentPassed as error:
        frame.say_error(error)
    else:
        frame.say("Removed. Nothing of it is kept.")
    return frame.go(".show", enrolment_id=enrolment_id)


def _at(enrolment_id: UUID, moment: str) -> tuple[Enrolment, Moment]:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    if moment not in set(Moment):
        raise errors.NotFound
    return enrolment, Moment(moment)


def _form(
    enrolment: Enrolment, moment: Moment, chosen: Mapping[str, str], wrong: str = "", status: int = 200
) -> ResponseReturnValue:
    if self_ratings.open_moment(frame.session(), enrolment, frame.arrived_at()) is not moment:
        frame.say_error(self_ratings.MomentPassed())
        return frame.go(".show", enrolment_id=enrolment.id)
    return frame.show(
        "participant/self_rating.html",
        status,
        enrolment=enrolment,
        moment=moment.value,
        dimensions=self_ratings.dimensions(frame.session(), enrolment),
        scale=SCALE,
        chosen=chosen,
        wrong=wrong,
    )
