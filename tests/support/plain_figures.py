"""The figures once more, in SQL over the raw rows of the outbox: written from the sentences beside measures and
indicators, without facts, sums, batches or Python, but for what SQL has no word for: the day
and hour of a time zone.

Every thing that was counted becomes a row of ``things``, with what it adds to each measure in thousandths.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Final

from cti_api.kpi.measures import Measure, Split

FORMULAS: Final = {
    "attempts": "attempts",
    "calls_made": "calls_made",
    "effectiveness": "effective / calls_made",
    "contact_rate": "contacts / calls_made",
    "successes": "successes",
    "conversion": "successes / contacts",
    "no_contact": "no_contact",
    "no_success": "no_success",
    "abandonment": "abandoned / live_answers",
    "penetration": "leads_tried / leads",
    "attempts_per_contact": "calls_made / contacts",
    "offered": "offered",
    "service_level": "answered_in_time / offered",
    "answered": "answered",
    "asa": "wait_seconds / answered",
    "caller_abandonment": "caller_abandoned / offered",
    "handled": "handled",
    "handled_outbound": "outbound_handled",
    "talk_time": "talk_seconds",
    "signed_in_time": "busy_seconds + after_call_seconds + ready_seconds + not_ready_seconds",
    "paused_time": "not_ready_seconds",
    "aht": "(talk_seconds + hold_seconds + wrap_up_seconds) / handled",
    "occupancy": "(busy_seconds + after_call_seconds) / (busy_seconds + after_call_seconds + ready_seconds)",
    "utilisation": "(talk_seconds + hold_seconds + wrap_up_seconds)"
    " / (busy_seconds + after_call_seconds + ready_seconds + not_ready_seconds)",
    "appointments": "appointments",
    "kept_rate": "appointments_kept / (appointments_kept + appointments_missed)",
    "response_rate": "responded / asked",
    "satisfaction": "satisfied / rated",
    "csat": "csat_satisfied / csat_answers",
    "nps": "100 * (nps_promoters - nps_detractors) / nps_answers",
    "ces": "ces_total / ces_answers",
    "cases": "cases",
    "resolution_time": "resolution_seconds / cases_resolved",
    "efficacy": "cases_effective / cases",
    "timeliness": "cases_in_time / cases",
    "retention": "contracts_renewed / contracts_due",
}
"""Of every indicator, as its source has it."""

_APART: Final = (
    Split.CAMPAIGN, Split.QUEUE, Split.SURVEY, Split.LIST, Split.BRAND, Split.AGENT, Split.SERVICE, Split.REASON,
)  # fmt: skip


def in_one_way(brand: str) -> str:
    """Of all that are one brand the same."""
    return " ".join(brand.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plainly:
    """What is asked."""

    indicator: str
    measures: tuple[Measure, ...]
    first: date
    last: date
    by: Split | None = None
    where: tuple[Split, str] | None = None


class PlainFigures:
    """Answers out of the rows of one store's file, as they are now."""

    def __init__(self, file: Path, zone: tzinfo) -> None:
        self._database = sqlite3.connect(file)

        def local(text: str) -> datetime:
            instant = datetime.fromisoformat(text)
            return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(zone)

        def is_instant(text: str | None) -> bool:
            try:
                if text is None:  # which is no fault: it counts where the event was written
                    return True
                instant = datetime.fromisoformat(text)
            except ValueError:
                return False
            return instant.tzinfo is not None and instant.year >= 1970

        def seconds_of_hour(text: str) -> float:
            at = local(text)
            return at.minute * 60 + at.second + at.microsecond / 1e6

        def in_utc(text: str | None) -> str | None:
            return text and f"{local(text).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"

        self._database.create_function("in_utc", 1, in_utc, deterministic=True)
        self._database.create_function("day_of", 1, lambda text: str(local(text).date()), deterministic=True)
        self._database.create_function("hour_of", 1, lambda text: str(local(text).hour), deterministic=True)
        self._database.create_function("is_instant", 1, is_instant, deterministic=True)
        self._database.create_function("in_one_way", 1, in_one_way, deterministic=True)
        self._database.create_function("into_hour", 1, seconds_of_hour, deterministic=True)
        with closing(self._database.cursor()) as cursor:
            for statement in (_TABLE, *_THINGS, "UPDATE things SET brand = in_one_way(brand)"):
                cursor.execute(statement)

    def close(self) -> None:
        self._database.close()

    def values(self, split: Split) -> list[str]:
        """All that there are."""
        rows = self._database.execute(f"SELECT DISTINCT {split.value} FROM things WHERE {split.value} != '' ORDER BY 1")
        return [row[0] for row in rows]

    def answer(self, asked: Plainly) -> dict[str, tuple[float | None, dict[Measure, float]]]:
        """Of each group: the figure, and what the measures come to."""
        match asked.by:
            case None:
                group = "''"
            case Split.MONTH:
                group = "substr(day, 1, 7)"
            case _:
                group = asked.by.value
        names = [measure.value for measure in asked.measures]
        inside, values = "day BETWEEN ? AND ?", [str(asked.first), str(asked.last)]
        if asked.where is not None:
            inside += f" AND {asked.where[0].value} = ?"
            values.append(asked.where[1])
        if asked.by is not None:
            inside += f" AND {group} != ''"
        sums = ", ".join(f"sum({name}) / 1000.0 AS {name}" for name in names)
        some = " OR ".join(f"{name} != 0" for name in names)
        words = (
            f"SELECT told_by, {FORMULAS[asked.indicator]}, {', '.join(names)}"
            f" FROM (SELECT {group} AS told_by, {sums} FROM things WHERE {inside} GROUP BY 1) WHERE {some}"
        )
        return {
            group: (value, dict(zip(asked.measures, counts, strict=True)))
            for group, value, *counts in self._database.execute(words, values)
        }


_TABLE: Final = (
    "CREATE TEMP TABLE things (day TEXT, hour TEXT,"
    f" {', '.join(f'{each.value} TEXT DEFAULT {chr(39) * 2}' for each in _APART)},"
    f" {', '.join(f'{each.value} INTEGER DEFAULT 0' for each in Measure)})"
)


def _said(name: str, of: str = "payload") -> str:
    return f"coalesce(json_extract({of}, '$.{name}'), '')"


def _words(name: str, of: str = "payload") -> str:
    return f"substr({_said(name, of)}, 1, 80)"


def _yes(name: str, of: str = "payload") -> str:
    return f"coalesce(json_extract({of}, '$.{name}'), 0)"


def _thousandths(words: str) -> str:
    return f"CAST(round(1000 * ({words})) AS INTEGER)"


def _begun(name: str) -> str:
    return f"coalesce(json_extract(payload, '$.{name}'), occurred_at)"


def _last(name: str) -> str:
    """That was said of the same case."""
    said = _words(name)
    return (
        f"coalesce((SELECT {said} FROM told t WHERE t.which = told.which AND {said} != ''"
        " ORDER BY seq DESC LIMIT 1), '')"
    )


_CLOSINGS: Final = """
closings AS (
    SELECT *, json_extract(payload, '$.result') AS result,
           row_number() OVER (PARTITION BY attempt_id ORDER BY seq DESC) AS nth_last
    FROM outbox WHERE kind = 'attempt.closed' AND json_extract(payload, '$.result') IN
    ('connected', 'busy', 'no_answer', 'rejected', 'congestion', 'invalid_number', 'unavailable', 'machine',
     'abandoned', 'caller_hung_up', 'canceled_by_dialer', 'trunk_failed', 'codec', 'interrupted', 'never_dialed',
     'failed', 'lost')
    AND is_instant(json_extract(payload, '$.placed_at'))
    AND coalesce(json_type(payload, '$.talk_seconds') IN ('integer', 'real'), 1)
    AND coalesce(json_extract(payload, '$.talk_seconds') < 1e12, 1)
    AND coalesce(json_type(payload, '$.brand') = 'text', 1)
)"""
"""What is written otherwise is no closing: `tests.support.hostile_life.BROKEN`."""
_ENDED: Final = """
ended AS (
    SELECT * FROM outbox WHERE kind = 'survey.ended' AND json_type(payload, '$.survey') = 'text'
    AND json_extract(payload, '$.outcome') IN ('finished', 'partial', 'refused', 'silent')
    AND json_extract(payload, '$.sitting_id') != 'x'
)"""
"""The sitting x is one of `tests.support.hostile_life.BROKEN`."""
_INVITATION: Final = "json_extract(payload, '$.invitation_id')"
_OF_AGENT: Final = f"substr(coalesce(nullif({_said('agent')}, ''), agent_id, ''), 1, 80)"
_MADE: Final = "result NOT IN ('trunk_failed', 'codec', 'congestion', 'never_dialed')"

_THINGS: Final = (
    # An attempt is what its last closing says, and what was said of it since.
    f"""
    WITH {_CLOSINGS},
    corrections AS (
        SELECT attempt_id, seq, payload FROM outbox
        WHERE kind = 'disposition.set' AND json_type(payload, '$.contact') IS NOT NULL
    ),
    calls AS (
        SELECT c.*, coalesce((SELECT d.payload FROM corrections d WHERE d.attempt_id = c.attempt_id AND d.seq > c.seq
                              ORDER BY d.seq DESC LIMIT 1), c.payload) AS last_said,
               coalesce((SELECT d.payload FROM corrections d WHERE d.attempt_id = c.attempt_id AND d.seq > c.seq
                         AND json_type(d.payload, '$.live_answers') IS NOT NULL ORDER BY d.seq DESC LIMIT 1),
                        c.payload) AS promised,
               {_MADE} AS made, result = 'connected' AND agent_id IS NOT NULL AS talked,
               {_yes("talk_seconds")} AS talk, {_yes("held_seconds")} AS held
        FROM closings c WHERE nth_last = 1
    )
    INSERT INTO things (day, hour, campaign, list, brand, agent, reason, attempts, calls_made, live_answers, abandoned,
                        handled, outbound_handled, talk_seconds, hold_seconds, wrap_up_seconds, contacts, effective,
                        successes, no_contact, no_success)
    SELECT day_of({_begun("placed_at")}), hour_of({_begun("placed_at")}), coalesce(campaign_id, ''),
           {_words("list")}, {_words("brand")}, coalesce(agent_id, ''), {_words("reason", "last_said")},
           1000, 1000 * made,
           1000 * coalesce(json_extract(promised, '$.live_answers'),
                           result IN ('connected', 'abandoned', 'caller_hung_up')),
           1000 * CASE WHEN json_type(promised, '$.live_answers') IS NULL THEN result = 'abandoned'
                       ELSE json_extract(promised, '$.abandoned') END,
           1000 * talked, 1000 * talked,
           talked * {_thousandths("max(talk - held, 0)")}, talked * {_thousandths("held")},
           talked * {_thousandths(_yes("wrap_up_seconds"))},
           1000 * {_yes("contact", "last_said")}, 1000 * {_yes("effective", "last_said")},
           1000 * {_yes("success", "last_said")}, 1000 * (made AND NOT {_yes("contact", "last_said")}),
           1000 * ({_yes("contact", "last_said")} AND NOT {_yes("success", "last_said")})
    FROM calls""",
    # A lead is tried with the first of its attempts that was a call.
    f"""
    WITH {_CLOSINGS},
    firsts AS (SELECT *, row_number() OVER (PARTITION BY lead_id ORDER BY seq) AS nth
               FROM closings WHERE {_MADE} AND lead_id IS NOT NULL)
    INSERT INTO things (day, hour, campaign, list, brand, leads_tried)
    SELECT day_of({_begun("placed_at")}), hour_of({_begun("placed_at")}), coalesce(campaign_id, ''), {_words("list")},
           {_words("brand")}, 1000
    FROM firsts WHERE nth = 1""",
    f"""
    INSERT INTO things (day, hour, campaign, list, leads)
    SELECT day_of(occurred_at), hour_of(occurred_at), coalesce(campaign_id, ''), {_words("list")},
           1000 * json_extract(payload, '$.added')
    FROM outbox WHERE kind = 'campaign.imported' AND json_type(payload, '$.added') = 'integer'""",
    # Who goes to another campaign is new there, and who was invited to a survey in the campaign that asks, once.
    """
    INSERT INTO things (day, hour, campaign, leads)
    SELECT day_of(occurred_at), hour_of(occurred_at), json_extract(payload, '$.into'),
           1000 * json_extract(payload, '$.leads')
    FROM outbox WHERE kind = 'campaign.recycled' AND json_type(payload, '$.into') = 'text'""",
    """
    WITH planned AS (SELECT *, row_number() OVER (PARTITION BY lead_id ORDER BY seq) AS nth
                     FROM outbox WHERE kind = 'survey.planned')
    INSERT INTO things (day, hour, campaign, leads)
    SELECT day_of(occurred_at), hour_of(occurred_at), coalesce(campaign_id, ''), 1000 FROM planned WHERE nth = 1""",
    # A caller's wait is over with the first agent, or with the call; what is told of them last holds.
    f"""
    WITH told AS (
        SELECT *, kind = 'caller.closed' AS over,
               kind != 'caller.closed' OR json_extract(payload, '$.outcome') = 'answered' AS got
        FROM outbox WHERE json_type(payload, '$.queue') = 'text'
        AND (kind = 'caller.closed' AND json_type(payload, '$.outcome') IS NOT NULL
             OR kind IN ('caller.joined', 'caller.moved') AND json_type(payload, '$.in_time') IS NOT NULL)
    ),
    placed AS (
        SELECT *, row_number() OVER (
            PARTITION BY call_id
            -- once somebody talked with them and it is over, no agent who joins is the first
            ORDER BY got AND seq = (SELECT max(t.seq) FROM told t WHERE t.call_id = told.call_id AND t.over) DESC,
                     seq DESC
        ) AS nth_last
        FROM told
    )
    INSERT INTO things (day, hour, queue, agent, offered, answered, answered_in_time, caller_abandoned, wait_seconds,
                        handled, talk_seconds, hold_seconds, wrap_up_seconds)
    SELECT day_of({_begun("arrived_at")}), hour_of({_begun("arrived_at")}), {_said("queue")}, coalesce(agent_id, ''),
           1000, 1000 * got, 1000 * (got AND {_yes("in_time")}),
           1000 * (over AND {_said("outcome")} = 'caller_abandoned'),
           got * {_thousandths(_yes("waited_seconds"))}, 1000 * (over AND got),
           (over AND got) * {_thousandths(f"max({_yes('talk_seconds')} - {_yes('held_seconds')}, 0)")},
           (over AND got) * {_thousandths(_yes("held_seconds"))},
           (over AND got) * {_thousandths(_yes("wrap_up_seconds"))}
    FROM placed WHERE nth_last = 1""",
    # An appointment is of the hour at which it was booked, and as what last became of it.
    f"""
    WITH placed AS (
        SELECT *, row_number() OVER (PARTITION BY json_extract(payload, '$.appointment_id') ORDER BY seq) AS nth,
               last_value(kind) OVER (PARTITION BY json_extract(payload, '$.appointment_id') ORDER BY seq
                                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS became
        FROM outbox WHERE kind IN ('appointment.booked', 'appointment.moved', 'appointment.cancelled',
                                   'appointment.kept', 'appointment.missed')
        AND json_type(payload, '$.appointment_id') IS NOT NULL
    )
    INSERT INTO things (day, hour, campaign, list, brand, agent, appointments, appointments_cancelled,
                        appointments_kept, appointments_missed)
    SELECT day_of(occurred_at), hour_of(occurred_at), coalesce(campaign_id, ''), {_words("list")}, {_words("brand")},
           coalesce(agent_id, ''), 1000, 1000 * (became = 'appointment.cancelled'),
           1000 * (became = 'appointment.kept'), 1000 * (became = 'appointment.missed')
    FROM placed WHERE nth = 1""",
    # What was answered is of the day of the conversation, and as it was told last of it. (Who was asked without an
    # invitation was asked then.)
    f"""
    WITH {_ENDED},
    placed AS (
        SELECT *, row_number() OVER (PARTITION BY json_extract(payload, '$.sitting_id') ORDER BY seq DESC) AS nth_last,
               first_value({_begun("began_at")}) OVER (PARTITION BY json_extract(payload, '$.sitting_id') ORDER BY seq)
               AS began
        FROM ended
    ),
    scores AS (
        SELECT placed.seq, json_extract(value, '$.figure') AS figure, json_extract(value, '$.value') AS score,
               coalesce(json_extract(value, '$.satisfied'), 0) AS satisfied
        FROM placed, json_each(payload, '$.scores') WHERE nth_last = 1
    ),
    scored AS (
        SELECT seq, sum(figure = 'csat') AS csat, sum(figure = 'csat' AND satisfied) AS pleased,
               sum(figure = 'nps') AS nps, sum(figure = 'nps' AND score >= 9) AS promoters,
               sum(figure = 'nps' AND score <= 6) AS detractors, sum(figure = 'ces') AS ces,
               {_thousandths("sum(CASE WHEN figure = 'ces' THEN score ELSE 0 END)")} AS total,
               {_thousandths("sum(CASE WHEN figure = 'ces' THEN score * score ELSE 0 END)")} AS squares
        FROM scores GROUP BY seq
    )
    INSERT INTO things (day, hour, survey, agent, queue, service, asked, responded, csat_answers, csat_satisfied,
                        nps_answers, nps_promoters, nps_detractors, ces_answers, ces_total, ces_squares, rated,
                        satisfied)
    SELECT day_of(began), hour_of(began), {_said("survey")},
           {_OF_AGENT}, {_words("queue")}, {_words("service")},
           1000 * ({_INVITATION} IS NULL),
           1000 * ({_INVITATION} IS NULL AND {_said("outcome")} IN ('finished', 'partial')),
           1000 * coalesce(csat, 0), 1000 * coalesce(pleased, 0), 1000 * coalesce(nps, 0),
           1000 * coalesce(promoters, 0), 1000 * coalesce(detractors, 0), 1000 * coalesce(ces, 0), coalesce(total, 0),
           coalesce(squares, 0), 1000 * coalesce(csat > 0, 0), 1000 * coalesce(csat > 0 AND pleased = csat, 0)
    FROM placed LEFT JOIN scored USING (seq) WHERE nth_last = 1""",
    # Who was invited was asked, of the day of the invitation, once that is over otherwise than by saying nothing.
    f"""
    WITH {_ENDED},
    told AS (
        SELECT * FROM ended UNION ALL
        SELECT * FROM outbox WHERE kind IN ('survey.invited', 'survey.expired')
        AND json_type(payload, '$.survey') = 'text'
    ),
    placed AS (
        SELECT *, row_number() OVER (PARTITION BY {_INVITATION} ORDER BY seq) AS nth,
               (SELECT coalesce(json_extract(t.payload, '$.outcome'), t.kind) FROM told t
                WHERE {_INVITATION.replace("payload", "t.payload")} = {_INVITATION.replace("payload", "told.payload")}
                AND t.kind != 'survey.invited' ORDER BY t.seq DESC LIMIT 1) AS became
        FROM told WHERE {_INVITATION} IS NOT NULL
    )
    INSERT INTO things (day, hour, survey, agent, queue, service, asked, responded)
    SELECT day_of({_begun("began_at")}), hour_of({_begun("began_at")}), {_said("survey")}, {_OF_AGENT},
           {_words("queue")}, {_words("service")},
           1000 * (became != 'silent'), 1000 * (became IN ('finished', 'partial'))
    FROM placed WHERE nth = 1 AND became IS NOT NULL""",
    # A case: opened when that was told last, resolved when that was told last; whose, of what: as was last said. One
    # that was resolved before it was opened took no time that anybody knows.
    f"""
    WITH told AS (
        SELECT *, json_extract(payload, '$.system') || ' ' || json_extract(payload, '$.case_id') AS which,
               {_begun("resolved_at")} AS ended
        FROM outbox WHERE kind IN ('case.opened', 'case.resolved') AND json_type(payload, '$.case_id') IS NOT NULL
        AND is_instant(json_extract(payload, '$.resolved_at'))
    ),
    cases AS (
        SELECT which,
               coalesce((SELECT {_begun("opened_at")} FROM told t WHERE t.which = told.which
                         AND (kind = 'case.opened' OR json_type(payload, '$.opened_at') = 'text')
                         ORDER BY seq DESC LIMIT 1),
                        (SELECT ended FROM told t WHERE t.which = told.which ORDER BY seq LIMIT 1)) AS opened,
               (SELECT ended FROM told t WHERE t.which = told.which AND kind = 'case.resolved'
                ORDER BY seq DESC LIMIT 1) AS resolved,
               (SELECT coalesce(json_extract(payload, '$.effective'), 1) FROM told t WHERE t.which = told.which
                AND kind = 'case.resolved' ORDER BY seq DESC LIMIT 1) AS effective,
               {_last("service")} AS service, {_last("owner")} AS agent, {_last("brand")} AS brand
        FROM told GROUP BY which
    ),
    lasted AS (SELECT *, CASE WHEN julianday(resolved) >= julianday(opened)
                              THEN round((julianday(resolved) - julianday(opened)) * 86400) END AS seconds FROM cases)
    INSERT INTO things (day, hour, service, agent, brand, cases, cases_resolved, cases_effective, cases_in_time,
                        resolution_seconds)
    SELECT day_of(opened), hour_of(opened), service, agent, brand, 1000, 1000 * (seconds IS NOT NULL),
           1000 * coalesce(effective, 0), 1000 * coalesce(seconds < 86400, 0),
           coalesce(CAST(1000 * seconds AS INTEGER), 0)
    FROM lasted""",
    f"""
    WITH decided AS (
        SELECT *, row_number() OVER (PARTITION BY json_extract(payload, '$.system'),
                                     json_extract(payload, '$.contract_id') ORDER BY seq DESC) AS nth_last
        FROM outbox WHERE kind = 'contract.decided' AND json_type(payload, '$.renewed') IS NOT NULL
    )
    INSERT INTO things (day, hour, service, agent, brand, contracts_due, contracts_renewed)
    SELECT day_of({_begun("decided_at")}), hour_of({_begun("decided_at")}), {_words("service")}, {_words("owner")},
           {_words("brand")}, 1000, 1000 * json_extract(payload, '$.renewed')
    FROM decided WHERE nth_last = 1""",
    # Somebody is in a state until they are told to be in the next, and nobody goes back in time; each hour apart. When
    # a dialer starts, that lasted until the one before was seen, and goes on from the start on: without a telephone, of
    # whoever needs one.
    """
    WITH RECURSIVE told AS (
        SELECT agent_id, seq, in_utc(occurred_at) AS at, json_extract(payload, '$.state') AS state,
               coalesce(json_extract(payload, '$.reason'), '') AS reason
        FROM outbox WHERE kind = 'agent.state' AND json_extract(payload, '$.state')
        IN ('logged_off', 'not_ready', 'ready', 'reserved', 'busy', 'wrap_up')
    ),
    starts AS (
        SELECT seq, in_utc(occurred_at) AS at, in_utc(json_extract(payload, '$.seen_until')) AS seen
        FROM outbox WHERE kind = 'dialer.started' AND json_type(payload, '$.seen_until') IS NOT NULL
        AND is_instant(json_extract(payload, '$.seen_until'))
    ),
    moves AS (
        SELECT agent_id, seq, state, reason, at, 0 AS starts, NULL AS seen FROM told
        UNION ALL
        SELECT t.agent_id, s.seq, iif(t.state IN ('ready', 'reserved', 'busy'), 'not_ready', t.state),
               iif(t.state IN ('ready', 'reserved', 'busy'), 'technical', t.reason),
               max(s.at, coalesce(s.seen, s.at)), 1, s.seen
        FROM starts s JOIN told t ON t.seq = (SELECT max(b.seq) FROM told b
                                              WHERE b.agent_id = t.agent_id AND b.seq < s.seq)
    ),
    entered AS (SELECT *, max(at) OVER (PARTITION BY agent_id ORDER BY seq) AS since FROM moves),
    spans AS (
        SELECT agent_id, state, reason, since,
               iif(lead(starts) OVER later, lead(seen) OVER later, lead(since) OVER later) AS until
        FROM entered WINDOW later AS (PARTITION BY agent_id ORDER BY seq)
    ),
    pieces AS (
        SELECT agent_id, state, reason, since, until,
               round((julianday(until) - julianday(since)) * 86400, 3) AS seconds, 3600 - into_hour(since) AS room
        FROM spans WHERE since < until AND state != 'logged_off'
        UNION ALL
        SELECT agent_id, state, reason, strftime('%Y-%m-%d %H:%M:%f', since, room || ' seconds'), until,
               seconds - room, 3600
        FROM pieces WHERE seconds > room + 0.0001
    )
    INSERT INTO things (day, hour, agent, reason, ready_seconds, busy_seconds, after_call_seconds, not_ready_seconds)
    SELECT day_of(since), hour_of(since), agent_id, CASE state WHEN 'not_ready' THEN reason ELSE '' END,
           (state = 'ready') * ms, (state IN ('reserved', 'busy')) * ms, (state = 'wrap_up') * ms,
           (state = 'not_ready') * ms
    FROM (SELECT *, CAST(round(1000 * min(seconds, room)) AS INTEGER) AS ms FROM pieces)""",
)
