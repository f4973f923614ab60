"""The page without a browser: what is in it, and what is not."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from html.parser import HTMLParser

import pytest
from report_records import RUN, event, finding, interleaved, record, span, transaction

from pytest_errortrack.reporting._document import Document
from pytest_errortrack.reporting._html import page
from pytest_errortrack.reporting._record import Run

HOSTILE = (
    "<script>window.__hacked=1</script><img src=x onerror=\"window.__hacked=1\">' onload='x' ]]> </script> {{ 7*7 }}"
)


class Elements(HTMLParser):
    """Collects what a browser would make of a page: elements with their attributes, and the text between."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.text = []
        self.inside = []
        self.within = {"style": "", "script": ""}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Take note of an element."""
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        """Take note of its end; elements without one are passed over."""
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        """Take note of text, apart from that of the style sheet and the script."""
        last = self.inside[-1] if self.inside else ""
        if last in self.within:
            self.within[last] += data
        else:
            self.text.append(data)

    @property
    def said(self):
        """All text that a reader sees, with single spaces."""
        return " ".join(" ".join(self.text).split())


def parsed(*records, runs=()):
    """The page of these records as a browser reads it."""
    return Elements(page(Document.of(records, runs=runs)))


def full_event(text):
    """An event that says the same text in each place where a payload can say anything."""
    frame = {"function": text, "filename": text, "lineno": 3, "in_app": True, "vars": {text: text}}
    frame |= {"context_line": text, "pre_context": [text], "post_context": [text]}
    return event(
        text,
        level=text,
        exception={"values": [{"type": text, "value": text, "module": text, "stacktrace": {"frames": [frame]}}]},
        tags={text: text},
        user={text: text},
        extra={text: text},
        contexts={text: {text: text}},
        request={"url": text},
        fingerprint=[text],
        logger=text,
        release=text,
        breadcrumbs={"values": [{"message": text, "category": text, "level": text, "timestamp": text, "data": text}]},
    ) | {"attachments": [text], "captured_at": text, "thread": text, "actor": text, "source": text}


def full_record(text):
    """A record that says one text wherever it can say any."""
    return record(
        f"test_{text}.py::test[{text}]",
        outcome="failed",
        worker=text,
        seed=text,
        run=Run(id=text, python=text, platform=text, pytest=text, options={text: text}),
        findings=[finding(text, when=text)],
        interleaving=interleaved(actors=[text, text]),
        events=[full_event(text)],
        transactions=[transaction(spans=[span(1, op=text, description=text, status=text)])],
        breadcrumbs=[{"message": text, "category": text}],
        logs=[{"payload": {"level": text, "body": text, "attributes": {text: text}}}],
        metrics=[{"payload": {"name": text, "type": text}}],
        check_ins=[{"payload": {"monitor_slug": text}}],
        sessions=[{"payload": {"sid": text, "status": text}}],
        feedback=[{"payload": {}, "message": text, "name": text, "contact_email": text}],
        attachments=[{"filename": text, "content_type": text, "size": 1}],
        dropped=[{"reason": text, "category": text, "quantity": 1, "summary": text}],
    )


def test_hostile_texts_are_text_and_nothing_else():
    """Whatever a payload says in whatever place, the page has the elements that it has for harmless texts."""
    hostile, harmless = parsed(full_record(HOSTILE)), parsed(full_record("harmless"))

    kinds = {tag for tag, _ in hostile.elements}
    assert "img" not in kinds
    assert [tag for tag, _ in hostile.elements].count("script") == 1
    assert [tag for tag, _ in hostile.elements].count("style") == 1
    assert not [name for _, attrs in hostile.elements for name in attrs if name.startswith("on") or name == "style"]
    assert not [attrs for tag, attrs in hostile.elements if {"src", "href"} & attrs.keys() and tag != "a"]
    assert {attrs["href"] for tag, attrs in hostile.elements if tag == "a"} == {"#tests"}
    assert hostile.said.count("window.__hacked") > 40
    assert "49" not in hostile.said
    assert [(tag, [*attrs]) for tag, attrs in hostile.elements] == [(tag, [*attrs]) for tag, attrs in harmless.elements]


def test_the_policy_allows_our_style_and_script_alone():
    """The hashes are those of what the page holds; nothing may be loaded, and no form goes anywhere."""
    elements = parsed(record())
    (policy,) = (attrs["content"] for tag, attrs in elements.elements if attrs.get("http-equiv"))

    def digest(text):
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest(elements.within['style'])}'; "
        f"script-src 'sha256-{digest(elements.within['script'])}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in elements.within["style"]
    assert "@import" not in elements.within["style"]


@pytest.mark.parametrize(("mark", "shown"), [("\u202e", "U+202E"), ("\u2066", "U+2066"), ("\x1b", "U+001B")])
def test_what_cannot_be_seen_is_made_visible(mark, shown):
    """A mark that turns the direction of a name, or a control, is written out wherever it stands."""
    text = f"invoice{mark}gpj.exe"
    source = page(
        Document.of([record(f"test_a.py::test[{text}]", events=[full_event(text)], attachments=[{"filename": text}])])
    )

    assert mark not in source
    assert f"invoice⟨{shown}⟩gpj.exe" in source


def test_an_event_shows_what_one_looks_for_first():
    """Level, type, message and culprit; tags, user, breadcrumbs, the chain with its source, and the rest folded."""
    frames = [
        {"function": "main", "filename": "lib/run.py", "lineno": 9, "in_app": False},
        {
            "function": "charge",
            "filename": "shop/pay.py",
            "lineno": 31,
            "in_app": True,
            "pre_context": ["def charge():"],
            "context_line": "    raise PaymentError",
            "post_context": [""],
            "vars": {"amount": "4200"},
        },
    ]
    payload = event(
        exception={
            "values": [
                {"type": "TimeoutError", "value": "no answer"},
                {
                    "type": "PaymentError",
                    "value": "declined",
                    "module": "shop.pay",
                    "mechanism": {"type": "django", "handled": False},
                    "stacktrace": {"frames": frames},
                },
            ]
        },
        tags=[["tenant", "acme"]],
        user={"id": "42"},
        breadcrumbs=[{"message": "cart priced", "category": "cart", "timestamp": 1_700_000_000.25}],
        contexts={"runtime": {"name": "CPython"}},
        fingerprint=["a", "b"],
    )
    said = parsed(record(outcome="failed", findings=[finding()], events=[payload])).said

    for words in (
        "error PaymentError declined",
        "charge shop/pay.py:31",
        "Tags tenant acme",
        "User id 42",
        "Fingerprint a, b",
        "Breadcrumbs 22:13:20.250 cart cart priced",
        "Exception shop.pay.PaymentError django, unhandled",
        "30 def charge(): 31 raise PaymentError 32",
        "amount 4200",
        "main lib/run.py:9",
        "Led to by TimeoutError no answer",
        "Contexts",
        "captured at /srv/shop/checkout.py:31",
    ):
        assert words in said


def test_attempts_and_late_reports_stand_together():
    """A test that failed and then passed is flaky; what came late is told apart; several runs are numbered."""
    late = event("too late") | {"late": True}
    other = Run(id="r2", started=1_700_000_100.0, python="3.12.1")
    elements = parsed(
        record(outcome="failed", findings=[finding("E   the first time")]),
        record(attempt=2, started=1_700_000_002.0, events=[event("second")]),
        record(attempt=2, late=True, started=None, events=[late]),
        record(run=other, outcome="skipped"),
    )

    tests = [attrs for tag, attrs in elements.elements if "data-outcome" in attrs]
    assert [(each["data-outcome"], each["data-has"]) for each in tests] == [("flaky", "reports late"), ("skipped", "")]
    for words in ("Attempt 1 failed", "Attempt 2 passed", "After the end of attempt", "run 1", "run 2 Python 3.12.1"):
        assert words in elements.said
    assert len({attrs["id"] for tag, attrs in elements.elements if "id" in attrs}) == len(
        [attrs for tag, attrs in elements.elements if "id" in attrs]
    )


def test_what_was_cut_is_told():
    """Numbers of what the record left out stand where it would have been."""
    said = parsed(record(events=[event()], cut={"events": 12, "transactions": 3, "check_ins": 2, "texts": 4})).said

    assert "12 more events are not shown here." in said
    assert "3 more transactions are not shown here." in said
    assert "Left out to keep the report small: 2 check ins, 4 texts." in said
    assert "13 events" in said


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"exception": 7, "breadcrumbs": "x", "tags": 5, "user": [], "contexts": None, "level": {"a": 1}},
        {"exception": {"values": [{"stacktrace": {"frames": [{"lineno": "x", "pre_context": 3, "context_line": 1}]}}]}},
        {"exception": [{"mechanism": {"handled": []}}], "fingerprint": "x", "logentry": {"message": None}},
        {
            "start_timestamp": "never",
            "timestamp": {},
            "spans": [{"start_timestamp": None}, 7],
            "contexts": {"trace": 1},
        },
        {"timestamp": 1e300, "breadcrumbs": [{"timestamp": 1e300}, {"timestamp": "yesterday"}]},
    ],
)
def test_a_payload_of_any_shape_is_shown(payload):
    """An application may send what it likes: the page shows what can be read of it."""
    elements = parsed(record(events=[{"payload": payload}], transactions=[{"payload": payload}], logs=[{}]))

    assert "1 event" in elements.said


def test_an_empty_report_is_a_page():
    """A run without tests says so."""
    assert "No test ran." in parsed(runs=[RUN]).said


@pytest.mark.slow
def test_a_large_report_stays_a_page_that_can_be_opened():
    """2,000 tests with 10,000 events: seconds to write, and a few megabytes; whole cards for the failing ones."""
    frames = [{"function": f"f{n}", "filename": "a.py", "lineno": n, "context_line": "x = 1"} for n in range(20)]
    payload = {"exception": {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": frames}}]}}
    records = [
        record(
            f"test_{number % 50}.py::test_{number}",
            outcome="failed" if number % 100 == 0 else "passed",
            events=[event(f"message {each}", **payload) for each in range(5)],
        )
        for number in range(2_000)
    ]
    began = time.process_time()

    text = page(Document.of(records))

    assert time.process_time() - began < 60
    assert len(text) < 40_000_000
    assert text.count('<article class="card event') == 10_000
    assert text.count('class="frames"') == 1_000
    assert len(re.findall(r'<details class="test[^>]* open>', text)) == 10


def test_a_bucket_of_sessions_shows_its_counts():
    """One session has a status; those that were added up say how many ended in which way."""
    sessions = [{"payload": {"sid": "s1", "status": "exited"}}, {"payload": {"errored": 1, "exited": 3}}]
    said = parsed(record(sessions=sessions)).said

    assert "exited s1" in said
    assert "exited x3, errored x1" in said
