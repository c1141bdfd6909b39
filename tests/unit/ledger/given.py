"""given(*events).when(command): the law on its own, with the store of the embedded form."""

from datetime import date
from typing import Any, Final

from consumers.decider import one_of
from eventlog.memory import MemoryLog
from ledger.commands import Command
from ledger.decide import Accepted, decide
from ledger.errors import Refusal
from ledger.events import BookOpened, ClaimSettled, Event, PoolOpened, RegionRegistered
from ledger.state import State
from ledger.vocabulary import Corridor, Fen, RegionCode
from projections.build import NAMES, folder_at
from projections.database import make_tables, open_database
from projections.decider import DeciderTables
from schemas.envelope import Head, Origin, seal

AH, SH, JS = RegionCode("340000"), RegionCode("310000"), RegionCode("320000")
CROSS: Final = "CROSS_PROVINCE"
AH_SH = Corridor(CROSS, AH, SH)
DAY = date(2025, 3, 5)
LATER = date(2025, 12, 31)


class Given:
    """A state in which some events have happened."""

    def __init__(self) -> None:
        self.engine = open_database("sqlite://", writer=True)
        make_tables(self.engine)
        self.folder = folder_at(self.engine, NAMES, Head())
        self.log = MemoryLog()

    @property
    def state(self) -> State:
        return one_of(self.folder, DeciderTables).state

    def given(self, *events: Event) -> "Given":
        """Let events happen, each as a command of its own."""
        for event in events:
            head = self.folder.head
            origin = Origin(
                command_id=f"given-{head.position}",
                digest=bytes(32),
                received_at="2025-12-31T04:00:00Z",
                actor=None,
                correlation_id=None,
            )
            _, records, head = seal(head, origin, (event,), None)
            self.folder.fold(records, head)
        return self

    def when(self, command: Command, received_on: date = LATER) -> Accepted | Refusal:
        """Decide a command."""
        return decide(command, self.state, received_on=received_on)


def region(code: RegionCode, **more: Any) -> RegionRegistered:
    fields: dict[str, Any] = {"level": "province", "parent": None, "single_pool": False, **more}
    return RegionRegistered(on=DAY, code=code, name_zh="省", name_en="P", **fields)


def provinces() -> tuple[Event, ...]:
    """Anhui and Shanghai with their books, and Anhui's pool of 1000.00 at Shanghai."""
    books = (BookOpened(on=DAY, region=code, cash=Fen(100_000)) for code in (AH, SH))
    pool = PoolOpened(on=DAY, **AH_SH._asdict(), principal=Fen(100_000))
    return (region(AH), region(SH), *books, pool)


def settled(claim_id: str = "K1", **more: Any) -> ClaimSettled:
    """A visit of an employee in March: 90.00 from the fund, 10.00 from the account, 5.00 cash."""
    fields: dict[str, Any] = {
        "on": DAY,
        **AH_SH._asdict(),
        "claim_id": claim_id,
        "institution": "H1",
        "insutype": "310",
        "clearing_class": "EMPLOYEE",
        "med_type": "21",
        "medfee_sumamt": Fen(10_500),
        "items": {"hifp_pay": Fen(9_000), "acct_pay": Fen(1_000)},
        "psn_cash_pay": Fen(500),
        "period": "202503",
        **more,
    }
    return ClaimSettled(**fields)
