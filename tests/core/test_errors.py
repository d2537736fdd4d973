"""The exception tree is the one its docstring draws."""

from tickpath.core import errors


def test_the_docstring_draws_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        name = line.split()[0] if line.split() else ""
        if not name.endswith("Error"):
            continue
        depth = (len(line) - len(line.lstrip())) // 4
        path = [*path[:depth], name]
        drawn[name] = path[-2] if depth else "Exception"
    declared = {
        name: kind.__bases__[0].__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.TickpathError)
    }
    assert drawn == declared


def test_a_grid_error_is_a_value_error() -> None:
    assert issubclass(errors.GridError, ValueError)
