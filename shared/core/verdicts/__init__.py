"""Room 8: what analysts said of what we said.

In: published columns, and earlier verdicts on alerts of the same detector. Out: the record of a detector in
words. What this app itself wrote to an alert is nobody's verdict.
"""

from shared.core.verdicts.record import Tally, detector_trait, record_text, sighting_of
