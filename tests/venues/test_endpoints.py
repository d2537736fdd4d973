import pytest

from tickpath.venues.endpoints import Endpoints


def test_the_most_wanted_that_does_not_rest_is_chosen() -> None:
    ends = Endpoints(["a", "b", "c"], rest_ns=100)
    assert ends.choose(0) == "a"
    ends.failed("a", 0)
    assert ends.choose(99) == "b"
    assert ends.choose(100) == "a"
    ends.failed("a", 100)
    ends.held("a")
    assert ends.choose(100) == "a"


def test_a_second_line_goes_elsewhere_when_it_can() -> None:
    ends = Endpoints(["a", "b"], rest_ns=100)
    assert ends.choose(0, beside=["a"]) == "b"
    ends.failed("b", 0)
    assert ends.choose(0, beside=["a"]) == "a"


def test_when_all_rest_the_first_to_wake_is_taken() -> None:
    ends = Endpoints(["a", "b"], rest_ns=100)
    ends.failed("b", 0)
    ends.failed("a", 10)
    assert ends.choose(20) == "b"


@pytest.mark.parametrize("urls", [[], ["a", "a"]])
def test_lists_that_make_no_sense_are_refused(urls: list[str]) -> None:
    with pytest.raises(ValueError, match="endpoints"):
        Endpoints(urls)
