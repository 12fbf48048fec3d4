"""The table of what comes first says what decides."""

from local.docs.ranking import TABLE, USERS
from shared.core.alert import ranking


def test_the_table_for_people_names_the_words_that_decide() -> None:
    told = {order.columns: order.by for order in TABLE}
    assert ranking.REMEDIATIONS in told["RemediationStatus"] and ranking.DETECTIONS in told["DetectionStatus"]
    assert USERS in told["Username …"]
    assert all(len(order.by) <= 3 for order in TABLE)
