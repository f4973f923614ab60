"""Made too often, seen too early: lazy initialisation, publication, and the order of start and use."""

from __future__ import annotations

import threading
from types import SimpleNamespace


def lazy_singleton(interleaving):
    """`if instance is None: instance = make()` (Gamma et al., Design Patterns, 1994)."""
    holder, made = SimpleNamespace(instance=None), []

    def get():
        if holder.instance is None:
            made.append(1)
            holder.instance = object()
        return holder.instance

    interleaving.run(get, get)
    assert len(made) == 1


def lazy_singleton_repaired(interleaving):
    """The check and the making are one critical section."""
    holder, made, lock = SimpleNamespace(instance=None), [], threading.Lock()

    def get():
        with lock:
            if holder.instance is None:
                made.append(1)
                holder.instance = object()
            return holder.instance

    interleaving.run(get, get)
    assert len(made) == 1


def checked_once(interleaving):
    """Double-checked locking without its second check (Schmidt and Harrison, 1996)."""
    holder, made, lock = SimpleNamespace(instance=None), [], threading.Lock()

    def get():
        if holder.instance is None:
            with lock:
                made.append(1)
                holder.instance = object()
        return holder.instance

    interleaving.run(get, get)
    assert len(made) == 1


def checked_once_repaired(interleaving):
    """Checked again under the lock."""
    holder, made, lock = SimpleNamespace(instance=None), [], threading.Lock()

    def get():
        if holder.instance is None:
            with lock:
                if holder.instance is None:
                    made.append(1)
                    holder.instance = object()
        return holder.instance

    interleaving.run(get, get)
    assert len(made) == 1


def double_checked_locking(interleaving):
    """The instance is there before it is filled (Bacon et al., "Double-Checked Locking is Broken", 2000)."""
    holder, lock = SimpleNamespace(instance=None), threading.Lock()

    def get():
        if holder.instance is None:
            with lock:
                if holder.instance is None:
                    holder.instance = {}
                    holder.instance["answer"] = 42
        return holder.instance["answer"]

    interleaving.run(get, get)


def double_checked_locking_repaired(interleaving):
    """Filled first, published last."""
    holder, lock = SimpleNamespace(instance=None), threading.Lock()

    def get():
        if holder.instance is None:
            with lock:
                if holder.instance is None:
                    instance = {"answer": 42}
                    holder.instance = instance
        return holder.instance["answer"]

    interleaving.run(get, get)


def publication_in_the_constructor(interleaving):
    """An object tells of itself before it is complete (Goetz et al., 2006, 3.2.1: `this` escapes)."""
    registry = []

    class Sensor:
        def __init__(self):
            registry.append(self)
            self.value = 1

    def read():
        for sensor in tuple(registry):
            assert sensor.value == 1

    interleaving.run(Sensor, read)


def publication_in_the_constructor_repaired(interleaving):
    """A complete object is registered by whoever made it."""
    registry = []

    class Sensor:
        def __init__(self):
            self.value = 1

    def make():
        sensor = Sensor()
        registry.append(sensor)

    def read():
        for sensor in tuple(registry):
            assert sensor.value == 1

    interleaving.run(make, read)


def use_before_initialisation(interleaving):
    """A thread uses what its starter sets after starting it (Lu et al., 2008: order violation, Mozilla 61369)."""
    state = SimpleNamespace(handle=None)

    def work():
        assert state.handle is not None

    def start():
        worker = threading.Thread(target=work)
        worker.start()
        state.handle = worker
        worker.join()

    interleaving.run(start)


def use_before_initialisation_repaired(interleaving):
    """Set first, started afterwards."""
    state = SimpleNamespace(handle=None)

    def work():
        assert state.handle is not None

    def start():
        worker = threading.Thread(target=work)
        state.handle = worker
        worker.start()
        worker.join()

    interleaving.run(start)


def driver_stop(interleaving):
    """A request is let in while the driver stops (Qadeer and Wu, KISS, PLDI 2004: the Bluetooth driver)."""
    driver = SimpleNamespace(is_stopping=False, is_stopped=False, pending=1)
    lock, is_idle = threading.Lock(), threading.Event()

    def leave():
        with lock:
            driver.pending -= 1
            if driver.pending == 0:
                is_idle.set()

    def request():
        if driver.is_stopping:
            return
        with lock:
            driver.pending += 1
        assert not driver.is_stopped
        leave()

    def stop():
        driver.is_stopping = True
        leave()
        is_idle.wait()
        driver.is_stopped = True

    interleaving.run(request, stop)


def driver_stop_repaired(interleaving):
    """Counted in first, and out again if the driver is stopping."""
    driver = SimpleNamespace(is_stopping=False, is_stopped=False, pending=1)
    lock, is_idle = threading.Lock(), threading.Event()

    def leave():
        with lock:
            driver.pending -= 1
            if driver.pending == 0:
                is_idle.set()

    def request():
        with lock:
            driver.pending += 1
        if not driver.is_stopping:
            assert not driver.is_stopped
        leave()

    def stop():
        driver.is_stopping = True
        leave()
        is_idle.wait()
        driver.is_stopped = True

    interleaving.run(request, stop)
