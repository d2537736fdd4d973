from typing import Any

BODY: Any
