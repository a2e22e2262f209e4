"""Fuzzing the protocols' parsers with atheris: ``make fuzz``."""
