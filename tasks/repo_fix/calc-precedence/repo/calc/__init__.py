from calc.evaluate import CalcError, calculate

__all__ = ["CalcError", "calculate"]
