"""The framework of dimensions and the reading of rubrics."""

import pytest

from exercises.rubric import Rubric, clusters, framework, job_analysis


def test_there_are_seven_dimensions_in_three_clusters_in_the_order_of_the_report():
    assert list(framework()) == ["L1", "L2", "L3", "P1", "P2", "S1", "S2"]
    assert {dimension.cluster for dimension in framework().values()} == set(clusters())


@pytest.mark.parametrize("name", ["L1", "L2", "L3", "P1", "P2", "S1", "S2"])
def test_a_dimension_has_a_definition_behaviours_of_both_signs_and_general_anchors(name):  # rule M3
    dimension = framework()[name]
    ids = [behaviour.id for behaviour in dimension.behaviours]
    assert len(set(ids)) == len(ids)
    assert {behaviour.sign for behaviour in dimension.behaviours} == {"+", "-"}
    for behaviour in dimension.behaviours:
        assert behaviour.id.startswith(f"{name}.n" if behaviour.sign == "-" else f"{name}.")
    assert list(dimension.anchors) == [1, 3, 5]
    for words in (dimension.name, dimension.definition, *dimension.anchors.values()):
        assert words["en"].strip()
        assert words["nl"].strip()
        assert words["en"] != words["nl"]


def test_the_framework_says_what_it_rests_on_and_that_no_local_job_analysis_stands_behind_it():  # rule M3
    assert "no local job analysis" in job_analysis()["en"]
    assert "functieanalyse is er nog niet" in job_analysis()["nl"]
    assert all(len({*one.rests_on.values()}) == 2 for one in framework().values())
    assert len({one.rests_on["en"] for one in framework().values()}) == len(framework())


def test_a_rubric_with_four_anchors_is_refused():
    with pytest.raises(ValueError, match="instead of five"):
        Rubric.from_document({"dimensions": {"S1": {"anchors": [{"en": "a", "nl": "b"}] * 4}}})


def test_a_checklist_line_without_a_sign_is_refused():
    line = {"id": "x", "sign": "?", "behaviour": "S1.1", "en": "a", "nl": "b"}
    with pytest.raises(ValueError, match=r"neither \+ nor -"):
        Rubric.from_document({"dimensions": {"S1": {"checklist": [line]}}})


def test_a_change_of_wording_is_another_version():
    one = {"dimensions": {"S1": {"anchors": [{"en": "a", "nl": "b"}] * 5}}}
    other = {"dimensions": {"S1": {"anchors": [{"en": "a", "nl": "c"}] * 5}}}
    assert Rubric.from_document(one).hash != Rubric.from_document(other).hash
    assert Rubric.from_document(one).hash == Rubric.from_document(Rubric.from_document(one).document()).hash
