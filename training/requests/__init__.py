"""Generated requests and their programs: a meaning is sampled first, then one of the ways to say it.

    from training.requests import stream
    for example in stream(seed): ...

See families.py for what is asked how often. Every program is checked before it is given out.
"""

from training.requests.families import Example, stream

__all__ = ["Example", "stream"]
