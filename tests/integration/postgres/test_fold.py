"""The unit tests of the same name, on PostgreSQL."""

from tests.unit.projections.test_fold import *  # noqa: F403 -- every test, and its fixtures
