"""Units: two kinds or two sizes of unit are two amounts; a missing one is not held against an answer."""

from __future__ import annotations

import pytest

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

UNITS = [
    ("24 square units", "24", True),
    ("24 cm", "24 mm", False),
    ("24 cm", "0.24 m", True),
    ("24 kg", "24000 g", True),
    ("24 km/h", "24", True),
    ("36 km/h", "10 m/s", True),
    ("24 cubic meters", "24 square meters", False),
    ("24 ft", "24 in", False),
    ("2 ft", "24 in", True),
    ("24 mi", "24 km", False),
    ("24 yd", "24 ft", False),
    ("24 lb", "24 kg", False),
    ("24 oz", "24 lb", False),
    ("24 J", "24 kJ", False),
    ("24 J", "24 W", False),
    ("24 Hz", "24 s", False),
    (r"5^\circ C", r"5^\circ F", False),
    (r"5^\circ C", "5 K", False),
    (r"20^\circ C", "20", True),
    ("5 pints", "5 quarts", False),
    ("5 weeks", "35 days", True),
    ("5 weeks", "5 days", False),
    ("5 years", "5 months", False),
    ("2 years", "24 months", True),
    ("5 minutes", "300 seconds", True),
    ("5 minutes", "5 seconds", False),
    ("1.5 hours", "90 minutes", True),
    ("5 V", "5 A", False),
    ("5 mA", "5 A", False),
    ("5 C", "5 F", False),
    ("5 mol", "5 g", False),
    ("5 Pa", "5 kPa", False),
    ("5 eV", "5 J", False),
    ("5 T", "5 G", False),
    (r"5 \AA", "5 nm", False),
    ("5 AU", "5 ly", False),
    ("5 ms", "5 s", False),
    (r"5 \mu s", "5 ms", False),
    ("5 GB", "5 MB", False),
    ("5 bits", "5 bytes", False),
    ("5 acres", "5 hectares", False),
    ("5 rpm", "5 Hz", False),
    ("5 m/s", "5 m/s^2", False),
    ("5 N m", "5 N", False),
    ("5 kg m/s", "5 kg", False),
    ("5 g/cm^3", "5 kg/m^3", False),
    ("5 dB", "5", True),
    ("5 score", "5", False),
    ("5 dozen", "60", True),
    ("5 pairs", "5", True),
    ("3 hundred", "300", True),
    ("5 million", "5", False),
    ("5 million", "5000000", True),
    ("5 thousand dollars", r"\$5000", True),
    ("5 million", "5 billion", False),
    ("5 cents", "5 dollars", False),
    ("50 cents", r"\$0.50", True),
    (r"\$5", "5", True),
    (r"\$5", "5 dollars", True),
    (r"\$5", "5 USD", True),
    (r"\$5", "€5", False),
    ("£5", r"\$5", False),
    ("5 yen", "5 yuan", False),
    ("5元", "5角", False),
    ("5元", "50角", True),
    ("5元", "¥5", True),
    ("5元", "5", True),
    ("20元", "20欧元", False),
    ("20元", "20日元", False),
    ("5 rupees", "5 dollars", False),
    ("5 francs", "5 euros", False),
    (r"HK\$5", r"\$5", False),
    (r"\$1,000", "1000", True),
    (r"\$5.00", r"\$5", True),
    ("20美元", r"\$20", True),
    ("5 euros", "€5", True),
    ("￥20", "20元", True),
    ("5万元", "50000元", True),
    ("5万元", "5元", False),
    ("5分", "5角", False),
    ("24厘米", "24米", False),
    ("24厘米", "24cm", True),
    ("24平方厘米", "24立方厘米", False),
    ("24平方米", "24", True),
    ("24千米", "24米", False),
    ("24公里", "24千米", True),
    ("24公里", "24里", False),
    ("24毫升", "24升", False),
    ("24升", "24立方分米", True),
    ("24公顷", "24平方米", False),
    ("24斤", "24千克", False),
    ("24斤", "12千克", True),
    ("24分钟", "24秒", False),
    ("2小时", "120分钟", True),
    ("24人", "24个", True),
    ("24只", "24", True),
    ("24天", "24小时", False),
    ("24周", "24天", False),
    ("24千米/时", "24米/秒", False),
    ("36千米/时", "10米/秒", True),
    ("24立方分米", "24升", True),
    ("24平方千米", "24平方米", False),
    ("24克", "24毫克", False),
    ("3吨", "3000千克", True),
    ("24亩", "24公顷", False),
    ("24摄氏度", "24度", True),
    ("30度", r"30^\circ", True),
    ("30度", r"\frac{\pi}{6}", True),
    ("24毫米", "24微米", False),
    ("24 cm", "24厘米", True),
    ("24 m", "24厘米", False),
]


@all_cases(("gold", "prediction", "is_equal"), UNITS)
def test_units_convert_or_differ(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


DEGREES = [
    (None, r"25^\circ", r"25^\circ C", False),
    (None, "25°", "25℃", False),
    (None, "25°", "25°F", False),
    (None, "25°", "25摄氏度", False),
    (None, "25 degrees", "25 degrees Celsius", False),
    (None, "25°", "25 K", False),
    ("What is the temperature?", "25°", "25°C", True),
    ("What is the temperature?", "25°C", "25°", True),
    ("What is the temperature?", "25°C", "25°F", False),
    (None, "$5", "5 cents", False),
    (None, "$5", "500 cents", True),
    (None, "¥5", "$5", False),
]


@all_cases(("question", "gold", "prediction", "is_equal"), DEGREES)
def test_a_temperature_is_no_angle_and_a_lone_dollar_sign_is_money(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


BASES = [
    ("What is 1011 in base 3?", "12", "12_3", True),
    ("How many apples are left?", "12", "12 in base 3", False),
]


@pytest.mark.parametrize(("question", "gold", "prediction", "is_equal"), BASES)
def test_a_base_may_be_left_out_where_the_question_names_one(
    question: str, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


SORTED = [
    ("Arrange A, B and C from smallest to largest.", "A, C, B", "A, B, C", False),
    ("Arrange A, B and C from smallest to largest.", "A, C, B", "A, C, B.", True),
    ("甲、乙两人各有多少本?", "3,5", "5,3", False),
]


@pytest.mark.parametrize(("question", "gold", "prediction", "is_equal"), SORTED)
def test_letters_and_parts_keep_the_order_asked_for(
    question: str, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


PERCENT = [
    (None, "50%", "0.5", True),
    ("What percent is it?", "50%", "50", True),
    ("What percent is it?", "50", "50%", True),
    ("What percent is it?", "50%", "0.5", True),
    (None, "50%", "5%", False),
    (None, "0.5", "50%", True),
    (None, "0.5%", "0.005", True),
    (None, r"50\%", r"\frac12", True),
    (None, "50%", "50‰", False),
    (None, "5‰", "0.005", True),
    (None, "百分之五十", "50%", True),
    ("求百分之几？", "50%", "50", True),
    (None, "50 percent", "50%", True),
    (None, "50 percentage points", "50%", True),
]


@all_cases(("question", "gold", "prediction", "is_equal"), PERCENT)
def test_percent_is_a_hundredth(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


NAMES_OF_TWO = [
    ("5 pounds", "£5", True),
    ("¥5", "5 yen", True),
    ("¥5", "5 yuan", True),
    ("5 yen", "5 yuan", False),
    ("3 yr", "36 months", True),
]


@all_cases(("gold", "prediction", "is_equal"), NAMES_OF_TWO)
def test_names_that_say_too_little_do_not_differ(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
