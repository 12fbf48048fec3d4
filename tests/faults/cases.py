"""The table of faults: what goes wrong outside, what then happens, what the operator sees, what is kept.

`test_the_table.py` makes each of them happen to the real parts and holds the outcome against what is said
here; `python -m local.docs.reliability` writes the table of docs/reliability.md from it.
"""

from dataclasses import replace

from tests.faults.case import STANDS, Case, End, Where, by_hand, lasting, passing, wrong_page

LIST, LOOK_UP, HUNT = Where.LIST, Where.LOOK_UP, Where.HUNT
STORAGE, IDENTITY, TIME = Where.STORAGE, Where.IDENTITY, Where.TIME
FRESH = "Asked again at once with a fresh token."
PATIENT = "Asked again after waits of our own, four times in all."
OBEYS = "Waits as long as it is told and asks again."
MINUTE = "The fetch ends; the next run asks for the same window."
LATER = "The row is published with what is known; what is missing is asked for again later."
NO_HUNT = "The row is published without the hunt, which is made again by itself, after ever longer waits."
REFUSED = (
    "The row is published without the look-ups, and names them. Not asked again for this version of the "
    "alert: `dev.py ops replay ALERT` once the role is granted."
)
DENIED = ("access denied", "fetch failed")
FAILED = "fetch failed"
NO_TOKEN = {"CorrelationStatus": "Failed", "CorrelationReason": "TokenRefused"}
NO_LICENCE = {"CorrelationStatus": "Failed", "CorrelationReason": "LicenceMissing"}
NO_CALL = {"CorrelationReason": "Throttled"}
NOT_KNOWN = {"EnrichmentStatus": "Complete", "DvcRiskScore": ""}
NO_QUERY = {"CorrelationStatus": "Failed", "CorrelationReason": "QueryRejected"}

LISTS = (
    passing(LIST, "401 once", FRESH, status=401),
    lasting(LIST, "401 for good", f"{FRESH} {MINUTE}", *DENIED, status=401),
    lasting(LIST, "403", MINUTE, *DENIED, status=403),
    lasting(LIST, "404", MINUTE, FAILED, status=404),
    passing(LIST, "408 once", PATIENT, status=408),
    lasting(LIST, "408 for good", f"{PATIENT} {MINUTE}", FAILED, status=408),
    passing(LIST, "429 with Retry-After: 3", OBEYS, status=429, wait=3),
    lasting(
        LIST, "429 with Retry-After: 300", f"Longer than we wait. {MINUTE}", FAILED, status=429, wait=300
    ),
    lasting(
        LIST, "429 without Retry-After", f"A minute is longer than we wait. {MINUTE}", FAILED, status=429
    ),
    *(passing(LIST, f"{status} once", PATIENT, status=status) for status in (500, 502, 503, 504)),
    *(
        lasting(LIST, f"{status} for good", f"{PATIENT} {MINUTE}", FAILED, status=status)
        for status in (500, 502, 503, 504)
    ),
    passing(LIST, "a body that breaks off, once", PATIENT, kind="cut"),
    lasting(LIST, "a body that breaks off, for good", f"{PATIENT} {MINUTE}", FAILED, kind="cut"),
    passing(LIST, "HTML instead of JSON, once", PATIENT, kind="html"),
    lasting(LIST, "HTML instead of JSON, for good", f"{PATIENT} {MINUTE}", FAILED, kind="html"),
    lasting(LIST, "JSON that is none, for good", f"{PATIENT} {MINUTE}", FAILED, kind="malformed"),
    wrong_page(
        "an empty page that should not be",
        "empty_page",
        "Nobody can tell. Each minute asks for the last ten minutes once more; what is older is found by the "
        "hourly audit.",
    ),
    wrong_page(
        "an earlier page once more",
        "repeated_page",
        "Nobody can tell. What is known costs nothing; what is missing is found as after an empty page.",
    ),
    lasting(
        LIST,
        "a page link to another host",
        f"Refused before anything is sent there. {MINUTE}",
        FAILED,
        kind="foreign_next_link",
    ),
    by_hand(
        LIST,
        "page links in a circle",
        "links_in_a_circle",
        End.WAITS,
        f"Noticed at the first link that comes again. {MINUTE}",
        FAILED,
        kept=STANDS,
    ),
    replace(
        by_hand(
            LIST,
            "a token that expires between two pages",
            "token_expires_between_pages",
            End.UNFELT,
            "The second page is asked for again with a fresh token; the first is kept.",
        ),
        source="graph",
    ),
)

LOOK_UPS = (
    passing(LOOK_UP, "401 once", FRESH, status=401),
    lasting(LOOK_UP, "401 for good", REFUSED, "access denied", status=401, ends=End.STAYS_MARKED),
    lasting(LOOK_UP, "403", REFUSED, "access denied", status=403, ends=End.STAYS_MARKED),
    lasting(
        LOOK_UP,
        "404",
        "The service does not know the entity: an answer like any other.",
        status=404,
        ends=End.STAYS_MARKED,
        row=NOT_KNOWN,
    ),
    passing(LOOK_UP, "408 once", PATIENT, status=408),
    lasting(LOOK_UP, "408 for good", LATER, status=408),
    passing(LOOK_UP, "429 with Retry-After: 2", OBEYS, status=429, wait=2),
    lasting(
        LOOK_UP,
        "429 with Retry-After: 120",
        f"That API is left alone meanwhile. {LATER}",
        status=429,
        wait=120,
    ),
    lasting(LOOK_UP, "429 without Retry-After", f"That API is left alone for a minute. {LATER}", status=429),
    *(passing(LOOK_UP, f"{status} once", PATIENT, status=status) for status in (500, 502, 503, 504)),
    *(lasting(LOOK_UP, f"{status} for good", LATER, status=status) for status in (500, 502, 503, 504)),
    lasting(LOOK_UP, "a body that breaks off, for good", LATER, kind="cut"),
    lasting(LOOK_UP, "HTML instead of JSON, for good", LATER, kind="html"),
)

HUNTS = (
    passing(HUNT, "401 once", FRESH, status=401),
    lasting(HUNT, "401 for good", NO_HUNT, "access denied", "hunting denied", status=401, row=NO_TOKEN),
    lasting(
        HUNT,
        "403 though the token holds the role",
        NO_HUNT,
        "access denied",
        "hunting denied",
        status=403,
        row=NO_LICENCE,
    ),
    lasting(HUNT, "404", NO_HUNT, "hunt failed", status=404),
    passing(HUNT, "408 once", PATIENT, status=408),
    passing(
        HUNT,
        "429 with Retry-After: 5",
        "The lease remembers for every run how long hunting is to be left alone; this one waits for it.",
        "hunt throttled",
        status=429,
        wait=5,
    ),
    lasting(
        HUNT,
        "429 with Retry-After: 300",
        f"The lease remembers for every run how long hunting is to be left alone. {NO_HUNT}",
        "hunt throttled",
        status=429,
        wait=300,
        row=NO_CALL,
    ),
    lasting(
        HUNT,
        "429 without Retry-After",
        "As with 300, for the minute by which the quota counts.",
        "hunt throttled",
        status=429,
        row=NO_CALL,
    ),
    passing(HUNT, "503 once", PATIENT, status=503),
    *(
        lasting(HUNT, f"{status} for good", NO_HUNT, "hunt failed", status=status)
        for status in (500, 502, 503, 504)
    ),
    lasting(HUNT, "a body that breaks off, for good", NO_HUNT, "hunt failed", kind="cut"),
    lasting(HUNT, "HTML instead of JSON, for good", NO_HUNT, "hunt failed", kind="html"),
    lasting(
        HUNT,
        "400: the query is refused, for good",
        "Asked again in ever smaller batches, so that none spoils the others' query; an alert whose query is "
        "refused alone is published and set aside. `dev.py ops replay --set-aside` brings it back.",
        "query rejected",
        "alert set aside",
        status=400,
        ends=End.STAYS_MARKED,
        row=NO_QUERY,
    ),
)

OTHERS = (
    by_hand(
        STORAGE, "503 once, at every table", "storage_busy_once", End.UNFELT, "The storage client asks again."
    ),
    by_hand(
        STORAGE,
        "503 for good",
        "storage_busy",
        End.WAITS,
        "Each run fails; the host delivers its message again, the timer comes again in a minute.",
        FAILED,
        "invocation failed",
        kept="What was written before; nothing else moves.",
    ),
    by_hand(
        STORAGE,
        "503 for good, at the rows that consumers read",
        "rows_cannot_be_written",
        End.WAITS,
        "HuntCorrelate fails with its attempt counted; the lease is given back, the wake-up comes again. An "
        "alert that is refused alone waits for 1, 4, 9 minutes.",
        "invocation failed",
        kept="Ledger, bodies, answers of look-ups.",
    ),
    by_hand(
        STORAGE,
        "503 for good, at the cache of look-ups",
        "cache_busy",
        End.UNFELT,
        "Every entity is asked for at its API, and what hunting lacks is learnt anew.",
        "cache not read",
        "cache not written",
        "what hunting lacks was not read",
    ),
    replace(
        by_hand(
            STORAGE,
            "412 at conditional writes of every kind, once each",
            "storage_races",
            End.MISSED,
            "Somebody else was first: the row is read and decided again, a bounded number of times.",
        ),
        minutes=0,
    ),
    by_hand(
        STORAGE,
        "2,500 open rows in the ledger",
        "full_ledger",
        End.UNFELT,
        "A run reads those that are due, page by page, and sends at most 2,000 pointers; rows are worked on "
        "by severity and age.",
    ),
    by_hand(
        IDENTITY, "no token for Defender", "no_token_for_defender", End.WAITS, MINUTE, FAILED, kept=STANDS
    ),
    by_hand(
        IDENTITY,
        "no token at all",
        "no_token",
        End.WAITS,
        "The ledger cannot be read: each run fails and comes again.",
        FAILED,
        "invocation failed",
        kept="What was written before; nothing moves.",
    ),
    replace(
        by_hand(
            TIME,
            "our clock an hour ahead, then right again",
            "clock_ahead",
            End.MISSED,
            "The checkpoint stands in the future, so alerts of that hour are passed over. Once the clock is "
            "right, such a checkpoint counts as the present, and the audit finds what is missing.",
        ),
        healed_in=150,
    ),
    by_hand(
        TIME,
        "our clock an hour behind",
        "clock_behind",
        End.MISSED,
        "Alerts are seen once our clock reaches their time, or is set right.",
    ),
)

CASES: tuple[Case, ...] = (*LISTS, *LOOK_UPS, *HUNTS, *OTHERS)
