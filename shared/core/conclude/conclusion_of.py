"""What we say about one alert, from its finding: the order of validation, story and tree."""

from shared.core.alert import Alert
from shared.core.conclude.conclusion import Conclusion
from shared.core.conclude.rules import signs_of
from shared.core.conclude.scene import scene_of
from shared.core.conclude.story import story_of, techniques_of
from shared.core.conclude.tree_json import process_tree
from shared.core.conclude.validation import validate
from shared.core.correlate import Finding
from shared.core.lookups import Enrichment


def conclude(alert: Alert, enrichment: Enrichment | None, finding: Finding) -> Conclusion:
    """What the telemetry says of the alert; the same input gives the same words."""
    scene = scene_of(alert, enrichment, finding)
    signs = signs_of(scene)
    validation, reason = validate(scene, signs)
    return Conclusion(
        validation,
        reason,
        story_of(scene, signs, validation, reason),
        process_tree(scene),
        techniques_of(signs),
    )
