"""Units of measure, what they measure and how they convert.

SI and customary units of length, area, volume, mass, time, pressure, energy, angle and money. Conversion factors are
exact by definition (BIPM, The International System of Units, 9th edition 2019; NIST Special Publication 811, appendix
B). Currencies do not convert: each measures something of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """`dimension` as powers of base quantities, None for a word that is no known unit; `factor` to the base unit."""

    name: str
    dimension: Dimension | None
    factor: Fraction = Fraction(1)


_TABLE = """
length 1 m meter meters metre metres;
length 1/100 cm centimeter centimeters centimetre centimetres;
length 1/1000 mm millimeter millimeters millimetre millimetres;
length 1/10 dm decimeter decimeters;
length 1000 km kilometer kilometers kilometre kilometres;
length 254/10000 in inch inches;
length 3048/10000 ft foot feet;
length 9144/10000 yd yard yards;
length 1609344/1000 mi mile miles;
mass 1 kg kilogram kilograms;
mass 1/1000 g gram grams;
mass 1/1000000 mg milligram milligrams;
mass 45359237/100000000 lb lbs pound pounds;
mass 45359237/1600000000 oz ounce ounces;
mass 1000 t ton tons tonne tonnes;
time 1 s sec secs second seconds;
time 60 min mins minute minutes;
time 3600 h hr hrs hour hours;
time 86400 day days;
time 604800 wk wks week weeks;
time 1/1000 ms millisecond milliseconds;
year 1 yr yrs year years;
year 1/12 mo mos month months;
volume 1/1000 l liter liters litre litres;
volume 1/1000000 ml milliliter milliliters;
angle 1 degree degrees deg;
angle 1/60 arcmin arcmins arcminute arcminutes;
angle 1/3600 arcsec arcsecs arcsecond arcseconds;
radian 1 rad rads radian radians;
length 18288/10000 fathom fathoms;
length 9460730472580800 ly lightyear lightyears;
length 30856775814913673 pc parsec parsecs;
length 149597870700 au AU;
pressure 101325 atm atms atmosphere atmospheres;
pressure 100000 bar bars;
pressure 133322387415/1000000000 mmHg torr;
pressure 6894757/1000 psi;
volume 3785411784/1000000000000 gal gals gallon gallons;
volume 946352946/1000000000000 qt quart quarts;
volume 473176473/1000000000000 pint pints;
volume 2365882365/10000000000000 cup cups;
area 40468564224/10000000 acre acres;
area 10000 ha hectare hectares;
money 1 dollar dollars usd;
money 1/100 cent cents;
money 1/4 quarter quarters;
money 1/10 dime dimes;
money 1/20 nickel nickels;
money 1/100 penny pennies;
euro 1 euro euros eur;
sterling 1 gbp sterling quid;
yuan 1 yuan cny rmb renminbi yuanyen;
yen 1 yen jpy;
rupee 1 rupee rupees inr;
won 1 won krw;
rouble 1 rouble roubles ruble rubles rub;
franc 1 franc francs chf;
peso 1 peso pesos;
temperature 1 kelvin K;
celsius 1 celsius;
fahrenheit 1 fahrenheit;
molarity 1 M;
energy 4184/1000 cal calorie calories;
energy 4184 kcal;
energy 3600000 kWh;
level 1 dB decibel decibels;
"""
_SYMBOLS = {
    "m": ("length", "1"), "g": ("mass", "1/1000"), "s": ("time", "1"), "L": ("volume", "1/1000"),
    "A": ("current", "1"), "N": ("force", "1"), "J": ("energy", "1"), "W": ("power", "1"), "V": ("voltage", "1"),
    "Hz": ("frequency", "1"), "Pa": ("pressure", "1"), "mol": ("amount", "1"), "C": ("charge", "1"),
    "T": ("field", "1"), "ohm": ("resistance", "1"), "F": ("capacitance", "1"),
    "eV": ("energy", "1602176634/10000000000000000000000000000"),
}  # fmt: skip
_FULL_NAMES = {
    "meter": "m", "metre": "m", "gram": "g", "second": "s", "liter": "L", "litre": "L", "ampere": "A", "amp": "A",
    "newton": "N", "joule": "J", "watt": "W", "volt": "V", "hertz": "Hz", "pascal": "Pa", "mole": "mol",
    "coulomb": "C", "tesla": "T", "farad": "F",
}  # fmt: skip
_PREFIXES = {
    "": 0, "k": 3, "M": 6, "G": 9, "c": -2, "m": -3, "n": -9,
    "micro": -6, "kilo": 3, "mega": 6, "giga": 9, "centi": -2, "milli": -3, "nano": -9,
}  # fmt: skip
"""Powers of ten, for symbols and for full names; `µ` is read as `micro` before."""


_VOLUME: Dimension = (("length", 3),)


def _table() -> dict[str, Unit]:
    units = {}
    for entry in filter(str.strip, _TABLE.replace("\n", " ").split(";")):
        base, factor, *names = entry.split()
        dimension: Dimension = {"volume": _VOLUME, "area": (("length", 2),)}.get(base, ((base, 1),))
        for name in names:
            units[name] = Unit(name, dimension, Fraction(factor))
    return prefixed() | units


def prefixed() -> dict[str, Unit]:
    """Every SI symbol and name with every prefix: `kPa`, `nm`, `kilonewtons`."""
    units = {}
    for prefix, power in _PREFIXES.items():
        scale = Fraction(10) ** power
        names = [(name, name) for name in _SYMBOLS] if len(prefix) < 2 or prefix == "micro" else []
        if len(prefix) != 1:
            names += [(full + plural, symbol) for full, symbol in _FULL_NAMES.items() for plural in ("", "s")]
        for name, symbol in names:
            base, factor = _SYMBOLS[symbol]
            dimension: Dimension = _VOLUME if base == "volume" else ((base, 1),)
            units[prefix + name] = Unit(prefix + name, dimension, Fraction(factor) * scale)
    return units


UNITS = _table()
