"""Formulas as trees: exact values, floating-point values, polynomials, normal forms."""
