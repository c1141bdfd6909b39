import psycopg.errors as faults
import pytest

from ledger.errors import ConfigurationError, IntegrityError, LedgerError, TransientError
from projections.postgres import fault_of


@pytest.mark.parametrize(
    ("fault", "ours", "says"),
    [
        (faults.OperationalError("connection refused\n\tIs it running?"), TransientError, "cannot be used: connection refused"),
        (faults.DiskFull("no space left on device"), TransientError, "cannot be used: no space"),
        (faults.TooManyConnections("sorry"), TransientError, "cannot be used"),
        (faults.AdminShutdown("terminating"), TransientError, "cannot be used"),
        (faults.SerializationFailure("concurrent update"), TransientError, "cannot be used"),
        (faults.DeadlockDetected("deadlock"), TransientError, "cannot be used"),
        (faults.LockNotAvailable("lock timeout"), TransientError, "cannot be used"),
        (faults.ReadOnlySqlTransaction("read-only"), TransientError, "takes no writes"),
        (faults.UndefinedTable("no relation"), TransientError, "no books in this database yet"),
        (faults.InvalidSchemaName("no schema"), TransientError, "no books in this database yet"),
        (faults.InsufficientPrivilege("denied"), ConfigurationError, "too few rights: denied"),
        (faults.UniqueViolation("duplicate key"), IntegrityError, "refuses a row: duplicate key"),
        (faults.NotNullViolation("null"), IntegrityError, "refuses a row"),
        (faults.NumericValueOutOfRange("bigint"), IntegrityError, "refuses a row"),
        (faults.OperationalError(""), TransientError, "cannot be used: OperationalError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_a_fault_of_the_server_is_one_of_ours(
    fault: Exception, ours: type[LedgerError], says: str
) -> None:
    told = fault_of(fault)
    assert type(told) is ours
    assert says in str(told)
    assert "\n" not in str(told)
