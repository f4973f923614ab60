"""The rules that the SDK keeps, each with what it asks for; a test that checks one names it in its docstring.

The rules follow the public specification of Sentry's SDKs (https://develop.sentry.dev/sdk/). Where they go beyond it,
they say what a host application may rely on.
"""

from __future__ import annotations

RULES = {
    # -- options ---------------------------------------------------------------------------------------------------
    "O1": "init() takes the DSN first; an empty one switches reporting off; an unknown option names the nearest one",
    "O2": "the options of the specification are known and have its defaults",
    "O3": "environment variables set what code does not; code always wins",
    "O4": "the environment is 'production' by default; the older chain of variables is there for those who ask",
    "O5": "the release is found in variables, git, REVISION and Heroku's slug; in bounded time, and never raising",
    "O6": "rates are real numbers from 0 to 1; wrong values are told at init, wrong results of samplers are left out",
    "O7": "init() may be called again: the client before is closed, process-wide hooks are registered once",
    "O8": "the internal log is 'errortrack.errors', and does not come back as reports",
    # -- the DSN ---------------------------------------------------------------------------------------------------
    "D1": "a DSN is read into its parts and gives the address of the project; a malformed one is refused at init",
    "D2": "the organisation comes from the host, unless an option says it",
    "D3": "requests say who sends and with which key, without a timestamp",
    # -- scopes ----------------------------------------------------------------------------------------------------
    "S1": "there are a global, an isolation and a current scope, and there is always one to write to",
    "S2": "module-level setters write the isolation scope",
    "S3": "forks start with everything and then go their own ways, nested values included",
    "S4": "global, isolation, current, call, event: the later wins, and the event's own value always does",
    "S5": "the client is that of the current scope, else the isolation scope's, else the global one",
    "S6": "a scope has all the fields of the specification; clearing keeps its event processors",
    "S7": "users are merged by key, contexts by key one level deep",
    "S8": "breadcrumbs are a ring in the order of their recording; before_breadcrumb may change or drop them",
    "S9": "event processors run in order, scopes first; the first that says None, or raises, drops the event",
    "S10": "values are copied when they are set and when they are applied",
    "S11": "attributes have types and units, and the nearer scope wins",
    # -- isolation of threads, tasks and generators ----------------------------------------------------------------
    "C1": "a scope that nobody opened on purpose is forked by the first write of another task or thread",
    "C2": "what scopes hold is replaced, never changed: a fork costs nothing, a reader needs no lock",
    "C3": "a new thread has scopes of its own, also where it inherits a context",
    "C4": "an item given to a pool runs in a fork made when it was given; a worker shows nothing of the item before",
    "C5": "scopes opened in generators, or closed elsewhere, are neither left behind nor an error",
    "C6": "a streamed answer is produced under its request's scopes until it is exhausted, closed or lost",
    "C7": "hubs: current, main, clone, push, pop, run; a hub that is shared on purpose mixes and never tears",
    "C8": "sending in the capturing thread is switched on for one context, not for the process",
    # -- the way of an event ---------------------------------------------------------------------------------------
    "P1": "the steps have one order; a draw that is lost anyway is made before frames are built",
    "P2": "before_send sees error events only, in the capturing thread; other kinds have callbacks of their own",
    "P3": "a callback that raises drops its item, counted and logged; a sampler that raises counts as none",
    "P4": "a lost transaction counts its spans and itself; spans that callbacks remove are counted",
    "P5": "captures return an id or None; the last event id knows errors and messages that were sent",
    "P6": "one exception object is reported once, whatever came between; nothing is kept alive for it",
    "P7": "what is captured while this thread captures is dropped",
    "P8": "an attachment that is too big is left out alone",
    "P9": "flush and close wait as long as they are told to, at most",
    # -- the event -------------------------------------------------------------------------------------------------
    "E1": "an event has an id, a time and a platform, and says where it comes from",
    "E2": "exceptions stand oldest first, each with type, value, module, thread and mechanism",
    "E3": "exceptions are numbered from the captured one, and each other one names its parent",
    "E4": "an explicit cause is followed, else the context; cycles end, and fifty exceptions are the most",
    "E5": "notes follow the text; a text that cannot be made is said so",
    "E6": "long texts are cut between characters, and _meta says what was cut",
    "E7": "tags, messages, breadcrumbs, spans, attachments, items and envelopes are bounded",
    "E8": "the contexts os, runtime and trace are on every event, with tracing off too",
    "E9": "a request has method, url, query, data, cookies, headers and some of its environment",
    "E10": "threads are told with who is current and who crashed; messages may have the running stack",
    "E11": "an event that is too big loses its least important parts first, and says so",
    # -- stack traces ----------------------------------------------------------------------------------------------
    "F1": "frames stand outermost first, each with file, function, module, line and five lines around",
    "F2": "source lines come through linecache, are cut, and are kept for the next event, within bounds",
    "F3": "the application's own frames are told apart; hidden frames and the SDK's own are left out",
    "F4": "a hundred frames are built at most, from both ends",
    "F5": "variables are bounded in depth, breadth, length and time; what is named like a secret is not looked at",
    "F6": "no lock of the SDK is held while code of the application runs",
    "F7": "nothing of an exception or a frame is kept after the capture",
    # -- delivery --------------------------------------------------------------------------------------------------
    "T1": "envelopes are written with every length said, and read strictly",
    "T2": "an envelope holds one event or transaction, with what may ride along",
    "T3": "envelopes are posted to the project's address, compressed when they are big",
    "T4": "the status decides what is counted, and nothing is sent a second time",
    "T5": "rate limits are read from every answer; the later deadline is kept",
    "T6": "item types map to data categories",
    "T7": "limits are looked at when something is queued and again before it is sent",
    "T8": "the queue is bounded; the oldest of the least important goes first, counted; capturing never waits",
    "T9": "one daemon thread sends, started with the first item; where none can start, the flushing one sends",
    "T10": "a garbage collection inside the queue cannot lock it",
    "T11": "the end of the process flushes within its bound, once",
    "T12": "a forked child has locks, queue, counts and a worker of its own, and sends nothing twice",
    "T13": "the transport is the one given, else the DSN's; the one in memory shows what went over the wire",
    "T14": "HTTP has time-outs, proxies and certificates; our own requests are neither traced nor recorded",
    "T15": "closing is for ever, may race with everything, and leaks no thread",
    # -- reports of losses -----------------------------------------------------------------------------------------
    "CR1": "what was discarded is told with reason, category and quantity, in the specification's words",
    "CR2": "counts are read and reset in one step, and ride along every thirty seconds, or when flushed",
    "CR3": "captured = delivered + refused by a limit + counted as lost + still queued",
    # -- what is collected -----------------------------------------------------------------------------------------
    "DH1": "personal data only where it is allowed; values that are named like secrets are replaced",
    "DH2": "bodies of requests are taken up to the size that an option says",
    "DH3": "what is collected can be chosen kind by kind",
}

# Rules that no test names yet. An entry goes as soon as a test is there: the list only ever gets shorter.
WITHOUT_A_TEST = {
    "DH3",  # a draft of the specification
}

# What a complete error-reporting SDK has, and the rules that stand for it.
FEATURES = {
    "DSN, authentication header, envelope endpoint": ("D1", "D3"),
    "options and environment variables; code beats the environment": ("O1", "O2", "O3"),
    "release and environment are found": ("O4", "O5"),
    "hub with a stack of scopes": ("C7",),
    "global, isolation and current scopes": ("S1", "S2", "S3"),
    "tags, user, contexts, extra, level, fingerprint, transaction name": ("S4", "S6", "S7"),
    "ring of breadcrumbs, before_breadcrumb": ("S8", "P3"),
    "event processors of scopes and of the process": ("S9",),
    "error processors, ignore_errors, ignore_transactions": ("S6", "P1", "P4"),
    "attachments of scopes": ("S6", "P8"),
    "capture exceptions, messages and events; hint; last event id": ("P5",),
    "before_send and before_send_transaction": ("P2", "P3"),
    "sample_rate": ("P1", "O6"),
    "chained exceptions, exception groups, notes": ("E2", "E3", "E4", "E5"),
    "variables, source lines, the application's own frames": ("F1", "F2", "F3", "F5"),
    "_meta of what was cut, cycles in values": ("E6", "F5"),
    "data scrubbing, send_default_pii": ("DH1",),
    "background worker with a bounded queue": ("T8", "T9", "T10"),
    "sending in the capturing thread": ("C8",),
    "rate limits per category": ("T5", "T6", "T7"),
    "client reports": ("CR1", "CR2", "CR3"),
    "gzip": ("T3",),
    "proxies, certificates, time-outs": ("T14",),
    "isolation of threads, tasks, pools and generators": ("C1", "C2", "C3", "C4", "C5"),
    "transport by DSN or by choice": ("T13",),
    "fork safety, flush at exit": ("T11", "T12", "T15"),
}
