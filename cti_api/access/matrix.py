"""The one table of who may do what. An operation that is not in it cannot be served: `cti_api.web.access` says so at
the start, and a house test before that.

The columns are the roles, then the scope a machine's key needs. The Unix user at the control socket may do all of it.
"""

from __future__ import annotations

from typing import Final

from cti_api.access.actors import Role, Scope
from cti_api.access.rules import Rule, rules_of

EVERYBODY: Final = frozenset(Role)
NO_ROLE: Final[frozenset[Role]] = frozenset()
LOOKERS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})
FLOOR: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
SEAT: Final = FLOOR | {Role.AGENT}
ADMIN: Final = frozenset({Role.ADMIN})
CONTROL: Final = frozenset({Role.ADMIN, Role.AUDITOR})

MATRIX: Final[tuple[Rule, ...]] = (
    # ------------------------------------------------------------------ the door itself
    *rules_of(
        """
        POST /session
        POST /session/code
        POST /links
        """,
        NO_ROLE, None, is_open=True,
    ),
    *rules_of(
        """
        DELETE /session
        GET /me/second-factor
        POST /me/second-factor
        POST /me/second-factor/confirm
        """,
        EVERYBODY, None, before_enrolling=True,
    ),
    *rules_of(
        """
        PUT /me/password
        POST /me/second-factor/codes
        POST /me/second-factor/off
        """,
        EVERYBODY, None,
    ),
    *rules_of("GET /me", EVERYBODY, Scope.READ, before_enrolling=True),
    *rules_of(
        """
        GET /enlace/{token}
        POST /enlace/{token}
        """,
        NO_ROLE, None, is_open=True, is_page=True, prefix="",
    ),
    # ------------------------------------------------------------------ the console's pages; what they ask for is below
    *rules_of(
        """
        GET /entrar
        POST /entrar
        GET /entrar/codigo
        POST /entrar/codigo
        """,
        NO_ROLE, None, is_open=True, is_page=True, prefix="",
    ),
    *rules_of("GET /static/{path:path}", NO_ROLE, None, is_open=True, prefix=""),
    *rules_of("GET /", EVERYBODY, None, is_page=True, prefix=""),
    *rules_of("GET /cuenta", EVERYBODY, None, is_page=True, before_enrolling=True, prefix=""),
    *rules_of("GET /agente", SEAT, None, is_page=True, prefix=""),
    *rules_of(
        """
        GET /tablero
        GET /tablero/indicadores
        GET /tablero/indicadores/{indicator_id}
        GET /administracion
        GET /administracion/campanas
        GET /administracion/campanas/{campaign_id}
        GET /administracion/campanas/{campaign_id}/resultados
        GET /administracion/personas
        GET /administracion/agentes
        GET /administracion/agentes/{agent_id}
        GET /administracion/colas
        GET /administracion/colas/{queue_id}
        GET /administracion/arboles
        GET /administracion/arboles/{tree}
        GET /administracion/encuestas
        GET /administracion/encuestas/{survey_id}
        GET /administracion/encuestas/{survey_id}/respuestas/{sitting_id}
        GET /administracion/pendientes
        GET /administracion/informes
        GET /administracion/citas
        GET /administracion/citas/{appointment_id}
        GET /administracion/calendarios/{calendar}
        GET /administracion/personas/{lead_id}/cita
        GET /administracion/ley
        GET /administracion/ley/{name}
        GET /administracion/listas-publicas
        """,
        LOOKERS, None, is_page=True, prefix="",
    ),
    *rules_of(
        """
        GET /administracion/usuarios
        GET /administracion/usuarios/{user_id}
        GET /administracion/llaves/{key_id}
        GET /administracion/auditoria
        GET /administracion/borrados
        """,
        CONTROL, None, is_page=True, prefix="",
    ),
    *rules_of("GET /healthz", NO_ROLE, None, is_open=True, prefix=""),
    *rules_of("GET /readyz", LOOKERS, Scope.METRICS, prefix=""),
    *rules_of("GET /metrics", LOOKERS, Scope.METRICS, prefix=""),
    # ------------------------------------------------------------------ an agent's own seat
    *rules_of(
        """
        GET /agents/{agent_id}
        GET /agents/{agent_id}/call
        GET /agents/{agent_id}/stream
        GET /agents/{agent_id}/calls
        GET /agents/{agent_id}/campaigns
        """,
        SEAT | {Role.AUDITOR}, Scope.PEOPLE, own="agent_id",
    ),
    *rules_of(
        """
        POST /agents/{agent_id}/login
        POST /agents/{agent_id}/logout
        POST /agents/{agent_id}/pause
        POST /agents/{agent_id}/ready
        POST /agents/{agent_id}/finish
        POST /agents/{agent_id}/hangup
        POST /agents/{agent_id}/transfer
        POST /agents/{agent_id}/consult
        POST /agents/{agent_id}/consult/complete
        POST /agents/{agent_id}/consult/back
        POST /agents/{agent_id}/disposition
        POST /agents/{agent_id}/preview/accept
        POST /agents/{agent_id}/preview/skip
        POST /agents/{agent_id}/dial
        """,
        SEAT, Scope.AGENTS, own="agent_id",
    ),
    # their telephone is nobody else's, whatever else somebody may do
    *rules_of("POST /agents/{agent_id}/softphone", SEAT, None, own="agent_id", own_for_all=True),
    *rules_of("WEBSOCKET /ws/sip", SEAT, None, audited=False, prefix=""),
    # of their own calls, which the operation sees to itself
    *rules_of("POST /dispositions", SEAT, Scope.AGENTS),
    *rules_of("GET /transfers", SEAT | {Role.AUDITOR}, Scope.AGENTS),
    *rules_of(
        """
        GET /calendars
        GET /calendars/{name}/slots
        GET /pause-reasons
        """,
        EVERYBODY, Scope.READ,
    ),
    # ------------------------------------------------------------------ how things stand
    *rules_of(
        """
        GET /status
        GET /campaigns
        GET /campaigns/{campaign_id}
        GET /campaigns/{campaign_id}/decisions
        GET /campaigns/{campaign_id}/file
        GET /campaigns/{campaign_id}/limits
        GET /campaigns/{campaign_id}/report
        GET /campaigns/{campaign_id}/experience
        GET /sources
        GET /kpi
        GET /kpi/counting
        GET /kpi/{indicator_id}
        GET /queues
        GET /registries
        GET /policy
        GET /policy/packs/{name}
        GET /policy/packs/{name}/history
        GET /policy/changes
        GET /surveys
        GET /surveys/{survey_id}/file
        GET /surveys/{survey_id}/results
        GET /trees
        GET /trees/{tree}
        GET /trees/{tree}/drop-off
        GET /recordings
        GET /reports
        GET /reports/schedule
        GET /trees/{tree}/versions/{version}
        """,
        LOOKERS, Scope.READ,
    ),
    *rules_of("POST /campaigns/{campaign_id}/leads/preview", FLOOR, Scope.LEADS, audited=False),
    *rules_of("POST /policy/diff", LOOKERS, Scope.READ, audited=False),
    # ------------------------------------------------------------------ what is on record of people
    *rules_of(
        """
        GET /agents
        GET /calls
        GET /queues/{queue_id}
        GET /queues/{queue_id}/missed
        GET /attempts
        GET /attempts/{attempt_id}
        GET /leads/{lead_id}
        GET /kpi/{indicator_id}/rows
        GET /appointments
        GET /appointments/{appointment_id}
        GET /surveys/{survey_id}/invitations
        GET /survey-cases
        GET /sittings/{sitting_id}
        GET /messages
        GET /messages/{message_id}
        GET /reports/runs
        GET /tasks
        GET /led-calls
        GET /led-calls/{call_id}
        GET /tickets
        """,
        LOOKERS, Scope.PEOPLE,
    ),
    *rules_of(
        """
        POST /leads/why
        POST /leads/search
        """,
        LOOKERS, Scope.PEOPLE, audited=False,
    ),
    *rules_of(
        """
        GET /events
        GET /events/schema
        GET /events/stream
        """,
        LOOKERS, Scope.EVENTS,
    ),
    *rules_of(
        """
        GET /streams
        GET /streams/dead
        """,
        LOOKERS, Scope.EVENTS,
    ),
    *rules_of(
        """
        GET /board
        GET /board/stream
        """,
        LOOKERS, Scope.PEOPLE,
    ),
    # in bulk, and voices: who took them away is written down
    *rules_of(
        """
        GET /campaigns/{campaign_id}/attempts
        GET /campaigns/{campaign_id}/control-form
        GET /reports/{kind}
        GET /calendars/{name}.ics
        """,
        LOOKERS, Scope.PEOPLE, audited=True,
    ),
    *rules_of(
        """
        GET /attempts/{attempt_id}/recording
        GET /callers/{caller_id}/recording
        GET /sittings/{sitting_id}/comments/{question}
        """,
        LOOKERS, Scope.RECORDINGS, audited=True,
    ),
    # how long a recording is: nothing of it is heard
    *rules_of(
        """
        HEAD /attempts/{attempt_id}/recording
        HEAD /callers/{caller_id}/recording
        HEAD /sittings/{sitting_id}/comments/{question}
        """,
        LOOKERS, Scope.RECORDINGS,
    ),
    *rules_of("POST /evidence", CONTROL, None),
    # ------------------------------------------------------------------ running the floor
    *rules_of(
        """
        POST /campaigns/{campaign_id}/start
        POST /campaigns/{campaign_id}/pause
        POST /campaigns/{campaign_id}/drain
        POST /campaigns/{campaign_id}/recycle
        PATCH /campaigns/{campaign_id}/limits
        """,
        FLOOR, Scope.CAMPAIGNS,
    ),
    # it changes nothing, and costs a processor some seconds
    *rules_of("POST /campaigns/{campaign_id}/what-if", FLOOR, Scope.CAMPAIGNS, audited=False),
    *rules_of(
        """
        POST /calls/{call_id}/hangup
        POST /calls/{call_id}/transfer
        """,
        FLOOR, Scope.AGENTS,
    ),
    # no key listens to anybody
    *rules_of(
        """
        POST /calls/{call_id}/listen
        POST /calls/{call_id}/whisper
        POST /calls/{call_id}/barge
        POST /calls/{call_id}/leave
        """,
        FLOOR, None,
    ),
    *rules_of(
        """
        POST /campaigns/{campaign_id}/leads
        POST /suppressions
        POST /suppressions/numbers
        """,
        FLOOR, Scope.LEADS,
    ),
    *rules_of(
        """
        POST /appointments
        POST /appointments/results
        POST /appointments/{appointment_id}/move
        POST /appointments/{appointment_id}/{what}
        POST /calendars/{name}/slots
        POST /calendars/{name}/busy
        """,
        FLOOR, Scope.APPOINTMENTS,
    ),
    *rules_of("POST /facts", FLOOR, Scope.FACTS),
    *rules_of(
        """
        POST /surveys/{survey_id}/invitations
        POST /surveys/{survey_id}/invitations/rows
        POST /survey-cases/{sitting_id}/{trigger}/done
        """,
        FLOOR, Scope.SURVEYS,
    ),
    *rules_of(
        """
        POST /messages/{message_id}/retry
        POST /messages/{message_id}/drop
        POST /reports/runs/{run_id}/again
        POST /reports/runs/{run_id}/close
        POST /tasks/{task_id}/done
        """,
        FLOOR, Scope.MESSAGES,
    ),
    # ------------------------------------------------------------------ setting it up
    *rules_of(
        """
        POST /campaigns
        PUT /campaigns/{campaign_id}/file
        PUT /campaigns/{campaign_id}/messages/{which}
        POST /campaigns/{campaign_id}/cancel
        POST /reports/{kind}/send
        POST /agents
        PATCH /agents/{agent_id}
        POST /agents/{agent_id}/password
        PUT /queues/{queue_id}
        POST /queues/{queue_id}/remove
        PUT /calendars/{name}
        PUT /surveys/{survey_id}
        POST /trees
        POST /trees/{tree}/in-force
        POST /streams/{hook}/retry
        POST /streams/{hook}/drop
        POST /prompt-sessions
        POST /kpi/rebuild
        GET /prompt-sessions/{session}
        POST /registries
        POST /registries/copies/{copy_id}/finish
        POST /policy/changes
        POST /policy/changes/{change_id}/approve
        POST /policy/changes/{change_id}/withdraw
        POST /privacy/erasures
        POST /privacy/lost-key
        POST /users
        PATCH /users/{user_id}
        POST /users/{user_id}/link
        POST /users/{user_id}/reset-second-factor
        POST /keys
        PATCH /keys/{key_id}
        POST /keys/{key_id}/replace
        POST /keys/{key_id}/revoke
        """,
        ADMIN, None,
    ),
    # one of thousands of pieces of a list, whose beginning and end are written down
    *rules_of("POST /registries/copies/{copy_id}/entries", ADMIN, None, audited=False),
    *rules_of("POST /registries/lines", ADMIN, None, audited=False),
    # ------------------------------------------------------------------ watching over it
    *rules_of(
        """
        GET /privacy/erasures
        GET /users
        GET /keys
        GET /audit
        GET /audit/check
        """,
        CONTROL, None,
    ),
)  # fmt: skip
