"""Room 1: the alert as its API sends it, read into one model whichever API that was.

In: the JSON of Defender's or Graph's alert list. Out: `Alert` with its `Evidence`, and the names of the
fields that could not be read.
"""

from shared.core.alert import cleaning, mappings, ranking, texts
from shared.core.alert.built_in_accounts import is_built_in
from shared.core.alert.evidence_parts import MD5, SHA1, SHA256, account, accounts_in, device_id, word
from shared.core.alert.kinds import EvidenceKind, kind_of
from shared.core.alert.marks import is_marked, mark
from shared.core.alert.model import Account, Alert, Comment, Evidence, Severity
from shared.core.alert.normalize import SOURCES, normalize, source_of, time_in_id
from shared.core.alert.reading import CUT_MARK, Notes, Reader, clean_text, moment_of
