"""Serializers for well-known library values, so that they cross as what they are and can be compared by the tests.

Of the standard library: dates, times, paths, UUIDs, ranges, slices, Counter, OrderedDict, defaultdict, deque, named
tuples. Of numpy: scalars and arrays. Of pandas: data frames, series, indexes, categoricals, time stamps. It runs on
both sides, imports a library only to build a value of it, and builds values of these kinds only: no form can carry
behaviour, and none is unpickled.

Subclasses of these stay with the program (rpc). Not supported: arrays with fields, sparse and interval data, time zones
other than UTC offsets and named zones, attributes set on an instance.
"""

from __future__ import annotations

import binascii
import collections
import datetime
import importlib
import pathlib
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any

from harness.grading.sandbox.plain_data import NotPlainData, Wire, exact_number, exact_number_of

Encode = Callable[[object], Wire]
Decode = Callable[[object], Any]

# Taken now: tests may replace them for the program.
_Datetime, _Date, _Time, _Timedelta, _Timezone = (
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.timezone,
)
_Path, _PurePath, _Uuid = pathlib.Path, pathlib.PurePosixPath, uuid.UUID
_NUMPY_KINDS = "biufcSUmM"  # of arrays whose bytes cross as they are; "O" crosses item by item


def serialize(value: object, encode: Encode) -> Wire | None:
    """The form of a value of one of these kinds, of no subclass; None for any other."""
    if (number := exact_number(value)) is not None:
        return number
    kind = type(value)
    known = _FORMS.get((kind.__module__, kind.__qualname__))
    if known is not None:
        tag, parts = known
        return {"#": tag, "v": encode(parts(value))}
    library = kind.__module__.partition(".")[0]
    if library == "numpy":
        return _numpy_form(value, encode)
    if library == "pandas":
        return _pandas_form(value, encode)
    if isinstance(value, tuple) and type(getattr(kind, "_fields", None)) is tuple:
        return {"#": "namedtuple", "name": kind.__name__, "v": encode([list(kind._fields), tuple(value)])}  # type: ignore[attr-defined]
    return None


def deserialize(wire: Mapping[str, object], decode: Decode) -> object:
    """The value of a form. Raises NotPlainData for a form that is none, or of a library that is not there."""
    if (number := exact_number_of(wire)) is not None:
        return number
    tag = str(wire.get("#"))
    build = _BUILDERS.get(tag)
    if build is None:
        raise NotPlainData(f"tag {tag[:20]!r} is unknown")
    try:
        return build(decode(wire.get("v")), wire)
    except NotPlainData:
        raise
    except Exception as error:
        raise NotPlainData(f"tag {tag!r}: {type(error).__name__}: {error}") from error


# the standard library


def _zone_parts(zone: datetime.tzinfo | None) -> object:
    if zone is None:
        return None
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if isinstance(name, str):
        return [type(zone).__module__.partition(".")[0], name]
    offset = zone.utcoffset(None)
    if offset is None:
        raise NotPlainData(f"a time zone of type {type(zone).__name__}")
    return ["offset", offset.total_seconds()]


def _zone(parts: Any) -> datetime.tzinfo | None:
    if parts is None:
        return None
    kind, name = parts
    if kind == "offset":
        return _Timezone(_Timedelta(seconds=name))
    if kind == "pytz":
        found: datetime.tzinfo = importlib.import_module("pytz").timezone(name)
        return found
    return zoneinfo.ZoneInfo(name)


def _datetime(parts: Any, _wire: object) -> datetime.datetime:
    *numbers, fold, zone = parts
    tzinfo = _zone(zone)
    naive = _Datetime(*numbers, fold=fold)
    localize = getattr(tzinfo, "localize", None)  # pytz: replace(tzinfo=...) would give a local mean time
    return localize(naive) if localize is not None else naive.replace(tzinfo=tzinfo)


def _datetime_parts(value: Any) -> object:
    numbers = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
    return [*numbers, value.fold, _zone_parts(value.tzinfo)]


def _time_parts(value: Any) -> object:
    return [value.hour, value.minute, value.second, value.microsecond, _zone_parts(value.tzinfo)]


def _defaultdict(parts: Any, _wire: object) -> object:
    factories: dict[str, Callable[[], object]] = {"int": int, "float": float, "str": str, "list": list, "dict": dict}
    return collections.defaultdict(factories.get(parts[0], set if parts[0] == "set" else None), parts[1])


def _named_tuple(parts: Any, wire: Mapping[str, object]) -> object:
    fields, items = parts
    return collections.namedtuple(str(wire.get("name")), fields)(*items)


_FORMS: Mapping[tuple[str, str], tuple[str, Callable[[Any], object]]] = {
    ("datetime", "datetime"): ("datetime", _datetime_parts),
    ("datetime", "date"): ("date", lambda value: [value.year, value.month, value.day]),
    ("datetime", "time"): ("time", _time_parts),
    ("datetime", "timedelta"): ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    ("datetime", "timezone"): ("zone", _zone_parts),
    ("zoneinfo", "ZoneInfo"): ("zone", _zone_parts),
    ("pathlib", "PosixPath"): ("path", str),
    ("pathlib._local", "PosixPath"): ("path", str),
    ("pathlib", "PurePosixPath"): ("purepath", str),
    ("uuid", "UUID"): ("uuid", str),
    ("builtins", "range"): ("range", lambda value: [value.start, value.stop, value.step]),
    ("builtins", "slice"): ("slice", lambda value: [value.start, value.stop, value.step]),
    ("builtins", "bytearray"): ("bytearray", bytes),
    ("builtins", "ellipsis"): ("ellipsis", lambda _: None),
    ("builtins", "mappingproxy"): ("mappingproxy", lambda value: tuple(value.items())),
    ("collections", "Counter"): ("Counter", dict),
    ("collections", "OrderedDict"): ("OrderedDict", lambda value: list(value.items())),
    ("collections", "defaultdict"): (
        "defaultdict",
        lambda value: [getattr(value.default_factory, "__name__", None), dict(value)],
    ),
    ("collections", "deque"): ("deque", lambda value: [list(value), value.maxlen]),
    ("types", "SimpleNamespace"): ("namespace", lambda value: dict(vars(value))),
}


# numpy


def _numpy_form(value: Any, encode: Encode) -> Wire | None:
    numpy = sys.modules["numpy"]
    dtype = getattr(value, "dtype", None)
    if isinstance(value, numpy.dtype):
        return {"#": "np.dtype", "v": value.str}
    # Structured arrays hold parts of several kinds, which bytes and one dtype cannot describe.
    if dtype is None or dtype.fields is not None:
        return None
    if isinstance(value, numpy.generic):
        if dtype.kind not in _NUMPY_KINDS:
            return None
        return {"#": "np.scalar", "dtype": dtype.str, "v": _base64(value.tobytes())}
    if type(value) is not numpy.ndarray:
        return None
    body: Wire
    if dtype.kind in _NUMPY_KINDS:
        body = _base64(numpy.ascontiguousarray(value).tobytes())
    elif dtype.kind == "O":
        body = encode(value.ravel().tolist())
    else:
        return None
    return {"#": "np.array", "dtype": dtype.str, "shape": list(value.shape), "v": body}


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def _dtype(wire: Mapping[str, object]) -> Any:
    dtype = importlib.import_module("numpy").dtype(str(wire.get("dtype")))
    if dtype.fields is not None or dtype.kind not in _NUMPY_KINDS + "O":
        raise NotPlainData(f"dtype {dtype}")
    return dtype


def _numpy_scalar(parts: Any, wire: Mapping[str, object]) -> object:
    numpy = importlib.import_module("numpy")
    dtype = _checked_plain(_dtype(wire))
    if dtype.itemsize == 0:
        return numpy.array("", dtype=dtype)[()]
    return numpy.frombuffer(binascii.a2b_base64(parts), dtype=dtype)[0]


def _numpy_array(parts: Any, wire: Mapping[str, object]) -> object:
    numpy = importlib.import_module("numpy")
    dtype, shape = _dtype(wire), wire.get("shape")
    if not isinstance(shape, list):
        raise NotPlainData("an array without its shape")
    if dtype.kind != "O":
        # A copy: frombuffer gives a read-only view, and a test may assign into the array.
        return numpy.frombuffer(binascii.a2b_base64(parts), dtype=dtype).reshape(shape).copy()
    # One by one: numpy.array(parts, dtype=object) makes a matrix of lists of equal length.
    array = numpy.empty(len(parts), dtype=object)
    for index, item in enumerate(parts):
        array[index] = item
    return array.reshape(shape)


def _checked_plain(dtype: Any) -> Any:
    if dtype.kind == "O":
        raise NotPlainData("bytes of an array of objects")  # they would be used as addresses
    return dtype


# pandas


def _pandas_form(value: Any, encode: Encode) -> Wire | None:
    pandas = sys.modules["pandas"]
    kind = type(value)
    if value is pandas.NaT:
        return {"#": "pd.NaT", "v": None}
    if value is pandas.NA:
        return {"#": "pd.NA", "v": None}
    if kind is pandas.Timestamp:
        return {"#": "pd.Timestamp", "v": encode([value.isoformat(), value.unit, _zone_parts(value.tzinfo)])}
    if kind is pandas.Timedelta:
        return {"#": "pd.Timedelta", "v": encode([value.isoformat(), value.unit])}
    if kind is pandas.DataFrame:
        columns = [_column(value.iloc[:, index], encode) for index in range(value.shape[1])]
        return {"#": "pd.DataFrame", "v": [encode(value.columns), encode(value.index), columns]}
    if kind is pandas.Series:
        return {"#": "pd.Series", "v": [_column(value, encode), encode(value.index), encode(value.name)]}
    if kind is pandas.RangeIndex:
        return {"#": "pd.RangeIndex", "v": encode([value.start, value.stop, value.step, value.name])}
    if kind is pandas.MultiIndex:
        return {"#": "pd.MultiIndex", "v": encode([value.tolist(), list(value.names)])}
    if kind is pandas.DatetimeIndex:
        frequency = getattr(value, "freqstr", None)
        return {"#": "pd.DatetimeIndex", "v": [_column(value, encode), frequency, encode(value.name)]}
    if kind in (pandas.Index, pandas.CategoricalIndex, pandas.TimedeltaIndex):
        return {"#": "pd.Index", "v": [_column(value, encode), encode(value.name)]}
    if kind is pandas.Categorical:
        return {"#": "pd.Categorical", "v": _column(value, encode)}
    return None


def _column(values: Any, encode: Encode) -> Wire:
    """One column: its dtype by name, and its values; of a categorical also the categories."""
    pandas = sys.modules["pandas"]
    dtype = values.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        codes = values.codes if hasattr(values, "codes") else values.cat.codes.to_numpy()
        plain = [[int(code) for code in codes], dtype.categories, bool(dtype.ordered)]
        return {"#": "tuple", "v": ["category", encode(plain)]}
    name = str(dtype)
    if name == "object" or not isinstance(dtype, sys.modules["numpy"].dtype):
        items = list(values.astype(object))
        return {"#": "tuple", "v": [name, encode(items)]}
    return {"#": "tuple", "v": [name, encode(values.to_numpy())]}


def _series_of(column: Any) -> Any:
    pandas = importlib.import_module("pandas")
    name, values = column
    if name == "category":
        codes, categories, ordered = values
        return pandas.Categorical.from_codes(codes, categories=categories, ordered=ordered)
    return pandas.array(values, dtype=name) if name not in ("object",) else _objects(values)


def _objects(values: Any) -> Any:
    numpy = importlib.import_module("numpy")
    array = numpy.empty(len(values), dtype=object)
    array[:] = values
    return array


def _frame(parts: Any, _wire: object) -> object:
    pandas = importlib.import_module("pandas")
    columns, index, data = parts
    series = [_series(column, index) for column in data]
    frame = pandas.concat(series, axis=1) if series else pandas.DataFrame(index=index)
    frame.columns = columns
    return frame


def _series(column: Any, index: Any, name: Any = None) -> Any:
    pandas = importlib.import_module("pandas")
    dtype, values = column
    if dtype == "category":
        return pandas.Series(_series_of(column), index=index, name=name)
    if dtype == "object":
        return pandas.Series(_objects(values), index=index, name=name, dtype=object)
    return pandas.Series(values, index=index, name=name, dtype=dtype)


def _index(parts: Any, _wire: object) -> object:
    pandas = importlib.import_module("pandas")
    (dtype, values), name = parts
    if dtype == "category":
        return pandas.CategoricalIndex(_series_of((dtype, values)), name=name)
    return pandas.Index(_objects(values) if dtype == "object" else values, dtype=dtype, name=name)


def _datetime_index(parts: Any, _wire: object) -> object:
    (dtype, values), frequency, name = parts
    return importlib.import_module("pandas").DatetimeIndex(values, dtype=dtype, freq=frequency, name=name)


def _timestamp(parts: Any, _wire: object) -> object:
    text, unit, zone = parts
    stamp = importlib.import_module("pandas").Timestamp(text)
    return (stamp if zone is None else stamp.tz_convert(_zone(zone))).as_unit(unit)


def _timedelta(parts: Any, _wire: object) -> object:
    return importlib.import_module("pandas").Timedelta(parts[0]).as_unit(parts[1])


def _range_index(parts: Any, _wire: object) -> object:
    start, stop, step, name = parts
    return importlib.import_module("pandas").RangeIndex(start, stop, step, name=name)


_BUILDERS: Mapping[str, Callable[[Any, Any], object]] = {
    "datetime": _datetime,
    "date": lambda parts, _: _Date(*parts),
    "time": lambda parts, _: _Time(*parts[:4]).replace(tzinfo=_zone(parts[4])),
    "timedelta": lambda parts, _: _Timedelta(*parts),
    "zone": lambda parts, _: _zone(parts),
    "path": lambda parts, _: _Path(parts),
    "purepath": lambda parts, _: _PurePath(parts),
    "uuid": lambda parts, _: _Uuid(parts),
    "range": lambda parts, _: range(*parts),
    "slice": lambda parts, _: slice(*parts),
    "bytearray": lambda parts, _: bytearray(parts),
    "ellipsis": lambda _parts, _: ...,
    "mappingproxy": lambda parts, _: types.MappingProxyType(dict(parts)),
    "Counter": lambda parts, _: collections.Counter(parts),
    "OrderedDict": lambda parts, _: collections.OrderedDict(parts),
    "defaultdict": _defaultdict,
    "deque": lambda parts, _: collections.deque(*parts),
    "namespace": lambda parts, _: types.SimpleNamespace(**parts),
    "namedtuple": _named_tuple,
    "np.dtype": lambda parts, _: importlib.import_module("numpy").dtype(str(parts)),
    "np.scalar": _numpy_scalar,
    "np.array": _numpy_array,
    "pd.NaT": lambda _parts, _: importlib.import_module("pandas").NaT,
    "pd.NA": lambda _parts, _: importlib.import_module("pandas").NA,
    "pd.Timestamp": _timestamp,
    "pd.Timedelta": _timedelta,
    "pd.DataFrame": _frame,
    "pd.Series": lambda parts, _: _series(parts[0], parts[1], parts[2]),
    "pd.RangeIndex": _range_index,
    "pd.MultiIndex": lambda parts, _: importlib.import_module("pandas").MultiIndex.from_tuples(
        *parts[:1], names=parts[1]
    ),
    "pd.DatetimeIndex": _datetime_index,
    "pd.Index": _index,
    "pd.Categorical": lambda parts, _: _series_of(parts),
}
