"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "0001"
down_revision = None
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


class RowId(UserDefinedType[int]):
    """A number by which SQLite keeps the rows of a table in order."""

    def get_col_spec(self, **_: object) -> str:
        """Return the words that make it so."""
        return "INTEGER PRIMARY KEY"


PLACE = sa.BigInteger().with_variant(RowId(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "account_days",
        sa.Column("day", TEXT, nullable=False),
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", "account"),
        postgresql_partition_by="RANGE (day)",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "account_months",
        sa.Column("month", TEXT, nullable=False),
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("month", "account"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "accounts",
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("book", TEXT, nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("counterparty", TEXT, nullable=False),
        sa.Column("clearing_class", TEXT, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("institution", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("account"),
        sa.UniqueConstraint(
            "book", "family", "counterparty", "clearing_class", "item", "institution"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answers",
        sa.Column("command_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
    )
    op.create_index("answers_key", "answers", ["command_offset"], unique=True)
    op.create_table(
        "book_days",
        sa.Column("day", TEXT, nullable=False),
        sa.Column("book", TEXT, nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", "book", "family"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "break_heads",
        sa.Column("break_id", TEXT, nullable=False),
        sa.Column("category", TEXT, nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
        sa.Column("difference", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_on", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("break_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "break_steps",
        sa.Column("break_id", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("break_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "breaks",
        sa.Column("break_id", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
        sa.Column("unresolved", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("break_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("breaks_of_claim", "breaks", ["claim_id"], unique=False)
    op.create_index("breaks_unresolved", "breaks", ["unresolved", "claim_id"], unique=False)
    op.create_table(
        "calendar_days",
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("year", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "care_days",
        sa.Column("day", TEXT, nullable=False),
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("clearing_class", TEXT, nullable=False),
        sa.Column("institution", TEXT, nullable=False),
        sa.Column("hifp_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cvlserv_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifes_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifmi_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifob_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifdm_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("maf_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("oth_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("acct_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "insured_region", "treatment_region", "clearing_class", "institution"
        ),
        postgresql_partition_by="RANGE (day)",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "care_months",
        sa.Column("month", TEXT, nullable=False),
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("clearing_class", TEXT, nullable=False),
        sa.Column("institution", TEXT, nullable=False),
        sa.Column("hifp_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cvlserv_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifes_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifmi_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifob_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hifdm_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("maf_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("oth_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("acct_pay", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "month", "insured_region", "treatment_region", "clearing_class", "institution"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoints",
        sa.Column("projection", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("projection"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "claim_events",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "claim_marks",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
    )
    op.create_index("claim_marks_key", "claim_marks", ["key", "claim_id"], unique=True)
    op.create_table(
        "claims",
        sa.Column("position", PLACE, autoincrement=False, nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
        sa.Column("corridor_day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("claim", TEXT, nullable=False),
        sa.Column("life", TEXT, nullable=True),
        postgresql_partition_by="HASH (claim_id)",
    )
    op.create_index("claims_key", "claims", ["claim_id"], unique=True)
    op.create_index("claims_of_day", "claims", ["corridor_day"], unique=False)
    op.create_table(
        "closed_periods",
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("scheme", "period"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commands",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("position", PLACE, autoincrement=False, nullable=False),
        sa.Column("accepted", sa.BigInteger(), autoincrement=False, nullable=False),
    )
    op.create_index("commands_key", "commands", ["key"], unique=True)
    op.create_table(
        "consumed",
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("next_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("topic"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "corridors",
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("since", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("insured_region", "treatment_region"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_rows",
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("party", TEXT, nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scheme", "insured_region", "treatment_region", "day", "party"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_balances",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("balance", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
    )
    op.create_index("feed_balances_key", "feed_balances", ["account"], unique=True)
    op.create_table(
        "feed_generation",
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("feed"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_outbox",
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message", TEXT, nullable=False),
    )
    op.create_index(
        "feed_outbox_key", "feed_outbox", ["generation", "position", "line"], unique=True
    )
    op.create_table(
        "manual_marks",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pool_days",
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("measure", TEXT, nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("insured_region", "treatment_region", "day", "measure"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quotas",
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("sized", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("insured_region", "treatment_region", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statement_steps",
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("submit_due", TEXT, nullable=True),
        sa.Column("pay_due", TEXT, nullable=True),
        sa.PrimaryKeyConstraint(
            "scheme", "period", "insured_region", "treatment_region", "position"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statements",
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("insured_region", TEXT, nullable=False),
        sa.Column("treatment_region", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("visits", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("medfee_sumamt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("employee", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resident", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deduction", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("items", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("principal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warning_yellow", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warning_red", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "scheme", "period", "insured_region", "treatment_region", "position"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "states",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("states")
    op.drop_table("statements")
    op.drop_table("statement_steps")
    op.drop_table("quotas")
    op.drop_table("pool_days")
    op.drop_table("manual_marks")
    op.drop_table("feed_outbox")
    op.drop_table("feed_generation")
    op.drop_table("feed_balances")
    op.drop_table("daily_rows")
    op.drop_table("corridors")
    op.drop_table("consumed")
    op.drop_table("commands")
    op.drop_table("closed_periods")
    op.drop_table("claims")
    op.drop_table("claim_marks")
    op.drop_table("claim_events")
    op.drop_table("checkpoints")
    op.drop_table("care_months")
    op.drop_table("care_days")
    op.drop_table("calendar_days")
    op.drop_table("breaks")
    op.drop_table("break_steps")
    op.drop_table("break_heads")
    op.drop_table("book_days")
    op.drop_table("answers")
    op.drop_table("accounts")
    op.drop_table("account_months")
    op.drop_table("account_days")
