"""Room 8: what the organisation knows to be benign.

In: its entries, and the published columns of a row. Out: which entry a row matches, and what the row says of
it; what is wrong with an entry; what a test of an entry found. Pure over published columns, so that a test on
history runs the same code as publishing does.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.known_benign.entry import (
        LONGEST_LIFE,
        MOST_ENTRIES,
        Conditions,
        Entry,
        State,
        activated,
        globs_of,
        id_problems,
        problems,
        replaced,
        switched_off,
        with_test,
    )
    from shared.core.known_benign.glob import matches_glob
    from shared.core.known_benign.matching import READ, Found, conditions_hold, is_live, marks, matches
else:
    __getattr__ = on_demand.names(__name__)
