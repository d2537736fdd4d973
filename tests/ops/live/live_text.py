"""A run configuration from text, and what a mistake in it says."""

from pathlib import Path

import pytest

from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError
from tickpath.ops.live.config import LiveSpec, load_live


def load(folder: Path, text: str) -> LiveSpec:
    """Both parts of the file."""
    path = folder / "run.toml"
    path.write_text(text)
    return load_live(path, load_config(path))


def mistake(folder: Path, whole: str, right: str, wrong: str) -> str:
    """The one line, with its place, that `wrong` in the place of `right` is answered with."""
    assert whole.count(right) == 1
    with pytest.raises(ConfigError) as caught:
        load(folder, whole.replace(right, wrong))
    text = str(caught.value)
    assert "run.toml" in text
    assert "\n" not in text
    return text
