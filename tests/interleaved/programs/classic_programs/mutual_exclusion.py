"""Mutual exclusion without locks: correct under sequential consistency, and with the classic mistakes.

Each actor gives its turn away where the books write an empty loop.
"""

from __future__ import annotations

import itertools
import time


def visit(inside, me):
    """The critical section."""
    inside.append(me)
    assert inside == [me]
    inside.remove(me)


def peterson(interleaving):
    """Peterson's algorithm with its first two lines exchanged (Peterson, Myths About the Mutual Exclusion, 1981)."""
    wants, turn, inside = [False, False], [0], []

    def enter(me):
        other = 1 - me
        turn[0] = other
        wants[me] = True
        while wants[other] and turn[0] == other:
            time.sleep(0)
        visit(inside, me)
        wants[me] = False

    interleaving.run(lambda: enter(0), lambda: enter(1))


def peterson_repaired(interleaving):
    """Peterson's algorithm."""
    wants, turn, inside = [False, False], [0], []

    def enter(me):
        other = 1 - me
        wants[me] = True
        turn[0] = other
        while wants[other] and turn[0] == other:
            time.sleep(0)
        visit(inside, me)
        wants[me] = False

    interleaving.run(lambda: enter(0), lambda: enter(1))


def look_then_claim(interleaving):
    """Looks at the other's flag before it raises its own (Dijkstra, EWD 123, 1965: the second attempt)."""
    wants, inside = [False, False], []

    def enter(me):
        other = 1 - me
        while wants[other]:
            time.sleep(0)
        wants[me] = True
        visit(inside, me)
        wants[me] = False

    interleaving.run(lambda: enter(0), lambda: enter(1))


def claim_then_look(interleaving):
    """Raises its own flag and waits for the other's to fall (EWD 123: the third attempt): for ever."""
    wants, inside = [False, False], []

    def enter(me):
        other = 1 - me
        wants[me] = True
        while wants[other]:
            time.sleep(0)
        visit(inside, me)
        wants[me] = False

    interleaving.run(lambda: enter(0), lambda: enter(1))


def dekker(interleaving):
    """Dekker's algorithm (EWD 123): who has not the turn steps back."""
    wants, turn, inside = [False, False], [0], []

    def enter(me):
        other = 1 - me
        wants[me] = True
        while wants[other]:
            if turn[0] == me:
                time.sleep(0)
                continue
            wants[me] = False
            while turn[0] != me:
                time.sleep(0)
            wants[me] = True
        visit(inside, me)
        turn[0] = other
        wants[me] = False

    interleaving.run(lambda: enter(0), lambda: enter(1))


look_then_claim_repaired = claim_then_look_repaired = dekker


def bakery(interleaving):
    """The bakery algorithm without its flag for choosing (Lamport, CACM 1974)."""
    number, inside = [0, 0], []

    def enter(me):
        other = 1 - me
        highest = max(number)
        number[me] = highest + 1
        while number[other] and (number[other], other) < (number[me], me):
            time.sleep(0)
        visit(inside, me)
        number[me] = 0

    interleaving.run(lambda: enter(0), lambda: enter(1))


def bakery_repaired(interleaving):
    """The bakery algorithm: nobody looks at a number that is being chosen."""
    number, is_choosing, inside = [0, 0], [False, False], []

    def enter(me):
        other = 1 - me
        is_choosing[me] = True
        highest = max(number)
        number[me] = highest + 1
        is_choosing[me] = False
        while is_choosing[other]:
            time.sleep(0)
        while (theirs := number[other]) > 0 and (theirs, other) < (number[me], me):
            time.sleep(0)
        visit(inside, me)
        number[me] = 0

    interleaving.run(lambda: enter(0), lambda: enter(1))


def ticket_lock(interleaving):
    """Two draw the same ticket, and one of them waits for a number that has passed (Reed and Kanodia, 1979)."""
    tickets, serving, inside = [0], [0], []

    def enter(me):
        ticket = tickets[0]
        tickets[0] = ticket + 1
        while serving[0] != ticket:
            time.sleep(0)
        visit(inside, me)
        serving[0] = ticket + 1

    interleaving.run(lambda: enter(0), lambda: enter(1))


def ticket_lock_repaired(interleaving):
    """A ticket is drawn in one step (Mellor-Crummey and Scott, 1991)."""
    tickets, serving, inside = itertools.count(), [0], []

    def enter(me):
        ticket = next(tickets)
        while serving[0] != ticket:
            time.sleep(0)
        visit(inside, me)
        serving[0] = ticket + 1

    interleaving.run(lambda: enter(0), lambda: enter(1))
