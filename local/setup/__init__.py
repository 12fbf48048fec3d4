"""Makes the environment that every command of `dev.py` runs in.

Everything here runs before that environment exists, under whatever Python a person has: the standard library
alone, and nothing newer than Python 3.9 (so no slots in dataclasses, and no `X | Y` outside annotations).
"""
