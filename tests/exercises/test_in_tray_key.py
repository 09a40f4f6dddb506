"""The key of the in-tray: what scripted participants earn, rule by rule, and the language it is written in."""

import pytest

from exercises.content import SHELF, from_document, read
from exercises.in_tray.conditions import Facts, UnknownCondition, problems, understood
from exercises.in_tray.kind import KIND
from exercises.in_tray.samples import Step, answered, script
from exercises.kind import Answer
from scoring.keys import scale_from_proportion

EXERCISE = read(SHELF / "stavoord-in-tray")


def earned(*steps):
    """Points per rule and dimension for steps of minute, task and value."""
    return points_of(answered([Step(float(minute), task, value) for minute, task, value in steps]))


def points_of(answers):
    return {(line.rule, line.dimension): line.points for line in KIND.key(EXERCISE, answers).lines}


def totals(answers):
    return {score.dimension: score.earned for score in KIND.key(EXERCISE, answers).scores}


def send(kind, to, tag, **more):
    return {"kind": kind, "to": to, "tag": tag, **more}


def test_the_model_reaches_them_also_when_its_steps_are_spread_evenly():
    sent = KIND.samples(EXERCISE).complete["en"]
    answers = {
        task: Answer(task, value, minute=60 * order / len(sent), order=order)
        for order, (task, value) in enumerate(sent)
    }
    assert totals(answers) == {"L1": 10, "P1": 17, "S1": 11}


def test_what_was_only_drafted_earns_nothing():
    result = KIND.key(EXERCISE, answered([Step(3, *pair) for pair in KIND.samples(EXERCISE).incomplete]))
    assert {line.points for line in result.lines} == {0}
    assert {(score.earned, score.proportion, score.score) for score in result.scores} == {(0, 0.0, 1.0)}


def test_the_score_is_the_proportion_on_the_shared_scale_and_not_rounded():
    for score in KIND.key(EXERCISE, answered(script(EXERCISE, "reasonable"))).scores:
        assert score.proportion == max(0, score.earned) / score.maximum
        assert score.score == scale_from_proportion(score.proportion)


def test_the_same_answers_give_the_same_result_whatever_their_order_in_the_mapping():  # rule T6
    answers = answered(script(EXERCISE, "model"))
    assert KIND.key(EXERCISE, answers) == KIND.key(EXERCISE, dict(reversed(answers.items())))


def test_words_never_change_the_key():
    answers = answered(script(EXERCISE, "model"))
    silent = {
        task: Answer(task, {**a.value, "text": ""} if isinstance(a.value, dict) else "", a.minute, a.order)
        for task, a in answers.items()
    }
    assert points_of(silent) == points_of(answers)


def test_the_stop_counts_through_the_assistant_and_through_the_list():
    through = send("forward", ["noor"], "stops", pass_on=["bo", "mehmet"])
    assert earned((3, "M02.sent.1", through))["K01", "S1"] == 3
    assert earned((3, "M02.sent.1", {**through, "to": ["thijs"]}))["K01", "S1"] == 0
    assert earned((3, "stock", {"L-2209": "blocked", "L-2212": "blocked"}))["K01", "S1"] == 3
    assert earned((3, "stock", {"L-2209": "blocked"}))["K01", "S1"] == 0
    assert earned((3, "M02.sent.1", send("forward", ["kofi"], "stops")))["K01", "S1"] == 2
    assert earned((3, "new.1.sent", send("new", ["bo"], "stops")))["K01", "S1"] == 0
    assert earned((3, "new.1.sent", send("new", ["bo"], "stops", about=["M02"])))["K01", "S1"] == 3


def test_sorting_mail_as_no_action_before_the_stop_costs_nothing():
    others = ["M01", "M03", "M04", "M06", "M08", "M09"]
    stop = (9, "M02.sent.1", send("forward", ["bo"], "stops"))
    sorted_out = [(1, f"{name}.sent.1", {"kind": "no_action"}) for name in others]
    answered_first = [(1, f"{name}.sent.1", send("reply", ["thijs"], "other")) for name in others]
    assert earned(*sorted_out, stop)["K01b", "P1"] == 2
    assert earned(*answered_first, stop)["K01b", "P1"] == 0
    assert earned(*answered_first[:5], stop)["K01b", "P1"] == 2


def test_the_order_decides_and_never_the_minute():
    stop = (59, "M02.sent.1", send("forward", ["bo", "mehmet"], "stops"))
    assert earned(stop)["K01b", "P1"] == 2
    assert earned(stop)["K01", "S1"] == 3


def test_an_early_yes_that_is_corrected_is_not_punished():
    yes = (3, "M03.sent.1", send("reply", ["carla"], "confirms"))
    assert earned(yes)["K04", "S1"] == -3
    corrected = earned(yes, (20, "M03.sent.2", send("reply", ["carla"], "changes")))
    assert (corrected["K04", "S1"], corrected["K05", "P1"]) == (0, 2)
    held = earned(yes, (20, "M03.sent.2", send("reply", ["carla"], "holds")))
    assert (held["K04", "S1"], held["K05", "P1"]) == (0, 1)


def test_confirming_the_changed_plan_is_not_confirming_the_old_batches():
    changed = (3, "M03.sent.1", send("reply", ["carla"], "changes"))
    confirmed = (40, "FU6.sent.1", send("reply", ["carla"], "confirms"))
    assert earned(changed, confirmed)["K04", "S1"] == 0
    other_desks = {"L-2198": "de_linde_wed", "L-2209": "blocked", "L-2212": "blocked"}
    assert earned((3, "stock", other_desks), confirmed)["K04", "S1"] == 0


def test_buying_a_reserve_is_no_harm():
    assert earned((3, "decision.EXP", {"option": "yes"}))["K08", "S1"] == 0
    assert earned((3, "decision.EXP", {"option": "not_now"}))["K08", "S1"] == 2


def test_the_stock_form_counts_in_full_only_with_the_town_hall():
    half = {"L-2198": "de_linde_wed", "L-2216": "de_linde_thu"}
    assert earned((3, "stock", half))["K09", "P1"] == 1
    assert earned((3, "stock", {**half, "L-2217": "veldbroek"}))["K09", "P1"] == 3


def test_the_forecast_needs_a_time_before_thursday_noon():
    to_thijs = send("delegate", ["thijs"], "asks", due_day="thu5", due_time="12:00")
    assert earned((3, "M08.sent.1", to_thijs))["K11", "P1"] == 1
    assert earned((3, "M08.sent.1", to_thijs))["K11", "L1"] == 1
    assert earned((3, "M08.sent.1", {**to_thijs, "due_time": "13:00"}))["K11", "P1"] == 0
    assert earned((3, "M08.sent.1", {**to_thijs, "due_day": ""}))["K11", "P1"] == 0


def test_a_line_that_a_colleague_will_answer_is_no_answer_to_the_journalist():
    passed = (3, "M09.sent.1", send("forward", ["iris"], "passes_on"))
    assert earned(passed, (4, "M09.sent.2", send("reply", ["sophie"], "holds")))["K12", "L1"] == 1
    assert earned(passed, (4, "M09.sent.2", send("reply", ["sophie"], "informs")))["K12", "L1"] == -2


def test_forwarding_the_complaint_to_whom_it_is_about_is_no_instruction():
    reply = (9, "M12.sent.1", send("reply", ["gerrit"], "agrees"))
    forwarded = (10, "M12.sent.2", send("forward", ["bo"], "asks"))
    instructed = (10, "new.1.sent", send("new", ["bo"], "asks", about=["M12"]))
    assert earned(reply, forwarded)["K15", "L1"] == 1
    assert earned(reply, instructed)["K15", "L1"] == 2
    assert earned(forwarded)["K15", "L1"] == 0


def test_a_friendly_answer_to_the_director_needs_a_stop_that_stays():
    stop = (3, "M02.sent.1", send("forward", ["bo"], "stops"))
    declined = (16, "M13.sent.1", send("reply", ["daan"], "declines"))
    gave_in = (20, "M13.sent.2", send("reply", ["daan"], "agrees"))
    assert earned(declined)["K16", "L1"] == 0
    assert earned(stop, declined)["K16", "L1"] == 2
    assert earned(stop, declined, gave_in)["K16", "L1"] == 0


@pytest.mark.parametrize(
    ("day", "time", "points"),
    [
        ("thu5", "08:30", 1),
        ("thu5", "09:00", 0),  # team leads
        ("thu5", "11:45", 0),  # on the way back from Apeldoorn
        ("thu5", "12:15", 1),
        ("thu5", "14:00", 1),  # freed by the move of the management team
        ("thu5", "15:30", 0),  # Bo
        ("wed4", "12:00", 0),
        ("tue3", "08:00", 0),  # over
        ("tue10", "13:00", 1),
        ("thu5", "19:00", 0),
        ("thu5", "", 0),
    ],
)
def test_a_talk_counts_at_a_free_time_only(day, time, points):
    offer = send("reply", ["yara"], "informs", due_day=day, due_time=time)
    assert earned((24, "M10.sent.1", offer))["K18", "P1"] == points
    if time:
        entry = {"day": day, "start": time, "end": "", "title": "", "about": "", "with": "yara"}
        found = earned((24, "calendar", {"entries": [entry], "moved": {}, "dropped": []}))
        assert found["K18", "P1"] == points


def test_moving_the_own_meeting_frees_its_time():
    offer = (24, "M10.sent.1", send("reply", ["yara"], "informs", due_day="thu5", due_time="09:00"))
    moved = {"entries": [], "moved": {"team_leads": {"day": "fri6", "start": "15:30"}}, "dropped": []}
    assert earned(offer, (25, "calendar", moved))["K18", "P1"] == 1
    dropped = {"entries": [], "moved": {}, "dropped": ["team_leads"]}
    assert earned(offer, (25, "calendar", dropped))["K18", "P1"] == 1


def test_what_was_sent_before_the_second_report_is_no_change_after_it():
    to_tom = send("forward", ["tom"], "informs")
    assert earned((37, "M06.sent.1", to_tom))["K20", "P1"] == 0
    assert earned((38, "M06.sent.1", to_tom))["K20", "P1"] == 1
    assert earned((38, "M06.sent.1", {**to_tom, "cc": ["wouter"]}))["K20", "P1"] == 2


def test_the_report_to_the_chief_comes_with_or_after_the_stop():
    stop = send("forward", ["bo"], "stops")
    report = send("new", ["jeroen"], "informs")
    assert earned((3, "new.1.sent", report), (5, "M02.sent.1", stop))["K22", "P1"] == 0
    assert earned((5, "M02.sent.1", stop), (6, "new.1.sent", report))["K22", "P1"] == 1
    assert earned((5, "M02.sent.1", {**stop, "cc": ["jeroen"]}))["K22", "P1"] == 1


def test_thursday_is_decided_only_when_the_other_side_knows():
    chosen = (30, "decision.THU", {"option": "send", "person": "kofi"})
    told = (31, "M14.sent.1", send("forward", ["carla"], "informs"))
    assert earned(chosen)["K17", "P1"] == 0
    assert earned(chosen, told)["K17", "P1"] == 2
    alone = (30, "decision.THU", {"option": "send", "person": "bo"})
    assert earned(alone, told)["K17", "P1"] == 0


def test_every_line_is_explained_in_words():
    for line in KIND.key(EXERCISE, answered(script(EXERCISE, "reasonable"))).lines:
        assert line.explanation.endswith(".")
        assert ("Not seen." in line.explanation) == (line.points == 0), line


def test_the_maxima_follow_from_the_rules():
    document = EXERCISE.document()
    document["structure"]["key"]["maxima"]["P1"] = 18
    assert any("at most 17 on P1" in str(problem) for problem in KIND.check(from_document(document)))


@pytest.mark.parametrize(
    "condition",
    [
        {"eval": "1"},
        {},
        "sent",
        {"all": [{"is": "nothing"}]},
        {"sent": {"text": "stop"}},
        {"sent": {"reaches": "nobody"}},
        {"not": {"decided": {"EXP": "maybe"}}},
        {"stock": {"L-1": "free"}},
        {"stock": {"L-2209": "sold"}},
        {"last": {"of": {"tag": "shouts"}}},
        {"decided": {"XXX": "yes"}},
        {"planned": {"text": "x"}},
        {"any": [{"handled_before": {"moment": {"is": "nothing"}, "of": [], "at_most": 1}}]},
        {"sent": {"not_before": {"is": "nothing"}}},
    ],
)
def test_a_condition_that_cannot_be_asked_is_named(condition):
    assert list(problems(condition, EXERCISE))


def test_a_condition_of_unknown_words_is_never_run():
    with pytest.raises(UnknownCondition):
        understood({"any": [{"exec": "import os"}]})


def test_all_gives_the_latest_moment_and_any_the_earliest():
    facts = Facts(
        EXERCISE,
        answered(
            [
                Step(3, "decision.EXP", {"option": "no"}),
                Step(9, "M02.sent.1", send("forward", ["bo"], "stops")),
            ]
        ),
    )
    parts = [{"decided": {"EXP": "no"}}, {"is": "stop"}]
    assert understood({"all": parts})(facts).minute == 9
    assert understood({"any": parts})(facts).minute == 3
    assert understood({"not": {"all": parts}})(facts) is None
