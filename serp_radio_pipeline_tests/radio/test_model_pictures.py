from xml.etree import ElementTree

from serp_radio_pipeline.labels.evaluation import evaluate
from serp_radio_pipeline.labels.training import training_weeks
from serp_radio_pipeline.radio.model_pictures import confusion_svg, reliability_svg
from serp_radio_pipeline_tests.labels.people import labels_with, newest

FOUND = evaluate(training_weeks(labels_with(newest(20))))
assert FOUND is not None


def test_the_confusion_matrix_says_every_count() -> None:
    assert FOUND is not None
    root = ElementTree.fromstring(confusion_svg(FOUND))  # noqa: S314 - our own
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    for row in FOUND.confusion:
        for count in row:
            assert str(count) in words
    assert words.count("Momentum up") == 2


def test_the_reliability_curve_has_a_dot_per_bin_inside_its_frame() -> None:
    assert FOUND is not None
    root = ElementTree.fromstring(reliability_svg(FOUND))  # noqa: S314 - our own
    dots = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(dots) == len(FOUND.reliability)
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    assert all(0 <= float(dot.attrib["cx"]) <= width and 0 <= float(dot.attrib["cy"]) <= height for dot in dots)
