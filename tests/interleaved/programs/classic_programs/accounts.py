"""Operations that are atomic each, and not together: accounts, counts of references, buffers."""

from __future__ import annotations

import threading
from types import SimpleNamespace


def audited_transfer(interleaving):
    """Money on its way is in neither account (Flanagan and Qadeer, PLDI 2003; SCTBench `account_bad`)."""
    accounts = {name: SimpleNamespace(balance=50, lock=threading.Lock()) for name in ("mine", "yours")}

    def transfer():
        with accounts["mine"].lock:
            accounts["mine"].balance -= 10
        with accounts["yours"].lock:
            accounts["yours"].balance += 10

    def audit():
        total = 0
        for account in accounts.values():
            with account.lock:
                total += account.balance
        return total

    results = interleaving.run(transfer, audit)
    assert results[1] == 100


def audited_transfer_repaired(interleaving):
    """Both locks are held for the transfer and for the audit, in one order."""
    accounts = {name: SimpleNamespace(balance=50, lock=threading.Lock()) for name in ("mine", "yours")}

    def transfer():
        with accounts["mine"].lock, accounts["yours"].lock:
            accounts["mine"].balance -= 10
            accounts["yours"].balance += 10

    def audit():
        with accounts["mine"].lock, accounts["yours"].lock:
            return sum(account.balance for account in accounts.values())

    results = interleaving.run(transfer, audit)
    assert results[1] == 100


def overdraft(interleaving):
    """The balance is looked at in one critical section and changed in another."""
    account, lock = SimpleNamespace(balance=100), threading.Lock()

    def withdraw():
        with lock:
            is_covered = account.balance >= 60
        if is_covered:
            with lock:
                account.balance -= 60

    interleaving.run(withdraw, withdraw)
    assert account.balance >= 0


def overdraft_repaired(interleaving):
    """One critical section for both."""
    account, lock = SimpleNamespace(balance=100), threading.Lock()

    def withdraw():
        with lock:
            if account.balance >= 60:
                account.balance -= 60

    interleaving.run(withdraw, withdraw)
    assert account.balance >= 0


class Buffer:
    """A text with a lock, each of its methods atomic."""

    def __init__(self, text):
        self.lock = threading.RLock()
        self.text = text

    def length(self):
        """Return how long the text is."""
        with self.lock:
            return len(self.text)

    def read(self, length):
        """Return so many characters."""
        with self.lock:
            if length > len(self.text):
                raise IndexError("no such characters")
            return self.text[:length]

    def clear(self):
        """Drop the text."""
        with self.lock:
            self.text = ""


def string_buffer(interleaving):
    """Java's `StringBuffer.append(other)`: two atomic calls are not one (Flanagan and Qadeer, PLDI 2003)."""
    other = Buffer("text")

    def append():
        length = other.length()
        return other.read(length)

    interleaving.run(append, other.clear)


def string_buffer_repaired(interleaving):
    """The other buffer is locked over both calls."""
    other = Buffer("text")

    def append():
        with other.lock:
            length = other.length()
            return other.read(length)

    interleaving.run(append, other.clear)


def reference_count(interleaving):
    """The count is decreased under the lock and looked at outside: closed twice (Lu et al., 2008)."""
    shared, lock, closed = SimpleNamespace(users=2), threading.Lock(), []

    def leave():
        with lock:
            shared.users -= 1
        if shared.users == 0:
            closed.append(1)

    interleaving.run(leave, leave)
    assert len(closed) == 1


def reference_count_repaired(interleaving):
    """What the lock was held for is remembered."""
    shared, lock, closed = SimpleNamespace(users=2), threading.Lock(), []

    def leave():
        with lock:
            shared.users -= 1
            is_last = shared.users == 0
        if is_last:
            closed.append(1)

    interleaving.run(leave, leave)
    assert len(closed) == 1


def stale_cache(interleaving):
    """A reader fills the cache with what a writer has just replaced (Nishtala et al., NSDI 2013: stale sets)."""
    database, cache = {"price": 1}, {}

    def read():
        if "price" not in cache:
            price = database["price"]
            cache["price"] = price

    def write():
        database["price"] = 2
        cache.pop("price", None)

    interleaving.run(read, write)
    assert cache.get("price") in {None, 2}


def stale_cache_repaired(interleaving):
    """A lease, which the writer takes back: the reader keeps what it read only if nobody wrote meanwhile."""
    database, cache, lock = {"price": 1}, {}, threading.Lock()
    lease = [object()]

    def read():
        if "price" not in cache:
            own = lease[0]
            price = database["price"]
            with lock:
                if lease[0] is own:
                    cache["price"] = price

    def write():
        database["price"] = 2
        with lock:
            lease[0] = object()
            cache.pop("price", None)

    interleaving.run(read, write)
    assert cache.get("price") in {None, 2}
