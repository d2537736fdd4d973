"""The balances that an account began with, beside the journal: one small JSON file.

Amounts are decimal text. The file is replaced as a whole, so a death of the process leaves the old
or the new one.
"""

import json
import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tickpath.core.errors import DataError

NAME = "balances.json"
Balances = Mapping[str, Mapping[str, Decimal]]


def read_baseline(folder: Path) -> dict[str, dict[str, Decimal]]:
    """By venue and asset; empty before the first reconciliation. Raises DataError."""
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(venue): {str(asset): Decimal(amount) for asset, amount in found.items()}
            for venue, found in data.items()
        }
    except (OSError, ValueError, AttributeError, TypeError, InvalidOperation) as error:
        raise DataError(
            f"{path}: cannot be read ({type(error).__name__}): restore it, or remove it to take "
            "the venues' balances as they are for the beginning"
        ) from None


def write_baseline(folder: Path, balances: Balances) -> None:
    """Replace the file. Raises OSError."""
    data = {
        venue: {asset: format(amount, "f") for asset, amount in sorted(found.items())}
        for venue, found in sorted(balances.items())
    }
    path = folder / NAME
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps(data, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
