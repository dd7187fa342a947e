"""Cancelling: the token, Ctrl-C in the main thread, and work that does not listen."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from treadle.runtime.cancel import Cancel, Cancelled, interruptible, wakeably


def interrupt_after(seconds: float) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()


def test_the_first_ctrl_c_cancels_and_the_second_raises() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruptible() as cancel:
        interrupt_after(0.05)
        assert cancel.wait(5)
        interrupt_after(0.05)
        time.sleep(5)
    assert signal.getsignal(signal.SIGINT) is before


def test_without_ctrl_c_the_handler_is_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as cancel:
        assert signal.getsignal(signal.SIGINT) is not before
    assert not cancel.requested
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_gets_a_token_without_a_handler() -> None:
    seen: list[bool] = []

    def work() -> None:
        with interruptible() as cancel:
            seen.append(cancel.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


def test_check_raises_once_asked() -> None:
    cancel = Cancel()
    cancel.check()
    cancel.cancel()
    with pytest.raises(Cancelled):
        cancel.check()


def test_work_gives_its_result_or_its_error() -> None:
    assert wakeably(lambda: 7, Cancel(), "seven") == 7
    with pytest.raises(ZeroDivisionError):
        wakeably(lambda: 1 // 0, Cancel(), "nothing")


def test_work_that_does_not_listen_is_left_behind_within_a_second() -> None:
    cancel, release = Cancel(), threading.Event()
    interrupt_after(0.1)
    began = time.monotonic()
    try:
        with pytest.raises(Cancelled):
            wakeably(lambda: release.wait(30), cancel, "deaf")
    finally:
        release.set()
    assert time.monotonic() - began < 1.1
    assert cancel.requested
