"""The programs: what goes wrong in each, from which grain of scheduling points on, and with how few preemptions.

The least number of preemptions is worked out by hand, from what has to happen in which order: a switch away from an
actor that could have gone on counts, one at a block, at an end or at the start does not. The tests confirm it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classic_programs import (
    accounts,
    bodies,
    conditions,
    initialisation,
    lifecycles,
    lock_free,
    locks,
    mutual_exclusion,
    updates,
)
from pytest_errortrack.interleave import Deadlock, Livelock, LostWakeup

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pytest_errortrack.interleave import Interleaving

    Scenario = Callable[[Interleaving], object]

__all__ = ["PROGRAMS", "Level", "Program"]

Level = Literal["op", "line", "opcode"]


@dataclass(frozen=True, slots=True)
class Program:
    """A small program with a mistake, and its repaired form.

    Attributes:
        name: that of the function with the mistake.
        module: where it stands; the repaired form stands beside it.
        kind: what is found.
        preemptions: the least with which it happens.
        level: the coarsest grain of scheduling points at which it can be found.
        racing: parts of the lines that have to be seen in the trace.
    """

    name: str
    module: ModuleType
    kind: type[BaseException]
    preemptions: int
    level: Level
    racing: tuple[str, ...]

    @property
    def buggy(self) -> Scenario:
        """The form with the mistake."""
        return getattr(self.module, self.name)

    @property
    def repaired(self) -> Scenario:
        """The form without it."""
        return getattr(self.module, f"{self.name}_repaired")

    @property
    def about(self) -> str:
        """What the mistake is, and where it is told of."""
        return (self.buggy.__doc__ or "").strip()


def _all_of(module: ModuleType, *rows: tuple[str, type[BaseException], int, Level, tuple[str, ...]]) -> list[Program]:
    return [
        Program(name, module, kind, preemptions=preemptions, level=level, racing=racing)
        for name, kind, preemptions, level, racing in rows
    ]


PROGRAMS: tuple[Program, ...] = (
    *_all_of(
        updates,
        ("lost_update", AssertionError, 1, "line", ("old = box.n", "box.n = old + 1")),
        ("lost_update_of_three", AssertionError, 1, "line", ("old = box.n", "box.n = old + 1")),
        ("pop_if_any", IndexError, 1, "line", ("if items:", "items.pop()")),
        ("pop_in_one_line", IndexError, 1, "line", ("items.pop() if items",)),
        ("get_then_update", AssertionError, 1, "line", ('stock.get("apples")', "stock.update(")),
        ("getattr_then_setattr", AssertionError, 1, "line", ("getattr(box, name)", "setattr(box, name")),
        ("length_then_append", AssertionError, 1, "line", ("len(numbers)", "numbers.append(number)")),
        ("append_length_in_one_line", AssertionError, 1, "line", ("numbers.append(len(numbers))",)),
        ("add_a_call", AssertionError, 1, "line", ("box.n = box.n + one()",)),
        ("add_in_place", AssertionError, 1, "line", ("box.n += 1",)),
        ("torn_pair", AssertionError, 1, "line", ("point.y = 1",)),
        ("dictionary_grows", RuntimeError, 1, "line", ("for name in sizes", 'sizes["c"] = 3')),
    ),
    *_all_of(
        locks,
        ("lock_order", Deadlock, 1, "op", ("with one, other:",)),
        ("lock_order_of_three", Deadlock, 1, "op", ("with first, second, third:", "with third, first:")),
        ("dining_philosophers", Deadlock, 1, "op", ("with forks[left], forks[right]:",)),
        ("fibonacci", AssertionError, 4, "op", ("with lock:",)),
        ("not_reentrant", Deadlock, 0, "op", ("with lock:",)),
        ("wrong_lock", AssertionError, 1, "line", ("old = box.n", "box.n = old + 1")),
        ("semaphore_off_by_one", AssertionError, 1, "line", ("old = box.n", "box.n = old + 1")),
        ("two_stage", AssertionError, 1, "op", ("with second:",)),
        ("readers_writers", AssertionError, 1, "line", ("pair[1] = 1", "first = pair[0]", "second = pair[1]")),
    ),
    *_all_of(
        accounts,
        ("audited_transfer", AssertionError, 1, "op", ('with accounts["yours"].lock:', "with account.lock:")),
        ("overdraft", AssertionError, 1, "op", ("with lock:",)),
        ("string_buffer", IndexError, 1, "op", ("with self.lock:",)),
        ("reference_count", AssertionError, 1, "line", ("if shared.users == 0:", "shared.users -= 1")),
        ("stale_cache", AssertionError, 1, "line", ('price = database["price"]', 'cache["price"] = price')),
    ),
    *_all_of(
        conditions,
        ("notify_before_wait", LostWakeup, 0, "op", ("condition.wait()", "with condition:")),
        ("check_outside_of_the_lock", LostWakeup, 1, "op", ("condition.wait()", "with condition:")),
        ("if_instead_of_while", IndexError, 1, "op", ("condition.wait()",)),
        ("notify_for_two", LostWakeup, 0, "op", ("condition.wait()", "with condition:")),
        ("bounded_buffer", LostWakeup, 0, "op", ("condition.wait()",)),
        ("event_reset", LostWakeup, 2, "line", ("event.set()", "event.clear()")),
        ("nested_monitor", LostWakeup, 0, "op", ("condition.wait()", "with outer, condition:")),
        ("barrier_reuse", AssertionError, 0, "op", ("gate.wait()",)),
        ("upgrade", LostWakeup, 1, "op", ("condition.wait()", "with condition:")),
        ("sleeping_barber", LostWakeup, 1, "line", ("barber.is_asleep = True", "if barber.is_asleep:")),
    ),
    *_all_of(
        mutual_exclusion,
        ("peterson", AssertionError, 2, "line", ("turn[0] = other", "wants[me] = True")),
        ("look_then_claim", AssertionError, 2, "line", ("while wants[other]:", "wants[me] = True")),
        ("claim_then_look", Livelock, 1, "line", ("while wants[other]:",)),
        ("bakery", AssertionError, 2, "line", ("highest = max(number)", "number[me] = highest + 1")),
        ("ticket_lock", Livelock, 1, "line", ("ticket = tickets[0]", "tickets[0] = ticket + 1")),
    ),
    *_all_of(
        initialisation,
        ("lazy_singleton", AssertionError, 1, "line", ("if holder.instance is None:", "holder.instance = object()")),
        ("checked_once", AssertionError, 1, "op", ("with lock:",)),
        ("double_checked_locking", KeyError, 1, "line", ("if holder.instance is None:", '["answer"]')),
        ("publication_in_the_constructor", AttributeError, 1, "line", ("self.value = 1", "sensor.value == 1")),
        ("use_before_initialisation", AssertionError, 1, "line", ("state.handle = worker", "state.handle is not")),
        ("driver_stop", AssertionError, 1, "op", ("is_idle.wait()", "with lock:")),
    ),
    *_all_of(
        lock_free,
        ("aba", AssertionError, 1, "op", ("with self._lock:",)),
        ("ring_buffer", AssertionError, 1, "line", ("slots[index.head - 1] = item", "slots[index.tail]")),
        ("work_stealing", AssertionError, 1, "op", ("with self._lock:",)),
    ),
    *_all_of(
        lifecycles,
        ("pool_shutdown", LostWakeup, 1, "op", ("jobs.put(is_done.set)", "jobs.put(None)")),
        ("queue_not_empty", LostWakeup, 1, "op", ("jobs.get()",)),
        ("timeout_race", AssertionError, 1, "op", ("answered.wait(1)", "with lock:")),
        ("slow_answer", AssertionError, 0, "op", ("answered.wait(1)", "with lock:")),
        ("watchdog_timer", AssertionError, 1, "op", ("watchdog.cancel()", "with lock:")),
    ),
    *_all_of(
        bodies,
        ("scope", AssertionError, 1, "op", ("scope.set_extra(", "with hub.configure_scope()")),
        ("counter", AssertionError, 1, "line", ("read = total", "total = read + 1")),
        ("deep2", AssertionError, 2, "line", ("shared.phase = 1", "shared.phase = 2", "shared.phase = 3")),
    ),
)
