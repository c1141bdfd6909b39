"""A pytest plugin: a full run in which the coverage of a part is below its floor has failed.

`make test` loads it with `-p tests.tidy.coverage_floors`, beside pytest-cov. A part below its floor
is reported like a failed test, so that pytest's own closing line counts it and stays the last line.
"""

import io
from collections.abc import Generator
from pathlib import Path
from typing import Final, NamedTuple

import coverage
import pytest
from coverage.exceptions import NoDataError

ROOT: Final = Path(__file__).parents[2]


class Floor(NamedTuple):
    """What share of lines and branches, in per cent, the files of one part must reach."""

    part: str
    percent: float
    folders: tuple[str, ...]
    rest: bool = False  # True: every file but those of the folders


STRICT: Final = ("ledger", "schemas")
FLOORS: Final = (
    *(Floor(part=folder, percent=100.0, folders=(folder,)) for folder in STRICT),
    Floor(part="everything else", percent=90.0, folders=STRICT, rest=True),
)


def measured(floor: Floor) -> float | None:
    """Return the part's coverage in per cent; None where it has no file yet."""
    if not floor.rest and not any((ROOT / folder).is_dir() for folder in floor.folders):
        return None
    data = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"))
    data.load()
    files = [f"{folder}/*" for folder in floor.folders]
    try:
        if floor.rest:
            return data.report(omit=files, file=io.StringIO())
        return data.report(include=files, file=io.StringIO())
    except NoDataError:
        return None


def failure(floor: Floor, percent: float) -> pytest.TestReport:
    """Return what pytest shall tell about a part that is below its floor."""
    return pytest.TestReport(
        nodeid=f"coverage of {floor.part}",
        location=("pyproject.toml", None, f"coverage of {floor.part}"),
        keywords={},
        outcome="failed",
        longrepr=(
            f"{percent:.2f} % of lines and branches are covered; the floor is {floor.percent:g} %.\n"
            "The table below names the lines: test them, or delete what nothing needs."
        ),
        when="call",
    )


def complete(config: pytest.Config) -> bool:
    """Tell whether every test was asked for: a part of them covers a part of the code."""
    narrowed = (config.option.keyword, config.option.markexpr, config.option.deselect)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
        any(narrowed) or config.option.lf or config.option.collectonly
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Judge the floors once pytest-cov has written its data; a run that failed is not judged."""
    result = yield
    if session.testsfailed or not complete(session.config):
        return result
    for floor in FLOORS:
        percent = measured(floor)
        if percent is not None and percent < floor.percent:
            session.config.hook.pytest_runtest_logreport(report=failure(floor, percent))
    return result
