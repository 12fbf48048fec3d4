"""Room 3: the entities around an alert.

In: an alert, and what Defender's entity APIs answer. Out: which devices, files, addresses and domains to look
up, and their answers as one `Enrichment`.
"""

from shared.core.lookups import entity_parsing, said
from shared.core.lookups.entities import (
    Device,
    Enrichment,
    File,
    LoggedOnUser,
    Lookup,
    Outcome,
    Prevalence,
    value_in,
)
from shared.core.lookups.wanted import Wanted, outside_address, url_host, wanted_entities
