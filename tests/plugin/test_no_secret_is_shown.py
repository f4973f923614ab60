from __future__ import annotations

import json

import pytest

SUITE = """
    import os
    import threading
    import pytest
    from pytest_errortrack import sdk

    gate, done = threading.Event(), threading.Event()

    def told(name):
        return os.environ["SHOP_" + name]  # so that no line of this source holds one

    def pay(shop_password):  # a name that the SDK itself does not filter
        raise LookupError(f"no account; password: {told('PROSE')}, see https://joe:{told('URL')}@bank.example.org/pay")

    def report():
        sdk.set_tag("password", told("TAG"))
        sdk.set_user({"id": "u-7", "shop_api_key": told("USER")})
        sdk.add_breadcrumb(message=f"POST /pay?token={told('CRUMB')}", data={"shop_secret": told("DATA")})
        try:
            pay(told("VAR"))
        except LookupError as error:
            sdk.capture_exception(error)
        sdk.capture_event({
            "level": "error",
            "message": f"refused\\nAuthorization: Bearer {told('HEADER')}",
            "request": {"headers": {"Authorization": told("REQUEST")}, "query_string": f"token={told('QUERY')}"},
        })

    def test_nearest(captured_events):
        report()
        captured_events.one(exception=KeyError, tags={"password": "other"}, user={"shop_api_key": "other"})

    @pytest.mark.expect_event(message="another", request={"headers": {"Authorization": "other"}})
    def test_marker():
        report()

    def test_strict(captured_events):
        report()

    def test_repeated(captured_events):
        report()
        report()
        captured_events.one(exception=LookupError)

    def test_mixed(captured_events, errortrack):
        with errortrack.actor("a"):
            report()
        with errortrack.actor("b"):
            report()
        captured_events.assert_isolated(key=lambda event: event.tags["password"])

    def test_late(captured_events):
        def work():
            gate.wait(10)
            report()
            done.set()

        threading.Thread(target=work).start()

    def test_meanwhile(captured_events):
        gate.set()
        assert done.wait(10)
        captured_events.one()

    def test_failing_itself(captured_events):
        report()
        assert captured_events == []
"""

PLACES = ("PROSE", "URL", "TAG", "USER", "CRUMB", "DATA", "VAR", "HEADER", "REQUEST", "QUERY")
SECRETS = {name: f"s3cr3t{name}x" for name in PLACES}


@pytest.fixture
def artefacts(pytester, monkeypatch, receiver):
    """All that a run of the suite leaves behind, by its name."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(f"SHOP_{name}", secret)
    pytester.makepyfile(test_shop=SUITE)
    files = ("run.html", "run.json", "run.jsonl")

    result = pytester.runpytest_subprocess(
        *(f"--errortrack-report={name}" for name in files),
        *("--errortrack-suggest", "--errortrack-strict=error", "--errortrack-show=all", "--junitxml=junit.xml"),
        *("--errortrack-send-failures", "--errortrack-dsn", receiver.dsn),
    )

    result.assert_outcomes(passed=1, failed=7)
    failures = [event for event in receiver.events if event.get("logger") == "pytest"]
    assert failures
    terminal = result.stdout.str()
    for part in ("Captured error reports", "suggested expectations", "late error reports", "have the same key"):
        assert part in terminal
    texts = {name: (pytester.path / name).read_text() for name in (*files, "junit.xml")}
    return {**texts, "terminal": terminal, "delivered failures": json.dumps(failures)}


def test_no_secret_is_in_anything_that_a_run_leaves_behind(artefacts):
    """Wherever a secret stood, no file, no section, no summary and no delivered failure shows it."""
    shown = [(name, place) for name, text in artefacts.items() for place, secret in SECRETS.items() if secret in text]

    assert shown == []
    assert all("***" in text for text in artefacts.values())
