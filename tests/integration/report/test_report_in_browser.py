"""The page in a real browser: what it does, and what it does not let happen.

    ERRORTRACK_WRITE_SCREENSHOT=1 pytest -m slow tests/integration/report

writes the picture of `docs/how-to/keep-a-report.md` anew.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from report_records import event, finding, interleaved, record, span, transaction

from pytest_errortrack.reporting._document import Document
from pytest_errortrack.reporting._html import page
from pytest_errortrack.reporting.merging import read_report

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parent / "sample"
PICTURE = Path(__file__).parents[3] / "docs" / "how-to" / "keep-a-report.png"
MOST_PICTURE_BYTES = 300_000
HOSTILE = (
    "</script><script>window.__hacked=1</script><img src=x onerror=window.__hacked=1>\"' onload=alert(1) ]]> \u202e"
)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; the tests are skipped where there is none, with the reason."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def expected(locator):
    """Wait until something holds of a part of the page."""
    from playwright.sync_api import expect  # where there is a browser

    return expect(locator)


class Opened:
    """A page of a browser, and everything that it did."""

    def __init__(self, tab, path):
        self.tab = tab
        self.path = path
        self.requests = []
        self.answers = []
        self.troubles = []
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("requestfinished", lambda request: self.answers.append(request.url))
        tab.on("console", lambda message: self.troubles.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: self.troubles.append(str(error)))
        tab.on("dialog", lambda dialog: (self.troubles.append("a dialog"), dialog.dismiss()))

    def show(self, *records, fragment=""):
        """Write records as a page and open it."""
        self.path.write_text(page(Document.of(records)), encoding="utf-8")
        self.tab.goto(self.path.as_uri() + fragment)
        return self

    @property
    def shown(self):
        """The names of the tests that are not filtered out."""
        return [each.inner_text().rpartition("::")[2] for each in self.tab.locator("details.test h3:visible").all()]


@pytest.fixture
def opened(browser, tmp_path):
    """An empty tab."""
    tab = browser.new_page(viewport={"width": 1200, "height": 900})
    yield Opened(tab, tmp_path / "report.html")
    tab.close()


RECORDS = (
    record("test_a.py::test_failing", outcome="failed", findings=[finding()], events=[event("disk full")]),
    record("test_a.py::test_flaky", outcome="failed"),
    record("test_a.py::test_flaky", attempt=2, started=1_700_000_003.0, events=[event("slow", level="warning")]),
    record("test_b.py::test_quiet"),
    record("test_b.py::test_late", events=[event("seen", level="info")]),
    record("test_b.py::test_late", late=True, events=[event("late one", level="fatal") | {"late": True}]),
)


def test_nothing_is_loaded_and_nothing_is_amiss(opened):
    """The page is one file: no request leaves it, and the browser's console stays empty."""
    opened.show(*RECORDS)

    assert opened.requests == [opened.path.as_uri()]
    assert opened.troubles == []
    assert opened.tab.locator("main").bounding_box()["width"] > 1000  # the style sheet was let in


def test_filters_narrow_and_widen(opened):
    """Chips of one kind add up, of different kinds narrow; words are looked for in everything; counts follow."""
    tab = opened.show(*RECORDS).tab
    chip = lambda name: tab.get_by_role("button", name=name)  # noqa: E731 - a word for this test

    assert opened.shown == ["test_failing", "test_flaky", "test_late", "test_quiet"]
    chip("failed 1").click()
    assert opened.shown == ["test_failing"]
    chip("flaky 1").click()
    assert opened.shown == ["test_failing", "test_flaky"]
    assert tab.get_by_role("status").inner_text() == "2 of 4 tests"
    chip("warning 1").click()
    assert opened.shown == ["test_flaky"]
    assert chip("warning 1").get_attribute("aria-pressed") == "true"
    for name in ("failed 1", "flaky 1", "warning 1"):
        chip(name).click()
    chip("with late ones").click()
    assert opened.shown == ["test_late"]
    chip("with late ones").click()
    chip("with reports").click()
    assert opened.shown == ["test_failing", "test_flaky", "test_late"]
    chip("with reports").click()

    search = tab.get_by_role("searchbox")
    search.fill("LATE one")
    expected(tab.get_by_role("status")).to_have_text("1 of 4 tests")
    assert opened.shown == ["test_late"]
    search.fill("nowhere to be found")
    expected(tab.locator("#none")).to_be_visible()
    assert opened.shown == []
    assert opened.troubles == []


def test_everything_can_be_done_with_the_keyboard(opened):
    """`/` goes to the filter, Escape clears it, a test opens with Enter, and focus is seen where it is."""
    tab = opened.show(*RECORDS).tab

    tab.keyboard.press("/")
    tab.keyboard.type("quiet")
    expected(tab.get_by_role("status")).to_have_text("1 of 4 tests")
    tab.keyboard.press("Escape")
    assert len(opened.shown) == 4
    tab.locator("details.test > summary").nth(3).focus()
    tab.keyboard.press("Enter")

    assert tab.locator("details.test").nth(3).evaluate("test => test.open")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_link_opens_its_test(opened):
    """The name of a test in the address opens it, so that it can be sent to somebody."""
    name = opened.show(*RECORDS).tab.locator("details.test").nth(2).get_attribute("id")

    opened.tab.goto("about:blank")
    opened.show(*RECORDS, fragment=f"#{name}")

    assert opened.tab.locator(f"#{name}").evaluate("test => test.open")


def test_without_scripts_the_page_shows_all_there_is(browser, tmp_path):
    """Where scripts are switched off, the filters are not there and everything else is."""
    context = browser.new_context(java_script_enabled=False)
    shown = Opened(context.new_page(), tmp_path / "report.html").show(*RECORDS)

    assert shown.shown == ["test_failing", "test_flaky", "test_late", "test_quiet"]
    assert shown.tab.get_by_role("searchbox").count() == 0
    assert shown.tab.get_by_text("disk full").first.is_visible()
    context.close()


def test_hostile_payloads_do_nothing(opened):
    """Markup in a message, a tag's name and value, a file, a breadcrumb, a node id or an attachment stays text."""
    hostile = record(
        f"test_{HOSTILE}.py::test[{HOSTILE}]",
        outcome="failed",
        findings=[finding(HOSTILE)],
        interleaving=interleaved(actors=[HOSTILE, "B"]),
        events=[
            event(HOSTILE, tags={HOSTILE: HOSTILE}, breadcrumbs=[{"message": HOSTILE}], extra={HOSTILE: HOSTILE})
            | {"attachments": [HOSTILE], "captured_at": HOSTILE}
        ],
        transactions=[transaction(spans=[span(1, description=HOSTILE)])],
        attachments=[{"filename": HOSTILE}],
    )

    tab = opened.show(hostile).tab
    tab.get_by_role("button", name="open all").click()
    tab.keyboard.press("/")
    tab.keyboard.type(HOSTILE[:20])

    assert tab.evaluate("window.__hacked") is None
    assert opened.troubles == []
    assert opened.requests == [opened.path.as_uri()]
    assert tab.locator("img").count() == 0
    assert "U+202E" in tab.locator("h3").first.inner_text()


def test_the_policy_stops_what_would_get_onto_the_page_all_the_same(opened):
    """A script, a handler, a style or a picture that somebody adds later is refused by the browser, and reported."""
    tab = opened.show(*RECORDS).tab
    tab.evaluate(
        """() => {
            window.refused = [];
            document.addEventListener("securitypolicyviolation", (e) => window.refused.push(e.effectiveDirective));
            const added = document.createElement("div");
            added.innerHTML = "<p onclick='window.__hacked=1' style='color:red'>x</p><img src='https://example.org/x'>";
            document.body.append(added);
            const script = document.createElement("script");
            script.textContent = "window.__hacked=1";
            document.body.append(script);
            added.firstChild.click();
        }"""
    )
    tab.get_by_text("x", exact=True).click()
    tab.get_by_text("x", exact=True).wait_for()

    assert {"script-src-elem", "script-src-attr", "style-src-attr", "img-src"} <= set(tab.evaluate("window.refused"))
    assert tab.evaluate("window.__hacked") is None
    assert opened.answers == [opened.path.as_uri()]


def test_the_interleaving_is_drawn(opened):
    """One lifeline for each actor, the steps from top to bottom in their columns, the preemption marked."""
    tab = opened.show(record(outcome="failed", findings=[finding()], interleaving=interleaved())).tab
    boxes = [each.bounding_box() for each in tab.locator(".diagram .step rect").all()]

    assert tab.locator(".diagram .life").count() == 2
    assert [box["y"] for box in boxes] == sorted(box["y"] for box in boxes)
    assert boxes[0]["x"] == boxes[3]["x"] < boxes[1]["x"] == boxes[2]["x"]
    assert tab.locator(".diagram .preempted").count() == 1
    assert tab.locator(".diagram .step title").first.text_content() == "step 1: set_extra at shop.py:17"
    assert "--errortrack-replay et1-abc" in tab.locator(".token").inner_text()
    for text in tab.locator(".diagram .step").all():
        frame, words = text.locator("rect").bounding_box(), text.locator(".text").bounding_box()
        assert frame["x"] <= words["x"]
        assert words["x"] + words["width"] <= frame["x"] + frame["width"]


def test_bars_stand_where_their_spans_were(opened):
    """A span of the second half is a bar in the second half."""
    drawn = transaction(spans=[span(1, start=0.0, end=0.5), span(2, start=0.5, end=1.0)])
    tab = opened.show(record(outcome="failed", transactions=[drawn])).tab
    root, first, second = (each.bounding_box() for each in tab.locator(".spans .run").all())

    assert first["width"] == pytest.approx(root["width"] / 2, abs=1)
    assert second["x"] == pytest.approx(root["x"] + root["width"] / 2, abs=1)


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_on_a_phone_and_in_the_dark(browser, tmp_path, width, scheme):
    """Nothing is wider than the screen, and text stands out from what is behind it."""
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    long = event("word " * 60 + "x" * 300, tags={"a" * 200: "b" * 200}, user={"id": "c" * 300})
    Opened(tab, tmp_path / "report.html").show(
        record("t" * 300 + ".py::test_it", outcome="failed", interleaving=interleaved(), events=[long])
    )

    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    back, ink = (tab.evaluate(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color"))
    light, dark = sorted((sum(map(int, each[4:-1].split(","))) for each in (back, ink)), reverse=True)
    assert light - dark > 450
    assert (back == "rgb(18, 22, 28)") == (scheme == "dark")
    tab.close()


def test_printing_opens_what_is_shown(opened):
    """On paper nothing can be unfolded: what the filters let through is open, and folded again afterwards."""
    tab = opened.show(*RECORDS).tab

    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("details.test[open]").count() == 4
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator("details.test[open]").count() == 1


def test_a_large_report_opens_and_filters_quickly(opened):
    """2,000 tests with 10,000 events are there within seconds, and a filter answers at once."""
    records = [
        record(f"test_{number % 40}.py::test_{number}", events=[event(f"message {number}.{each}") for each in range(5)])
        for number in range(2_000)
    ]
    tab = opened.show(*records).tab

    took = tab.evaluate(
        """() => {
            const began = performance.now();
            document.querySelector("[data-kind=level]").click();
            document.body.offsetHeight;
            return performance.now() - began;
        }"""
    )

    assert tab.locator("details.test").count() == 2_000
    assert took < 5_000
    assert opened.troubles == []


def test_the_picture_of_the_documentation(pytester, browser, tmp_path):
    """A real run of the sample shop makes the page that the documentation shows; it is written anew on request."""
    shutil.copy(SAMPLE / "shop.py", pytester.path)
    shutil.copy(SAMPLE / "shop_tests.py", pytester.path / "test_shop.py")
    pytester.runpytest_subprocess("--errortrack-report=report.json", "--errortrack-report=report.html", "-W", "ignore")
    tab = browser.new_page(viewport={"width": 1200, "height": 1700}, color_scheme="light")
    opened = Opened(tab, pytester.path / "report.html")

    tab.goto(opened.path.as_uri())
    tab.screenshot(path=tmp_path / "picture.png")

    assert {each.outcome for each in read_report(pytester.path / "report.json").records} >= {
        "passed",
        "failed",
        "skipped",
    }
    assert opened.troubles == []
    assert tab.locator(".diagram .preempted").count() == 1
    assert tab.locator(".spans li").count() >= 5
    assert (tmp_path / "picture.png").stat().st_size < MOST_PICTURE_BYTES
    if os.environ.get("ERRORTRACK_WRITE_SCREENSHOT"):
        shutil.copy(tmp_path / "picture.png", PICTURE)
    assert PICTURE.stat().st_size < MOST_PICTURE_BYTES
    tab.close()
