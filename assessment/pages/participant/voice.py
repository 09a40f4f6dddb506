"""What participants say about the centre and about themselves, if they like; and what the ratings are worth, for them."""

from collections.abc import Mapping
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.enrolment import Enrolment
from assessment.models.evidence import LONGEST_REMARK, Age, FirstLanguage, Gender
from assessment.pages import findings, frame
from assessment.sections.evidence.chapters import Reader
from assessment.services import backgrounds, evidence, notices, reactions
from assessment.services.evidence import Look

pages = frame.Pages("voice", __name__)
AT = "/participant/enrolments/<uuid:enrolment_id>/"
SCALE = {1: _("not at all"), 2: _("hardly"), 3: _("partly"), 4: _("largely"), 5: _("entirely")}
QUESTIONS = {
    "gender": (
        _("Gender"),
        {Gender.WOMAN: _("Woman"), Gender.MAN: _("Man"), Gender.OTHER: _("Another")},
    ),
    "age": (
        _("Age"),
        {Age.YOUNGER: _("Under 35"), Age.MIDDLE: _("35 to 49"), Age.OLDER: _("50 or older")},
    ),
    "first_language": (
        _("Were the exercises in your first language?"),
        {FirstLanguage.SAME: _("Yes"), FirstLanguage.ANOTHER: _("No")},
    ),
}


def _enrolment(enrolment_id: UUID) -> Enrolment:
    return notices.get(frame.session(), enrolment_id, by=frame.actor())


# What the centre was like.


@pages.page(f"{AT}reaction", Permission.SIT)
def reaction(enrolment_id: UUID) -> ResponseReturnValue:
    given = reactions.own(frame.session(), enrolment_id, by=frame.actor())
    return _reaction_form(
        enrolment_id,
        {name: str(value) for name, value in given.answers.items()} if given else {},
        given.remark if given else "",
    )


@pages.page(f"{AT}reaction", Permission.SIT, methods=("POST",))
def give_reaction(enrolment_id: UUID) -> ResponseReturnValue:
    chosen = {
        name.removeprefix("value-"): value
        for name, value in request.form.items()
        if name.startswith("value-")
    }
    remark = request.form.get("remark", "")
    try:
        if not set(chosen.values()) <= set(map(str, SCALE)):
            raise reactions.NotAStatement
        answers = {name: int(value) for name, value in chosen.items()}
        reactions.give(frame.session(), enrolment_id, answers, remark, by=frame.actor())
    except errors.Invalid as error:
        return _reaction_form(enrolment_id, chosen, remark, frame.words().sentence(error), error.status)
    except reactions.NotAskedNow as error:
        frame.say_error(error)
    else:
        frame.say("Thank you. You can change or remove it whenever you like.")
    return frame.go("participant_home.show")


@pages.page(f"{AT}reaction/take-back", Permission.SIT, methods=("POST",))
def take_back_reaction(enrolment_id: UUID) -> ResponseReturnValue:
    reactions.take_back(frame.session(), enrolment_id, by=frame.actor())
    frame.say("Removed. Nothing of it is kept.")
    return frame.go("participant_home.show")


def _reaction_form(
    enrolment_id: UUID, chosen: Mapping[str, str], remark: str, wrong: str = "", status: int = 200
) -> ResponseReturnValue:
    enrolment = _enrolment(enrolment_id)
    is_given = bool(reactions.given(frame.session(), [enrolment.id]))
    return frame.show(
        "participant/reaction.html",
        status,
        enrolment=enrolment,
        is_asked=reactions.is_asked(frame.session(), enrolment),
        is_given=is_given,
        statements=reactions.STATEMENTS,
        scale=SCALE,
        chosen=chosen,
        remark=remark,
        longest=LONGEST_REMARK,
        wrong=wrong,
    )


# Who they are.


@pages.page(f"{AT}background", Permission.SIT)
def background(enrolment_id: UUID) -> ResponseReturnValue:
    kept = backgrounds.own(frame.session(), enrolment_id, by=frame.actor())
    chosen = {name: getattr(kept, name) or "" for name in QUESTIONS} if kept else {}
    return _background_form(enrolment_id, chosen)


@pages.page(f"{AT}background", Permission.SIT, methods=("POST",))
def give_background(enrolment_id: UUID) -> ResponseReturnValue:
    chosen = {name: request.form.get(name, "") for name in QUESTIONS}
    try:
        backgrounds.give(frame.session(), enrolment_id, backgrounds.read(**chosen), by=frame.actor())
    except errors.Invalid as error:
        return _background_form(enrolment_id, chosen, frame.words().sentence(error), error.status)
    except backgrounds.NotAskedNow as error:
        frame.say_error(error)
    else:
        frame.say("Thank you. You can change or remove it whenever you like.")
    return frame.go("participant_home.show")


@pages.page(f"{AT}background/skip", Permission.SIT, methods=("POST",))
def skip_background(enrolment_id: UUID) -> ResponseReturnValue:
    try:
        backgrounds.skip(frame.session(), enrolment_id, by=frame.actor())
    except backgrounds.NotAskedNow as error:
        frame.say_error(error)
    else:
        frame.say("Nothing is kept, and you are not asked again.")
    return frame.go("participant_home.show")


@pages.page(f"{AT}background/take-back", Permission.SIT, methods=("POST",))
def take_back_background(enrolment_id: UUID) -> ResponseReturnValue:
    backgrounds.take_back(frame.session(), enrolment_id, by=frame.actor())
    frame.say("Removed. Nothing of it is kept.")
    return frame.go("participant_home.show")


def _background_form(
    enrolment_id: UUID, chosen: Mapping[str, str], wrong: str = "", status: int = 200
) -> ResponseReturnValue:
    enrolment = _enrolment(enrolment_id)
    given = backgrounds.given(frame.session(), [enrolment.id])
    return frame.show(
        "participant/background.html",
        status,
        enrolment=enrolment,
        questions=QUESTIONS,
        chosen=chosen,
        says_something=given.get(enrolment.id, False),
        wrong=wrong,
    )


# What the ratings are worth.


def _look(enrolment_id: UUID) -> Look:
    return evidence.for_participant(frame.session(), enrolment_id, by=frame.actor())


@pages.page(f"{AT}evidence", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    look = _look(enrolment_id)
    return findings.show(
        "participant/centre_evidence.html",
        look,
        findings.sections_of(look, Reader.PARTICIPANT),
        enrolment_id=enrolment_id,
    )


@pages.page(f"{AT}evidence", Permission.SIT, methods=("POST",))
def begin(enrolment_id: UUID) -> ResponseReturnValue:
    evidence.begin(frame.session(), _look(enrolment_id), by=frame.actor())
    return frame.go(".show", enrolment_id=enrolment_id)


@pages.page(f"{AT}evidence/state", Permission.SIT)
def state(enrolment_id: UUID) -> ResponseReturnValue:
    return findings.state(_look(enrolment_id))
