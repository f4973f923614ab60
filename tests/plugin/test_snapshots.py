from __future__ import annotations

import pytest

SHOP = """
    import {sdk} as sdk

    TENANT = "acme"

    def charge(amount):
        raise ValueError(f"no funds for {{amount}} in {{object()!r}}")

    def checkout():
        with sdk.start_transaction(name="checkout", op="task"):
            sdk.set_tag("tenant", TENANT)
            sdk.add_breadcrumb(message="cart priced")
            try:
                charge(7)
            except ValueError as error:
                sdk.capture_exception(error)
"""
SET_UP = """
    import pytest

    @pytest.fixture(autouse=True)
    def initialised():
        import {sdk} as sdk
        sdk.init(traces_sample_rate=1.0, release="shop@1.0"{more})
"""
SYRUPY = """
    import pytest, shop

    @pytest.mark.parametrize("number", [1, 2])
    def test_report(captured_events, captured_transactions, snapshot, number):
        shop.checkout()
        assert captured_events.normalized() == snapshot
        assert captured_transactions.normalized() == snapshot
"""
INLINE = """
    import shop
    from inline_snapshot import snapshot

    def test_report(captured_events):
        shop.checkout()
        (event,) = captured_events
        assert event.normalized(drop=["contexts", "breadcrumbs"]) == snapshot()
"""
SDKS = [("pytest_errortrack.sdk", ""), ("sentry_sdk", ", auto_enabling_integrations=False")]


@pytest.fixture(params=SDKS, ids=["native", "sentry_sdk"])
def shop(request, pytester):
    """An application and its set-up, with either SDK."""
    name, more = request.param
    pytester.makeconftest(SET_UP.format(sdk=name, more=more))
    pytester.makepyfile(shop=SHOP.format(sdk=name))
    return pytester.path / "shop.py"


def change(shop):
    """Let the application set another tag."""
    shop.write_text(shop.read_text().replace('"acme"', '"globex"'))


@pytest.mark.neighbours("inline_snapshot", "syrupy")
def test_a_snapshot_holds_in_every_later_run_until_the_application_says_something_else(pytester, shop, monkeypatch):
    """Made once by syrupy and by inline-snapshot, it holds in a second run and over two workers.

    A changed tag is a difference, and only that.
    """
    monkeypatch.delenv("CI", raising=False)  # inline-snapshot makes no snapshots in CI
    pytester.makepyfile(test_syrupy=SYRUPY)
    inline = pytester.makepyfile(test_inline=INLINE)

    made = pytester.runpytest_subprocess("--snapshot-update", "--inline-snapshot=create")
    again = pytester.runpytest_subprocess()
    spread = pytester.runpytest_subprocess("-n2")
    change(shop)
    changed = pytester.runpytest_subprocess("-p", "no:inline_snapshot", "test_syrupy.py")
    changed_inline = pytester.runpytest_subprocess("test_inline.py")

    made.stdout.fnmatch_lines(["*4 snapshots generated*"])
    assert '"event_id": "<event 1>"' in inline.read_text() or "'event_id': '<event 1>'" in inline.read_text()
    again.assert_outcomes(passed=3)
    spread.assert_outcomes(passed=3)
    changed.assert_outcomes(failed=2)
    changed.stdout.fnmatch_lines(["E *-*'tenant': 'acme',*", "E *+*'tenant': 'globex',*"])
    changed_inline.assert_outcomes(failed=1, errors=1)  # inline-snapshot tells it a second time, as an error
    changed_inline.stdout.fnmatch_lines(["E *'tags': {'tenant': 'globex'}} != {'tags': {'tenant': 'acme'}}"])
