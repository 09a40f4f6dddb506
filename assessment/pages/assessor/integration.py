"""The integration of one enrolment: the mechanical result first, changes on evidence, and a signature.

The same acts are done in a wash-up; then they lead back to it.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.rating import Integration
from assessment.models.wash_up import DiscussionState
from assessment.pages import frame
from assessment.pages.assessor import matrix, wash_up
from assessment.services import integrations

pages = frame.Pages("integration", __name__)
KEPT = (
    integrations.ChangeUnclear,
    integrations.ChangedMeanwhile,
    integrations.ReasonMissing,
    integrations.AlreadyUndone,
    integrations.NothingAsked,
)
"""After these the page shows again what was sent."""


@pages.page("/assessor/integrations/<uuid:integration_id>", Permission.RATE)
def show(integration_id: UUID) -> ResponseReturnValue:
    integration = integrations.get(frame.session(), integration_id, by=frame.actor())
    return _page(integration, request.args.get("at", ""))


@pages.page("/assessor/integrations/<uuid:integration_id>/changes", Permission.RATE, methods=("POST",))
def change(integration_id: UUID) -> ResponseReturnValue:
    form = request.form
    return _acted(
        integration_id,
        lambda: integrations.change(
            frame.session(),
            integration_id,
            _uuid(form.get("sitting")),
            form.get("dimension", ""),
            _level(form.get("after", "")),
            form.get("reason", ""),
            _uuid(form.get("passage")) if form.get("passage") else None,
            by=frame.actor(),
            seen=_uuid(form.get("seen")) if form.get("seen") else None,
        ),
        _("The change is recorded. The result was computed again."),
    )


@pages.page("/assessor/integrations/<uuid:integration_id>/undo", Permission.RATE, methods=("POST",))
def undo(integration_id: UUID) -> ResponseReturnValue:
    form = request.form
    return _acted(
        integration_id,
        lambda: integrations.undo(
            frame.session(),
            integration_id,
            _uuid(form.get("change")),
            form.get("reason", ""),
            by=frame.actor(),
        ),
        _("The change was taken back. The result was computed again."),
    )


@pages.page("/assessor/integrations/<uuid:integration_id>/agreements", Permission.RATE, methods=("POST",))
def agree(integration_id: UUID) -> ResponseReturnValue:
    form = request.form
    if form.get("rules"):  # what only asks how sure the results are stands together
        return _acted(
            integration_id,
            lambda: integrations.agree_on_rules(
                frame.session(), integration_id, form.getlist("dimension"), by=frame.actor()
            ),
            _("They stand as they are."),
        )
    return _acted(
        integration_id,
        lambda: integrations.agree(
            frame.session(),
            integration_id,
            form.get("dimension", ""),
            _uuid(form.get("sitting")) if form.get("sitting") else None,
            form.get("reason", ""),
            by=frame.actor(),
        ),
        _("It stands as it is."),
    )


@pages.page("/assessor/integrations/<uuid:integration_id>/sign", Permission.RATE, methods=("POST",))
def sign(integration_id: UUID) -> ResponseReturnValue:
    return _acted(
        integration_id,
        lambda: integrations.sign(frame.session(), integration_id, by=frame.actor()),
        _("Signed. The result is frozen as it stands."),
    )


def _acted(integration_id: UUID, act: Callable[[], object], done: str) -> ResponseReturnValue:
    """Do what a form asks for and lead back to where it was; what stops it is said there, and nothing typed is lost."""
    session, form = frame.session(), request.form
    back = _uuid(form.get("wash_up")) if form.get("wash_up") else None
    try:
        act()
    except KEPT as error:
        session.rollback()
        if back:
            return wash_up.page(back, form.get("at", ""), error, form)
        integration = integrations.get(session, integration_id, by=frame.actor())
        return _page(integration, form.get("at", ""), error, form)
    frame.say(done)
    if back:
        return frame.go("wash_up.show", wash_up_id=back, at=form.get("at") or None)
    return frame.go(".show", integration_id=integration_id, at=form.get("at") or None)


def _page(
    integration: Integration,
    at: str,
    error: errors.KleiError | None = None,
    form: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    discussion = integrations.discussion_of(frame.session(), integration.enrolment_id)
    board = matrix.board(integration, at)
    may_change = not board.is_signed and (
        discussion is None or (discussion.state is DiscussionState.NOW and discussion.deciding_at is not None)
    )
    return frame.show(
        "assessor/integration.html",
        200 if error is None else error.status,
        board=board,
        discussion=discussion,
        may_change=may_change,
        may_sign=not board.is_signed and board.is_mine,
        error=error,
        form=form or {},
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
