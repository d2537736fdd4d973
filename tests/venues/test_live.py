"""The skip of what is not installed: seen where people work, an error in CI."""

import pytest
from venues.live import live


def test_what_is_there_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for ci in ("true", ""):
        monkeypatch.setenv("CI", ci)
        assert live("json.decoder").__name__ == "json.decoder"


def test_what_is_missing_is_named_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no_such_package of extra `live`"):
        live("no_such_package.part")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ModuleNotFoundError):
        live("no_such_package.part")
