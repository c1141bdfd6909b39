"""A claim's value leaves out its regions and its day: the decider's tables are folded again."""

from alembic import op

revision = "0002"
down_revision = "0001"
TABLES = ("claims", "claim_marks", "manual_marks", "breaks", "daily_rows", "states")


def upgrade() -> None:
    """Empty the decider's tables; who writes next brings them level with the log."""
    op.execute("DELETE FROM checkpoints WHERE projection = 'decider'")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"TRUNCATE {', '.join(TABLES)}")
    else:
        for table in TABLES:
            op.execute(f"DELETE FROM {table}")  # noqa: S608 -- our own table


def downgrade() -> None:
    """Do the same: each revision reads only what it has written."""
    upgrade()
