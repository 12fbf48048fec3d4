"""The columns that say what people know and said: known benign entries, and analysts' verdicts."""

from datetime import UTC, datetime

from shared.core.conclude import Validation
from shared.core.row.column import OURS, Role, Source

ours = Source("ours", Role.LIFECYCLE)
entry = Source("table `KnownBenign`", Role.LIFECYCLE)

JUDGED = (
    entry.text(
        "KnownBenign",
        "The entry of the organisation's list of what is known to be benign that the alert matches, with its "
        "version.",
        "backup-agent v2",
        limit=OURS,
    ),
    ours.text(
        "KnownBenignState",
        "`matches`, or `contradicted` where telemetry confirms the alert all the same: tell it then.",
        "matches",
        words=("", "matches", "contradicted"),
    ),
    entry.text(
        "KnownBenignReason",
        "Why that is benign, in the organisation's words.",
        "the backup agent reads every file",
        limit=3 * OURS,
    ),
    entry.text("KnownBenignOwner", "Who answers for the entry.", "storage team", limit=OURS),
    entry.time("KnownBenignUntil", "When the entry ends.", datetime(2027, 2, 1, tzinfo=UTC)),
    ours.text(
        "ClassifiedBy",
        "Who gave `AlertVerdict`: `analyst` for anybody but this app, `write-back` where it was a write-back "
        'rule of this app; "" where there is no verdict.',
        "analyst",
        words=("", "analyst", "write-back"),
    ),
    ours.text(
        "ValidationAtVerdict",
        "What `Validation` said when the verdict came; of an alert that came with one, what its first hunt "
        "said.",
        "Confirmed",
        words=("", *Validation),
    ),
    Source("our own tables", Role.LIFECYCLE).text(
        "DetectorRecord",
        "How the last 100 alerts of the same detector that analysts have judged turned out, by what we had "
        'said of each; "" where there is none.',
        "Confirmed: 4 true, 0 benign, 1 false; Unproven: 0 true, 6 benign, 2 false",
        limit=2 * OURS,
    ),
    ours.text(
        "WriteBackState",
        "Where the comment on the alert in Defender stands, if one is wanted (setting `WRITE_BACK`): "
        "`waiting`, `sent`, `dry-run` (it stands in the log alone), `failed` (given up), `refused` by "
        "Defender, or `gone` (Defender does not know the alert any more).",
        "sent",
        words=("", "waiting", "sent", "dry-run", "failed", "refused", "gone"),
    ),
    ours.text(
        "WriteBackMarks",
        "The comments that were sent or tried: the validation that each told, and the digest in its last "
        "line.",
        "Likely 1a2b3c4d, Confirmed 9f3ab2c4",
        limit=2 * OURS,
    ),
    ours.text(
        "WriteBackFields",
        "The fields of the alert that a write-back rule of this app set.",
        "classification FalsePositive, determination NotMalicious",
        limit=2 * OURS,
    ),
)
