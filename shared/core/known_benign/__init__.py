"""Room 8: what the organisation knows to be benign.

In: its entries, and the published columns of a row. Out: which entry a row matches, and what the row says of
it; what is wrong with an entry; what a test of an entry found. Pure over published columns, so that a test on
history runs the same code as publishing does.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.known_benign.entry import MOST_ENTRIES, Conditions, Entry, State, globs_of, id_problems
    from shared.core.known_benign.matching import conditions_hold, marks
else:
    __getattr__ = on_demand.names(__name__)
