"""What instruments take of a process and of its threads, what they disturb, and what they give back."""

from __future__ import annotations

import io
import pdb  # noqa: T100 - what it does to the instruments is under test
import sys
import threading
from _thread import get_ident
from contextlib import suppress
from types import SimpleNamespace

import coverage
import pytest

from pytest_errortrack.interleave import InterleaveError, explore
from pytest_errortrack.interleave._errors import Inconclusive
from pytest_errortrack.interleave._instruments._fitting import fitting_instrument
from pytest_errortrack.interleave._instruments._monitoring import Monitoring, free_id
from pytest_errortrack.interleave._instruments._tracing import Tracing
from pytest_errortrack.interleave._instruments._watcher import Plan

MONITORING = getattr(sys, "monitoring", None)
KINDS = [Tracing, *([] if MONITORING is None else [Monitoring])]
needs_monitoring = pytest.mark.skipif(MONITORING is None, reason="sys.monitoring came with Python 3.12")


class Lines:
    """Wants some lines of one function, and notes what it is told."""

    def __init__(self, code, wanted=None):
        self.run = SimpleNamespace(ident=get_ident(), is_stopping=False)
        self.code = code
        self.wanted = wanted
        self.told = []
        self.lost = []
        self.run.lose_control = self.lost.append

    def plan(self, code, namespace):
        """Want all lines, or those that are wanted."""
        del namespace
        if code is not self.code:
            return None
        lines = {line for _, _, line in code.co_lines() if line is not None}
        return Plan(lines=frozenset(lines if self.wanted is None else self.wanted))

    def at_line(self, frame, line):
        """Note a line, counted from the function's first."""
        self.told.append(line - frame.f_code.co_firstlineno)

    def at_instruction(self, frame, offset):
        """Do nothing: no plan asks for it."""

    def at_return(self, frame, value):
        """Do nothing: no plan asks for it."""


def body():
    one = 1
    two = 2
    return one + two


def raising(error):
    """Return what a watcher might do at a line, and never get over."""

    def at_line(frame, line):
        del frame, line
        raise error

    return at_line


def in_thread(function):
    """Run a function in a thread of its own and return what it returned."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def run_under(instrument, watcher, function=body):
    """Run a function as an actor's thread would; return the trace function before and after."""
    watcher.run.ident = get_ident()
    before = sys.gettrace()
    instrument.enter()
    try:
        with suppress(ZeroDivisionError, KeyboardInterrupt):
            function()
    finally:
        instrument.leave()
    return before, sys.gettrace()


@pytest.mark.parametrize("kind", KINDS)
def test_only_lines_that_are_wanted_are_told(kind):
    """Of functions that are wanted."""
    watcher = Lines(body.__code__, wanted={body.__code__.co_firstlineno + 2})
    instrument = kind(watcher)

    with instrument.installed():
        in_thread(lambda: run_under(instrument, watcher))

    assert watcher.told == [2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plan_holds_when_the_function_next_begins(kind):
    """Lines that were not wanted before are told, those no longer wanted are not."""
    first = body.__code__.co_firstlineno
    watcher = Lines(body.__code__, wanted={first + 2})
    instrument = kind(watcher)

    def work():
        for wanted in ({first + 1}, {first + 3, first + 1}, set(), None):
            run_under(instrument, watcher)
            run_under(instrument, watcher)
            watcher.wanted = wanted
            instrument.replanned(watcher.code)
        run_under(instrument, watcher)

    with instrument.installed():
        in_thread(work)

    assert watcher.told == [2, 2, 1, 1, 1, 3, 1, 3, 1, 2, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_thread_without_the_turn_is_not_told_of(kind):
    """Its lines are nobody's step."""
    watcher = Lines(body.__code__)
    instrument = kind(watcher)

    def work():
        run_under(instrument, watcher)
        watcher.run.ident = -1
        instrument.enter()
        body()
        instrument.leave()
        watcher.run = None
        body()

    with instrument.installed():
        in_thread(work)

    assert watcher.told == [1, 2, 3]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", [None, ZeroDivisionError, KeyboardInterrupt])
def test_a_thread_gets_its_trace_function_back(kind, error):
    """Also when the watcher's exception came out of a trace function, which unsets it."""
    watcher = Lines(body.__code__)
    if error is not None:
        watcher.at_line = raising(error)
        watcher.run.is_stopping = True
    instrument = kind(watcher)

    def theirs(frame, event, arg):
        del frame, event, arg

    def work():
        sys.settrace(theirs)
        found = run_under(instrument, watcher)
        sys.settrace(None)
        return [*found, *run_under(instrument, watcher)]

    with instrument.installed():
        found = in_thread(work)

    assert found == [theirs, theirs, None, None]
    assert watcher.lost == []


def test_a_trace_function_that_another_sets_meanwhile_is_told():
    """The lines after it were no points, so the schedule shows nothing."""
    watcher = Lines(body.__code__)
    instrument = Tracing(watcher)

    def debugged():
        sys.settrace(lambda frame, event, arg: None)  # noqa: ARG005 - the interpreter gives it these

    before, after = in_thread(lambda: run_under(instrument, watcher, debugged))

    assert before is after
    assert len(watcher.lost) == 1
    assert "was replaced by another" in watcher.lost[0]


def test_an_earlier_trace_function_is_told_all_that_it_would_be_told_alone():
    """Calls, lines, exceptions and returns, its own local functions and ends that an exception of ours cut off."""

    def traced(told):
        def local(frame, event, arg):
            del arg
            if frame.f_code is failing.__code__:
                told.append((event, frame.f_lineno))
            return local

        return local

    def failing():
        for _ in range(2):
            body()
        with suppress(KeyError):
            {}["a"]

    alone, chained = [], []
    watcher = Lines(failing.__code__)
    instrument = Tracing(watcher)

    def work(told, function):
        sys.settrace(traced(told))
        function()
        sys.settrace(None)

    in_thread(lambda: work(alone, failing))
    in_thread(lambda: work(chained, lambda: run_under(instrument, watcher, failing)))

    assert chained == alone
    assert len(watcher.told) > 4

    watcher.at_line = raising(ZeroDivisionError)
    watcher.run.is_stopping = True
    cut = []
    in_thread(lambda: work(cut, lambda: run_under(instrument, watcher, failing)))
    assert [event for event, _ in cut] == ["call", "line", "return"]


def test_a_debugger_in_an_actor_makes_the_schedule_inconclusive_or_does_not_matter():
    """Where tracing is what tells of lines, they are no points after it; `sys.monitoring` is not disturbed."""

    def scenario(interleaving):
        state = SimpleNamespace(n=0)

        def debugged():
            pdb.Pdb(stdin=io.StringIO("next\ncontinue\n"), stdout=io.StringIO(), nosigint=True).set_trace()
            state.n += 1
            state.n += 1

        interleaving.run(debugged, lambda: state.n)

    found = explore(scenario, modules=[__name__], budget=4)

    if MONITORING is None:
        assert isinstance(found.failure, Inconclusive)
        assert "as a debugger does" in str(found.failure)
    else:
        assert found.failure is None


def contended(interleaving):
    lock = threading.Lock()
    state = SimpleNamespace(n=0)

    def add(many):
        for _ in range(many):
            with lock:
                if state.n > 100:
                    state.n = 0
                else:
                    state.n += 1
        try:
            return state.n
        finally:
            state.n += 0

    def start():
        thread = threading.Thread(target=add, args=(1,))
        thread.start()
        thread.join()

    interleaving.run(lambda: add(2), start)


def plain():
    """Run the bodies of the scenario in plain threads."""

    def run(*bodies):
        threads = [threading.Thread(target=each) for each in bodies]
        for thread in threads:
            thread.start()
            thread.join()

    contended(SimpleNamespace(run=run))


def covered_by(function, *, branch):
    """Return what coverage.py sees of the scenario's file while a function runs."""
    measured = coverage.Coverage(data_file=None, branch=branch, include=[__file__], config_file=False)
    measured.start()
    try:
        function()
    finally:
        measured.stop()
    found = measured.get_data()
    (file,) = found.measured_files()
    first, last = contended.__code__.co_firstlineno, plain.__code__.co_firstlineno
    seen = set(found.arcs(file) or ()) if branch else {(line, line) for line in found.lines(file) or ()}
    return {(one, other) for one, other in seen if first <= abs(one) < last and first <= abs(other) < last}


@pytest.mark.parametrize("level", ["op", "line", "opcode"])
@pytest.mark.parametrize("branch", [False, True])
def test_coverage_sees_what_actors_run_as_it_sees_plain_threads(level, branch):
    """Statements and branches, whichever level is explored."""
    expected = covered_by(plain, branch=branch)

    found = covered_by(lambda: explore(contended, budget=3, level=level, modules=[__name__]), branch=branch)

    assert found == expected
    assert len(expected) > 10


@pytest.mark.parametrize("level", ["line", "opcode"])
@pytest.mark.parametrize("ending", ["passes", "fails", "deadlocks", "is interrupted"])
def test_an_exploration_leaves_tracing_and_monitoring_as_they_were(level, ending):
    """Whatever it came to."""

    def scenario(interleaving):
        lock = threading.Lock()

        def work():
            lock.acquire()
            if ending == "fails":
                raise ValueError
            if ending == "is interrupted":
                raise KeyboardInterrupt
            if ending == "passes":
                lock.release()

        interleaving.run(work, work)

    def state():
        tools = [] if MONITORING is None else [MONITORING.get_tool(each) for each in range(6)]
        return sys.gettrace(), threading.gettrace(), sys.getprofile(), tools

    before = state()
    with suppress(KeyboardInterrupt):
        explore(scenario, level=level, modules=[__name__], budget=20)

    assert state() == before
    assert not [thread for thread in threading.enumerate() if thread.name == "errortrack-actor"]


@needs_monitoring
def test_ids_of_coverage_debuggers_and_profilers_are_left_to_them():
    """The instrument takes one that nobody has a claim to, and gives it back."""
    watcher = Lines(body.__code__)
    instrument = fitting_instrument(watcher)
    before = [MONITORING.get_tool(each) for each in range(6)]

    with instrument.installed():
        during = [MONITORING.get_tool(each) for each in range(6)]
        in_thread(lambda: run_under(instrument, watcher))
        events = MONITORING.get_local_events(during.index("pytest-errortrack"), body.__code__)

    taken = [place for place, tool in enumerate(during) if tool != before[place]]
    assert len(taken) == 1
    assert taken[0] in {3, 4}
    assert events
    assert [MONITORING.get_tool(each) for each in range(6)] == before
    MONITORING.use_tool_id(taken[0], "another")
    try:
        assert MONITORING.get_local_events(taken[0], body.__code__) == 0
        assert MONITORING.get_events(taken[0]) == 0
    finally:
        MONITORING.free_tool_id(taken[0])


@needs_monitoring
def test_without_a_free_id_trace_functions_do():
    """And what could not have been foreseen is told."""
    watcher = Lines(body.__code__)
    late = Monitoring(watcher)
    taken = []
    while (each := free_id()) is not None:
        MONITORING.use_tool_id(each, f"tool {each}")
        taken.append(each)
    try:
        assert isinstance(fitting_instrument(watcher), Tracing)
        with pytest.raises(InterleaveError, match=r"used by .*tool 3"), late.installed():
            pass
    finally:
        for each in taken:
            MONITORING.free_tool_id(each)
    assert isinstance(fitting_instrument(watcher), Monitoring)
