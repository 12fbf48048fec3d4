"""What to do next about one alert: up to five lines by rule, from what was found."""

from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.conclusion import NextStep, Validation
from shared.core.conclude.context import AlertContext
from shared.core.conclude.next_steps.choice import acted_on_first, chosen
from shared.core.conclude.next_steps.lines import MOST_STEPS, steps_of
from shared.core.conclude.next_steps.situation import situation_of
from shared.core.conclude.stops import items_of, stop_of


def next_steps(
    context: AlertContext, gravest_first: tuple[Behaviour, ...], validation: Validation
) -> tuple[NextStep, ...]:
    """The steps in the order of doing, as many as there is reason for."""
    stop = stop_of(context, items_of(context))
    first = acted_on_first(gravest_first)
    play = chosen(context.alert, first, gravest_first)
    return steps_of(situation_of(context, first, validation, stop), play)
