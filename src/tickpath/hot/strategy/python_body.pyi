from typing import Any

from tickpath.hot.strategy.bodies import Body

class PythonBody:
    body: Body
    block: Any
    error: str
    def __init__(self, body: Body, int_count: int, float_count: int) -> None: ...
