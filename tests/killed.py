"""A request that never ends its second step; a test starts this as a process of its own and kills it.

python -m tests.killed PICTURE: prints "waiting" once step 1 is done and step 2 has begun.
"""

from __future__ import annotations

import sys
from typing import Any

from agent import Agent
from tests.fakes import FakeDetector, FakeModels, FakePlanner
from tools.types import Image, Region

PROGRAM = 'm = detect(image, "mug")\nc = detect(image, "cup")\nanswer(count(m) + count(c))\n'
QUESTION = "How many mugs and cups?"
SCENE = {"mug": [(1, 1, 5, 5), (10, 1, 15, 5)], "cup": [(20, 1, 25, 5)]}


class Stuck(FakeDetector):
    def find(self, image: Image, encoding: Any, phrase: str) -> list[Region]:
        if phrase == "cup":
            print("waiting", flush=True)
            sys.stdin.read()  # until the end of the process
        return super().find(image, encoding, phrase)


if __name__ == "__main__":
    agent = Agent(planner=FakePlanner(PROGRAM), models=FakeModels({"detector": Stuck(SCENE)}), trace=False)
    agent.ask(sys.argv[1], QUESTION, session="s")
