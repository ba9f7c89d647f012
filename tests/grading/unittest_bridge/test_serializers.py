"""Values of known kinds cross as what they are: type, content, and what a test would compare."""

from __future__ import annotations

import collections
import datetime
import json
import pathlib
import uuid
import zoneinfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from harness.grading.sandbox.plain_data import NotPlainData, Wire, decode, encode
from harness.grading.unittest_bridge.serializers import deserialize, serialize
from tests.cases import all_cases


def _encoded(value: object) -> Wire:
    return encode(value, None, 0, lambda item: serialize(item, _encoded))


def _decoded(wire: Wire) -> object:
    return decode(wire, lambda tagged: deserialize(tagged, _decoded))


def _crossed(value: object) -> object:
    """The value after its form went through JSON."""
    return _decoded(json.loads(json.dumps(_encoded(value))))


Pair = collections.namedtuple("Pair", "left right")

_ZONES = st.sampled_from(
    [None, datetime.UTC, datetime.timezone(datetime.timedelta(hours=-3, minutes=30)), zoneinfo.ZoneInfo("Europe/Rome")]
)
_VALUES = st.one_of(
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.datetimes(timezones=_ZONES),
    st.decimals(allow_nan=False, places=3),
    st.fractions(max_denominator=1000),
    st.uuids(),
    st.lists(st.text("ab", max_size=2)).map(collections.Counter),
    st.dictionaries(st.text(max_size=3), st.integers()).map(collections.OrderedDict),
    st.dictionaries(st.text(max_size=3), st.lists(st.integers())).map(lambda d: collections.defaultdict(list, d)),
    st.lists(st.integers()).map(lambda items: collections.deque(items, maxlen=5)),
    st.builds(range, st.integers(-5, 5), st.integers(-5, 5), st.sampled_from([-2, 1, 3])),
    st.text("abc", min_size=1, max_size=4).map(pathlib.PurePosixPath),
)


@given(st.recursive(_VALUES, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner), max_leaves=6))
def test_standard_values_arrive_equal_and_of_their_type(value: object) -> None:
    found = _crossed(value)
    assert found == value
    assert type(found) is type(value)


@given(
    npst.arrays(npst.boolean_dtypes() | npst.integer_dtypes() | npst.floating_dtypes(), npst.array_shapes(min_side=0))
)
def test_arrays_arrive_to_the_last_bit(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    found = _crossed(array)
    assert isinstance(found, np.ndarray)
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
    found[...] = 0  # it may be written to


@all_cases(
    "value",
    [
        np.float64(0.1),
        np.int8(-3),
        np.bool_(True),
        np.str_("x"),
        np.str_(""),
        np.datetime64("2024-02-29"),
        np.array(["a", "bc"]),
        np.array([1, "a", None], dtype=object),
        np.array(["2024-01-01", "NaT"], dtype="datetime64[ns]"),
    ],
)
def test_numpy_kinds(value: np.generic) -> None:
    found = _crossed(value)
    assert type(found) is type(value)
    np.testing.assert_array_equal(found, value)
    assert found.dtype == value.dtype


_DAYS = pd.date_range("2024-01-30", periods=3, freq="D", name="day")
_FRAMES = [
    pd.DataFrame(),
    pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, float("nan")]}),
    pd.DataFrame({"a": [1.5, 2, 3], "a b": [True, False, True]}, index=_DAYS),
    pd.DataFrame({"k": pd.Categorical(["u", "v", "u"], categories=["v", "u"], ordered=True), "l": [[1], {}, (2,)]}),
    pd.DataFrame({"t": pd.to_datetime(["2024-01-01", None], utc=True), "n": pd.array([1, None], dtype="Int64")}),
    pd.DataFrame([[1, 2], [3, 4]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")], names=["p", "q"])),
    pd.DataFrame([[1, 2]], columns=["same", "same"]),
    pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_product([["u"], [1, 2]])),
]


@all_cases("frame", _FRAMES)
def test_frames(frame: pd.DataFrame) -> None:
    found = _crossed(frame)
    assert isinstance(found, pd.DataFrame)
    pd.testing.assert_frame_equal(found, frame, check_freq=True)


@all_cases(
    "series", [pd.Series([1, 2], name="n"), pd.Series(["a"], index=["k"]), pd.Series([], dtype=float), pd.Series(_DAYS)]
)
def test_series(series: pd.Series[object]) -> None:
    found = _crossed(series)
    assert isinstance(found, pd.Series)
    pd.testing.assert_series_equal(found, series)


@all_cases("index", [pd.RangeIndex(2, 9, 3, name="r"), pd.Index(["a", 1]), _DAYS, pd.Index([1.5], name="f")])
def test_indexes(index: pd.Index[object]) -> None:
    found = _crossed(index)
    assert isinstance(found, pd.Index)
    pd.testing.assert_index_equal(found, index, exact=True)


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2024-05-06 07:08:09.123456789"),
        pd.Timestamp("2024-05-06", tz="Europe/Rome"),
        pd.Timedelta(5, "ns"),
    ],
)
def test_time_stamps(value: pd.Timestamp) -> None:
    found = _crossed(value)
    assert (found, type(found), str(found)) == (value, type(value), str(value))


def test_missing_values_are_themselves() -> None:
    assert _crossed([pd.NaT, pd.NA]) == [pd.NaT, pd.NA] or _crossed(pd.NaT) is pd.NaT
    assert _crossed(pd.NA) is pd.NA


def test_a_named_tuple_keeps_its_names() -> None:
    found = _crossed(Pair(1, [2]))
    assert found == (1, [2])
    assert found.right == [2]  # type: ignore[attr-defined]


class _Counted(collections.Counter[str]):
    pass


def test_a_subclass_has_no_form_of_its_own() -> None:
    assert serialize(_Counted("aab"), _encoded) is None


@all_cases(
    "wire",
    [
        {"#": "np.array", "dtype": "O", "shape": [1], "v": "AAAAAAAAAAA="},
        {"#": "np.scalar", "dtype": "O", "v": "AAAAAAAAAAA="},
        {"#": "np.array", "dtype": "f8", "shape": [10**9], "v": "AAAAAAAAAAA="},
        {"#": "np.array", "dtype": "[('a','f8')]", "shape": [1], "v": "AAAAAAAAAAA="},
        {"#": "zone", "v": ["zoneinfo", "../../etc/passwd"]},
        {"#": "namedtuple", "name": "x", "v": [["__import__('os')"], [1]]},
        {"#": "pd.DataFrame", "v": [1]},
        {"#": "datetime", "v": "now"},
        {"#": "uuid", "v": str(uuid.UUID(int=1)) + "0"},
        {"#": "nothing known", "v": 1},
    ],
)
def test_what_is_no_form_is_refused(wire: dict[str, object]) -> None:
    with pytest.raises(NotPlainData):
        _decoded(wire)
