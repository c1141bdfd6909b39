"""One writes to a file at a time: who could wait is told whether it would have to."""

from sqlalchemy import Engine, text

from projections.database import connected_writer, nobody_writes


def test_a_file_is_free_until_somebody_writes_and_after_that(engine: Engine) -> None:
    with connected_writer(engine) as one, connected_writer(engine) as other:
        assert nobody_writes(one)
        with other.begin():
            other.execute(text("DELETE FROM checkpoints"))
            assert not nobody_writes(one)
            assert other.in_transaction()
        assert nobody_writes(one)


def test_who_asks_waits_for_its_turn_as_before(engine: Engine) -> None:
    with connected_writer(engine) as one:
        before = one.scalar(text("PRAGMA busy_timeout"))
        one.rollback()
        assert nobody_writes(one)
        assert one.scalar(text("PRAGMA busy_timeout")) == before > 0
