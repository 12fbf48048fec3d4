"""Room 6: from a finding to what we say about the alert: validation, story, tree.

In: an alert, its look-ups and its finding. Out: a `Conclusion` in words and codes; the same input gives the
same words.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.conclude.behaviour import NO_RULES, Behaviour, Rules, proves
    from shared.core.conclude.conclusion import Conclusion, NextStep, Validation
    from shared.core.conclude.conclusion_of import conclude
    from shared.core.conclude.priority import Priority, Weighed, priority_of
    from shared.core.conclude.seen_before import (
        MOST_SIGHTINGS,
        Sighting,
        Trait,
        seen_before_text,
        sightings_of,
        traits_of,
    )
else:
    __getattr__ = on_demand.names(__name__)
