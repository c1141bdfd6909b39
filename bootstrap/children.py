"""A process that ends with its parent, whatever ends that: kill -9 too."""

import os
import signal
from multiprocessing import parent_process
from threading import Thread
from time import sleep


def end_with_parent(grace_s: float = 0.0) -> None:
    """Watch the parent from a thread; at its end ask this process to stop, then end it by force."""
    Thread(target=_watch, args=(grace_s,), daemon=True).start()


def _watch(grace_s: float) -> None:
    parent = parent_process()
    assert parent is not None  # this is a child
    parent.join()
    if grace_s:
        os.kill(os.getpid(), signal.SIGTERM)
        sleep(grace_s)
    os._exit(3)  # whoever starts the parent anew gets other children
