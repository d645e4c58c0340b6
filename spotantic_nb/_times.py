"""Times and durations as a person reads them, on a clock that may be set up in an odd way."""

from datetime import UTC, datetime

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def local(moment: datetime) -> datetime:
    """Return an aware moment in local time; in UTC where the zone (``TZ``) is one that Python cannot use."""
    try:
        return moment.astimezone()
    except (OverflowError, ValueError, OSError):
        return moment.astimezone(UTC)


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC; a naive one is read as local time, or as UTC where that cannot be used."""
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return moment.replace(tzinfo=UTC)


def duration(seconds: float) -> str:
    """Return a duration in whole units, the largest of which there are two at least: ``36 hours``, ``90 seconds``."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 2 * size), _UNITS[-1])
    count = max(1, int(seconds // size))
    return f"{count} {unit}{'s' if count > 1 else ''}"
