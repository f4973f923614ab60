"""Tests of the options: where they come from, and what is refused."""

from __future__ import annotations

import inspect
import math
import re
from pathlib import Path

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import BadOption, UnknownOption, Unsupported, UnsupportedOption
from pytest_errortrack.sdk._options import Options, read_options
from pytest_errortrack.sdk._options._checks import CHECKS


def test_defaults_are_the_specifications():
    """O2: what nobody sets has the specified value."""
    options = read_options(None, {}, environ={})

    assert (options.environment, options.sample_rate, options.traces_sample_rate) == ("production", 1.0, None)
    assert (options.max_breadcrumbs, options.send_default_pii, options.debug) == (100, False, False)
    assert (options.max_attachment_size, options.shutdown_timeout) == (20 * 1024 * 1024, 2.0)
    assert options.dsn is None


def test_environment_is_read():
    """O3: the variables of the specification set what code does not."""
    environ = {
        "SENTRY_DSN": "https://k@h/1",
        "SENTRY_RELEASE": "1.2",
        "SENTRY_ENVIRONMENT": "staging",
        "SENTRY_SAMPLE_RATE": "0.5",
        "SENTRY_TRACES_SAMPLE_RATE": "0.25",
        "SENTRY_DEBUG": "true",
    }

    options = read_options(None, {}, environ=environ)

    assert options.dsn is not None
    assert options.dsn.host == "h"
    assert (options.release, options.environment, options.debug) == ("1.2", "staging", True)
    assert (options.sample_rate, options.traces_sample_rate) == (0.5, 0.25)


def test_code_wins_over_the_environment():
    """O3: what is given in code holds, an empty DSN included."""
    environ = {"SENTRY_DSN": "https://k@h/1", "SENTRY_RELEASE": "env", "SENTRY_SAMPLE_RATE": "0.5"}

    options = read_options("", {"release": "code", "sample_rate": 1.0}, environ=environ)

    assert (options.dsn, options.release, options.sample_rate) == (None, "code", 1.0)


@pytest.mark.parametrize("value", ["0", "false", "no", ""])
def test_debug_variable_can_say_no(value):
    """O3: only words for yes switch debugging on."""
    assert read_options(None, {}, environ={"SENTRY_DEBUG": value}).debug is False


def test_wrong_variable_does_not_count_where_code_says():
    """O3: code wins over the environment, a variable with nonsense included."""
    environ = {"SENTRY_SAMPLE_RATE": "lots", "SENTRY_DSN": "nonsense"}

    assert read_options("", {"sample_rate": 0.5}, environ=environ).sample_rate == 0.5


def test_environment_may_come_from_other_variables():
    """O4: the default is the specification's; the chain of sentry-ruby is there for the asking."""
    chain = ["SENTRY_CURRENT_ENV", "SENTRY_ENVIRONMENT", "RAILS_ENV", "RACK_ENV"]
    environ = {"RAILS_ENV": "staging", "RACK_ENV": "test"}

    assert read_options(None, {}, environ=environ).environment == "production"
    assert read_options(None, {"environment_variables": chain}, environ=environ).environment == "staging"
    assert read_options(None, {"environment_variables": chain}, environ={}).environment == "production"
    given = {"environment_variables": chain, "environment": "code"}
    assert read_options(None, given, environ=environ).environment == "code"


def test_first_argument_is_the_dsn_and_none_is_valid(monkeypatch):
    """O1: the first argument is the DSN; without one the SDK takes everything and sends nothing."""
    assert sdk.init("https://k@h/1").options.dsn.host == "h"
    for empty in (None, "", " "):
        client = sdk.init(empty)
        assert client.options.dsn is None
        assert client.transport is None
        assert sdk.capture_message("m") is None
    monkeypatch.setenv("SENTRY_DSN", "https://k@env/1")
    assert sdk.init().options.dsn.host == "env"
    assert sdk.init("").options.dsn is None


def test_delivery_variable_of_the_plugin_is_not_read():
    """ERRORTRACK_DSN means delivery by the plugin, never the SDK's own DSN."""
    assert read_options(None, {}, environ={"ERRORTRACK_DSN": "https://k@h/1"}).dsn is None


@pytest.mark.parametrize("value", ["lots", "2", "nan"])
def test_wrong_rate_in_the_environment_names_the_variable(value):
    """O6: a wrong value is told at once, with where it stands."""
    with pytest.raises(BadOption, match=f"SENTRY_SAMPLE_RATE must be a number from 0 to 1 .found '{value}'"):
        read_options(None, {}, environ={"SENTRY_SAMPLE_RATE": value})


def test_unknown_option_names_the_nearest():
    """O1: an option nobody knows is a TypeError that helps."""
    with pytest.raises(TypeError, match="there is no option 'before_sent'; did you mean 'before_send'"):
        sdk.init(before_sent=None)
    with pytest.raises(UnknownOption, match=re.compile("there is no option 'zzzz'$")):
        sdk.init(zzzz=1)


SPECIFIED = [
    "dsn",
    "debug",
    "before_send",
    "integrations",
    "release",
    "environment",
    "sample_rate",
    "before_send_transaction",
    "before_breadcrumb",
    "max_breadcrumbs",
    "send_default_pii",
    "max_attachment_size",
    "traces_sample_rate",
    "traces_sampler",
    "trace_propagation_targets",
    "context_tags",
    "ignore_errors",
    "ignore_transactions",
    "send_client_reports",
    "attach_stacktrace",
    "server_name",
    "dist",
    "in_app_include",
    "in_app_exclude",
    "project_root",
    "max_request_body_size",
    "shutdown_timeout",
    "transport",
    "transport_queue_size",
    "enable_backpressure_handling",
    "enable_logs",
    "before_send_log",
    "enable_metrics",
    "before_send_metric",
    "auto_session_tracking",
    "org_id",
    "strict_trace_continuation",
    "propagate_traceparent",
    "trace_ignore_status_codes",
    "http_proxy",
    "https_proxy",
    "ca_certs",
    "before_send_check_in",
    "dispatcher",
    "background_worker_threads",
    "include_local_variables",
    "disabled_integrations",
    "runtime",
]


def test_every_specified_option_is_there_and_checked():
    """O2: each option of the specification is accepted by its name, and has a check or is read as a DSN."""
    assert [name for name in SPECIFIED if name not in Options.__slots__] == []
    assert set(Options.__slots__) - {"dsn"} == set(CHECKS)


@pytest.mark.parametrize(
    ("option", "read"),
    [
        ({"auto_session_tracking": False}, False),
        ({"background_worker_threads": 2}, 2),
        ({"ca_certs": Path("certs.pem")}, "certs.pem"),
        ({"context_tags": ["request"]}, ("request",)),
        ({"disabled_integrations": ["logging"]}, ("logging",)),
        ({"dispatcher": print}, print),
        ({"enable_logs": True}, True),
        ({"http_proxy": "http://proxy"}, "http://proxy"),
        ({"max_request_body_size": "always"}, "always"),
        ({"org_id": 7}, "7"),
        ({"project_root": Path("app")}, "app"),
        ({"trace_ignore_status_codes": [404, 301]}, (404, 301)),
        ({"trace_propagation_targets": []}, ()),
        ({"transport_queue_size": 5}, 5),
    ],
)
def test_option_is_kept_as_it_is_read(option, read):
    """O2: what is given is checked and kept."""
    (name,) = option

    assert getattr(read_options(None, option, environ={}), name) == read


@pytest.mark.parametrize("option", [{"enable_logs": True}, {"before_send_log": print}, {"context_tags": ["a"]}])
def test_option_without_effect_is_told(option, caplog):
    """O2: an option that is checked, and that nothing asks for yet, is named in the internal log."""
    (name,) = option

    sdk.init(**option)

    assert f"the option {name} has no effect in this version" in caplog.text


def test_option_that_asks_for_nothing_is_not_told(caplog):
    """O2: saying what holds anyway is right, and nothing is said of it."""
    sdk.init(enable_logs=False, before_send_log=None, context_tags=[], auto_session_tracking=False)

    assert caplog.text == ""


@pytest.mark.parametrize("option", [{"spotlight": True}, {"profiles_sample_rate": 0.5}, {"error_sampler": print}])
def test_option_that_is_left_out_is_refused_by_name(option):
    """What this SDK leaves out on purpose it does not accept; the error names it."""
    (name,) = option

    with pytest.raises(UnsupportedOption, match=f"the option {name}=.* is not available in this version") as caught:
        sdk.init(**option)

    assert isinstance(caught.value, NotImplementedError)
    assert isinstance(caught.value, Unsupported)
    assert not sdk.is_initialized()


@pytest.mark.parametrize("option", [{"spotlight": False}, {"spotlight": None}, {"profiles_sample_rate": 0.0}])
def test_option_that_is_left_out_may_be_switched_off(option):
    """Saying "without it" is right already."""
    read_options(None, option, environ={})


@pytest.mark.parametrize("rate", [-0.1, 1.1, math.nan, math.inf, "0.5", None])
def test_wrong_rate_is_refused(rate):
    """O6: a rate is a real number from 0 to 1."""
    with pytest.raises(BadOption, match="sample_rate must be a number from 0 to 1"):
        read_options(None, {"sample_rate": rate}, environ={})


def test_bool_rate_is_deprecated():
    """O6: True and False are read as 1 and 0, with a warning."""
    with pytest.warns(DeprecationWarning, match=r"sample_rate=True is read as 1.0"):
        assert read_options(None, {"sample_rate": True}, environ={}).sample_rate == 1.0


@pytest.mark.parametrize(
    "option",
    [
        {"before_send": "f"},
        {"max_breadcrumbs": -1},
        {"max_breadcrumbs": 1.5},
        {"max_breadcrumbs": True},
        {"debug": "yes"},
        {"release": 7},
        {"environment": None},
        {"in_app_include": "myapp"},
        {"in_app_include": [1]},
        {"ignore_errors": [int]},
        {"ignore_errors": ValueError},
        {"ignore_transactions": [1]},
        {"integrations": [object()]},
        {"shutdown_timeout": -1},
        {"shutdown_timeout": math.nan},
        {"transport": 7},
        {"dsn": 7},
        {"background_worker_threads": -1},
        {"ca_certs": 7},
        {"context_tags": "request"},
        {"disabled_integrations": [7]},
        {"dispatcher": 7},
        {"enable_logs": "yes"},
        {"environment_variables": "ENV"},
        {"max_request_body_size": "huge"},
        {"org_id": "o7"},
        {"org_id": True},
        {"project_root": 7},
        {"runtime": object()},
        {"trace_ignore_status_codes": [99]},
        {"trace_ignore_status_codes": ["404"]},
        {"trace_propagation_targets": ".*"},
        {"transport_queue_size": -1},
    ],
)
def test_wrong_value_names_option_and_value(option):
    """O6: a wrong value is the developer's mistake and told at once."""
    (name,) = option

    with pytest.raises(BadOption, match=f"^{name} ") as caught:
        read_options(None, option, environ={})

    assert "(found " in str(caught.value)


def test_configure_sets_options_as_attributes():
    """The seed's configuration block: `init(configure=fn)`."""

    def configure(options):
        assert (options.sample_rate, options.environment) == (1.0, "test")
        options.release = "2.0"
        options.dsn = sdk.Dsn.parse("memory://")

    client = sdk.init(configure=configure, environment="test", dist=None, runtime=None)

    assert (client.options.release, client.options.environment) == ("2.0", "test")
    assert sdk.capture_message("hello") is not None


def test_configure_refuses_unknown_options_where_they_are_set():
    """A typo in the configuration block is told on its own line."""

    def configure(options):
        options.relaese = "2.0"

    with pytest.raises(UnknownOption, match="did you mean 'release'"):
        sdk.init(configure=configure)


def test_configure_cannot_read_what_there_is_not():
    """Reading an unknown option is an AttributeError."""

    def configure(options):
        return options.relaese

    with pytest.raises(AttributeError, match="did you mean 'release'"):
        sdk.init(configure=configure)


def test_every_option_is_documented():
    """Each option has a line in the class's docstring."""
    documented = inspect.getdoc(Options)

    assert [name for name in Options.__slots__ if f"\n    {name}: " not in documented] == []
