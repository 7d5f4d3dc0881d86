"""Shows that are rescheduled keep their orders, and do not overlap on a screen."""

from functools import partial
from itertools import pairwise

from torture.checks.facts import INFINITY, Placing, grouped, placing


def unrequested(facts):
    """Each recorded change was requested: for this show, by this user, at this time."""
    for row in facts.changes:
        call, t = facts.call_of.get(row["request_id"]), facts.try_of.get(row["request_id"])
        requested = call and (call.op, call.show, call.user)
        if requested != ("reschedule", row["show"], row["made_by"]):
            yield "unrequested rescheduling", f"change {row['id']}: {call and call.id}"
        elif not t.start - facts.slack <= row["made_at"] <= (t.end if t.status else INFINITY):
            yield "rescheduled at another time", f"{t.id}: {t.start} {row['made_at']} {t.end}"


def gaps_in_the_record(facts):
    """Each change begins where the one before it ended, and the last one is how the show is now."""
    changes_of = grouped(facts.changes, lambda row: row["show"])
    for show in _only_rescheduled(facts):
        states = [show.at_first]
        for row in changes_of.get(show.id, ()):
            states += [placing(row["before"]), placing(row["after"])]
        states.append(_now(facts, show))
        for before, after in list(pairwise(states))[::2]:
            if before != after:
                yield "gap in the record", f"show {show.id}: after {before} comes {after}"


def _only_rescheduled(facts):
    """Return the shows without other changes: such a change, of an unsold show, is not recorded."""
    return [show for show in facts.shows.values() if show.id not in facts.changes_without_record]


def _now(facts, show):
    row = facts.show_rows[show.id]
    return Placing(row["screen"], row["starts_at"], row["ends_at"])


def overlapping_shows(facts):
    """At no time do two shows need the same screen.

    Changes to one screen have ids in the order of their commits, because of the lock on the screen.
    """
    places = {show.id: show.at_first for show in _only_rescheduled(facts)}
    for row in facts.changes:
        if row["show"] in places:
            t = facts.try_of.get(row["request_id"])
            places[row["show"]] = placing(row["after"])
            yield from _overlaps(facts, row["show"], places, t.end if t and t.status else INFINITY)
    places = {show.id: _now(facts, show) for show in facts.shows.values()}
    for show in places:
        yield from _overlaps(facts, show, places, INFINITY)


def _overlaps(facts, show, places, until):
    """Yield a finding for each show, not cancelled until then, that needs the same screen."""
    here = places[show]
    turnaround = facts.screens[here.screen]["turnaround_minutes"] * 60
    for other, there in places.items():
        cancelled = [facts.cancelled_at[each] for each in (show, other)]
        if other != show and all(moment is None or moment > until for moment in cancelled):
            is_before = there.ends_at + turnaround <= here.starts_at
            is_after = there.starts_at >= here.ends_at + turnaround
            if here.screen == there.screen and not is_before and not is_after:
                yield "shows overlap", f"shows {show} and {other}: {here} {there}"


def lost_seats(facts):
    """A seat that is taken stays in the hall of its show."""
    rows_of_show = grouped(facts.bookings, lambda row: row["show"])
    for change in facts.changes:
        t = facts.try_of.get(change["request_id"])
        if t and t.status:
            for row in rows_of_show.get(change["show"], ()):
                is_taken = facts.surely_taken(row, t.start, t.end)
                if is_taken and not _has_seat(facts, change["after"], row):
                    yield "taken seat lost", f"{t.id}: booking {row['id']}, {row['seat_number']}"
    for row in facts.bookings:
        is_taken = row["status"] in ("booked", "blocked")
        if is_taken and not _has_seat(facts, facts.show_rows[row["show"]], row):
            yield "taken seat lost", f"booking {row['id']}, {row['seat_number']}"


def _has_seat(facts, hall, row):
    """Return whether this seating plan has the seat; numbered seats always stay."""
    plan = hall["seating_plan"]
    return plan is None or row["seat_number"] in facts.plans[plan]


def sold_shows_replaced(facts):
    """While orders are held or booked, a show keeps its movie and its cinema."""
    orders = grouped((row for row in facts.bookings if row["order"]), lambda row: row["show"])
    replacing = grouped(filter(partial(_may_replace, facts), facts.calls), lambda call: call.show)
    for show in facts.shows.values():
        calls = sorted(replacing.get(show.id, ()), key=lambda call: call.tries[0].start)
        if calls and calls[0].has_succeeded:
            t = calls[0].answer
            if any(facts.surely_taken(row, t.start, t.end) for row in orders.get(show.id, ())):
                yield "sold show replaced", f"{t.id}: {calls[0].body}"
        row = facts.show_rows[show.id]
        is_elsewhere = facts.cinema_of(row["screen"]) != facts.cinema_of(show.at_first.screen)
        if (is_elsewhere or row["movie"] != show.movie) and not calls:
            yield "sold show replaced", f"show {show.id}: {row}"


def _may_replace(facts, call):
    """Whether the call may have given its show another movie or cinema."""
    if call.op not in ("change_show", "reschedule") or not call.may_have_succeeded:
        return False
    screen = call.body.get("screen")
    cinema = facts.cinema_of(facts.shows[call.show].at_first.screen)
    return "movie" in call.body or (screen and facts.cinema_of(screen) != cinema)
