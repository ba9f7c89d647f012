"""Proof of equality by rewriting two formulas to one normal form, without sympy."""
