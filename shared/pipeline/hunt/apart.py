"""Work on many alerts of which none can hold up another."""

from collections.abc import Callable, Sequence

from shared import telemetry
from shared.errors import Retryable, Stop, error_text
from shared.pipeline.stored.lease import LeaseLost

_MOST_REASON = 300


def apart[T](
    items: Sequence[T], do: Callable[[Sequence[T]], None], name: Callable[[T], str], what: str = "alert"
) -> list[T]:
    """Does it for all, and gives back those for which it failed even alone.

    Together at first; where that fails, in halves, so that one alert at fault among many costs few repeats:
    `do` must be safe to repeat. Raises what is no alert's fault: the outside refuses, or the lease is lost.
    """
    if not items:
        return []
    try:
        do(items)
    except (Retryable, Stop, LeaseLost):
        raise
    except Exception as err:
        if len(items) == 1:
            said = error_text(err)[:_MOST_REASON]
            telemetry.error(f"{what} left for another try", **{f"{what}_id": name(items[0])}, reason=said)
            return list(items)
    else:
        return []
    middle = len(items) // 2
    return [*apart(items[:middle], do, name, what), *apart(items[middle:], do, name, what)]
