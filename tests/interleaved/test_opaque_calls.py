"""Calls into libraries, of which nothing is known: what they must not hide."""

from __future__ import annotations

from configparser import ConfigParser
from unittest import mock

from pytest_errortrack.interleave import explore


def rate():
    """Return what a test replaces."""
    return 1


def two(*_):
    """Stand in for either of them."""
    return 2


class Tariff:
    """Has a method that a test replaces."""

    def rate(self):
        """Return what is replaced."""
        return 1


def test_an_update_lost_between_two_opaque_calls_of_one_line_is_found():
    """Reading a library object and writing it back are two points, though nothing is known of either."""

    def scenario(interleaving):
        settings = ConfigParser()
        settings.read_dict({"shop": {"sold": "0"}})

        def sell():
            settings.set("shop", "sold", str(settings.getint("shop", "sold") + 1))

        interleaving.run(sell, sell)
        assert settings.getint("shop", "sold") == 2, "lost"

    exploration = explore(scenario, max_preemptions=1, budget=200)

    assert "lost" in str(exploration.failure)
    assert exploration.preemptions == 1


def test_a_function_that_another_actor_has_replaced_is_met():
    """What patches a module's function conflicts with who calls it, although it does so through a library."""

    def scenario(interleaving):
        seen = []

        def patch():
            with mock.patch(f"{__name__}.rate", two):
                pass

        def use():
            first = rate()
            seen.append((first, rate()))

        interleaving.run(patch, use)
        assert seen == [(1, 1)], "replaced"

    exploration = explore(scenario, max_preemptions=2, budget=500)

    assert "replaced" in str(exploration.failure)


def test_a_method_that_another_actor_has_replaced_is_met():
    """What patches a class's method conflicts with who calls it, although it does so through a library."""

    def scenario(interleaving):
        tariff, seen = Tariff(), []
        patcher = mock.patch.object(Tariff, "rate", two)

        def patch():
            patcher.start()
            patcher.stop()

        interleaving.run(patch, lambda: seen.append(tariff.rate()))
        assert seen == [1], "replaced"

    exploration = explore(scenario, max_preemptions=1, budget=500)

    assert "replaced" in str(exploration.failure)


def test_a_variable_that_another_actor_binds_anew_is_met():
    """A closure's variable conflicts with the lines that bind it, whatever is called on the way."""

    def scenario(interleaving):
        settings, section = ConfigParser(), "shop"
        settings.read_dict({"shop": {"a": "1"}, "bank": {"a": "2"}})

        def move():
            nonlocal section
            section = "bank"
            section = "shop"

        assert interleaving.run(lambda: settings.get(section, "a"), move)[0] == "1", "moved"

    exploration = explore(scenario, max_preemptions=1, budget=200)

    assert "moved" in str(exploration.failure)
