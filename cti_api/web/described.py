"""What the API says of itself: OpenAPI, with the problems that every operation may answer and a word for every field.

FastAPI makes it of the routes; here is added what no single route knows.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from cti_api.web.examples import ANSWERED, ASKED
from cti_api.web.known import CSRF_HEADER
from cti_api.web.media import JSON
from cti_api.web.problems import KINDS, MEDIA_TYPE

Document = dict[str, Any]

_METHODS: Final = frozenset({"get", "put", "post", "patch", "delete", "head"})
_PROBLEM: Final = {"$ref": "#/components/responses/Problem"}
_FASTAPIS_OWN: Final = ("HTTPValidationError", "ValidationError")
TAGS: Final = {
    "leads": "People to be called: brought in, looked at, and why they are, or are not, called.",
    "attempts": "Calls that were made: looked at, what became of them, and their recordings.",
    "events": "What happens, in order and without a gap: page by page, as a stream, and its schema.",
    "streams": "Who is told of the events outside, and what could not be told.",
    "campaigns": "Campaigns: made from their file, started and stopped, looked at.",
    "indicators": "The figures by which the desk is judged: their definition, what they come to, and the rows behind.",
    "results": "What campaigns come to: reports, exports, control forms.",
    "reports": "Reports for directors: any of them now, and what was sent by mail.",
    "agents": "Agents: their accounts, their state, and their call.",
    "calls": "Calls in flight: who is where, and what is done about it.",
    "queues": "Where callers wait.",
    "board": "How everything stands, once or as it changes.",
    "front desk": "Calls that trees led, and the tickets that came of them.",
    "appointments": "Calendars and what is booked in them.",
    "surveys": "People who are asked how they were served, and what they said.",
    "messages": "What was written to people.",
    "tasks": "What a person has to do about a lead.",
    "do not call": "Numbers that are not called again.",
    "public lists": "Copies of public lists of people who do not want to be called.",
    "trees": "What callers hear and choose.",
    "prompts": "Recording what callers hear, by telephone.",
    "law": "The rules of when whom may be called, and who changed them.",
    "evidence": "Everything on record of a person.",
    "privacy": "People who ask to be erased.",
    "sign in": "People who sign in, and who asks.",
    "users and keys": "Who may come in.",
    "audit": "What was done, and by whom.",
    "system": "How the whole stands.",
    "health": "For watchdogs, proxies and Prometheus.",
}
"""In the order in which whoever connects another system needs them."""
_WORDS: Final = """\
Errors are problems (RFC 9457, `application/problem+json`): `type` says which kind, `detail` what to do, and `faults`, \
where the input is wrong, names each place. Lists come in pages: `limit` says how many, and `next` of an answer is the \
`after` of the next page. docs/api.md has it with examples."""


def described_by_name(route: APIRoute) -> str:
    """An operation's id: ``leads_why_lead``."""
    only_the_head = "_head" if route.methods == {"HEAD"} else ""
    return f"{route.endpoint.__module__.rsplit('.', 1)[-1]}_{route.name}{only_the_head}"


def describe(app: FastAPI) -> Document:
    """The document; made once for an app."""
    if app.openapi_schema is None:
        tags = [{"name": name, "description": words} for name, words in TAGS.items()]
        document = get_openapi(title=app.title, version=app.version, description=_WORDS, routes=app.routes, tags=tags)
        ours = [module for name, module in sorted(sys.modules.items()) if name.startswith("cti_api.web.")]
        app.openapi_schema = _completed(document, ours)
    return app.openapi_schema


def _completed(document: Document, modules: Iterable[ModuleType]) -> Document:
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    schemas |= _problem_schemas()
    parts["responses"] = {"Problem": {"description": "A problem", "content": {MEDIA_TYPE: {"schema": _ref("Problem")}}}}
    parts["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "`vocero keys add`: docs/access.md"},
        "session": {
            "type": "apiKey", "in": "cookie", "name": "__Host-vocero",
            "description": f"Of `POST /api/v1/session`; each change brings `{CSRF_HEADER}` too.",
        },
    }  # fmt: skip
    document["security"] = [{"key": []}, {"session": []}]
    for operation in _operations(document):
        operation["responses"].pop("422", None)
        operation["responses"] |= {"422": _PROBLEM, "default": _PROBLEM}
        _put_examples(operation)
    _put_words(schemas, modules)
    return document


def _operations(document: Document) -> Iterator[Document]:
    for methods in document["paths"].values():
        yield from (operation for method, operation in methods.items() if method in _METHODS)


def _put_examples(operation: Document) -> None:
    name = operation["operationId"]
    if name in ASKED:
        operation["requestBody"]["content"][JSON]["example"] = ASKED[name]
    if name in ANSWERED:
        operation["responses"]["200"]["content"][JSON]["example"] = ANSWERED[name]


def _problem_schemas() -> Document:
    return {
        "Problem": {
            "type": "object",
            "description": "Why it was not done (RFC 9457).",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {
                    "type": "string",
                    "description": "; ".join(f"`urn:vocero:problem:{kind.slug}` {kind.status.value}" for kind in KINDS)
                    + "; `about:blank`: HTTP's own, by its status. A store that cannot be written is 507.",
                },
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string", "description": "What is so, and what to do."},
                "rule": {"type": "string", "description": "The rule that objects, by a name for programs."},
                "said": {
                    "type": "string",
                    "description": "`detail`, or the rule's sentence, for people (Spanish).",
                },
                "faults": {"type": "array", "items": _ref("Fault"), "description": "Everything that is wrong at once."},
            },
        },
        "Fault": {
            "type": "object",
            "required": ["path", "message", "line"],
            "properties": {
                "path": {"type": "string", "description": "Where: `fields.fecha`, `rows.3.state`, a header's name."},
                "message": {"type": "string"},
                "said": {"type": "string", "description": "The same, for people (Spanish)."},
                "line": {"type": ["integer", "null"], "description": "Of a file."},
            },
        },
    }


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


# ------------------------------------------------------------------ a word for every field


def _put_words(schemas: Document, modules: Iterable[ModuleType]) -> None:
    """What stands under a field in our code stands with it here."""
    classes = {}
    for module in modules:
        for cls in vars(module).values():
            if inspect.isclass(cls) and cls.__module__.startswith("cti_api."):
                # of two of a name FastAPI tells whose each is
                classes[f"{cls.__module__}.{cls.__name__}".replace(".", "__")] = cls
                classes.setdefault(cls.__name__, cls)
    said: dict[str, dict[str, dict[str, str]]] = {}
    for name in schemas.keys() & classes.keys():
        for cls in classes[name].__mro__:
            if cls.__module__.startswith("cti_api."):
                if cls.__module__ not in said:
                    said[cls.__module__] = _said_in(sys.modules[cls.__module__])
                words = said[cls.__module__].get(cls.__name__, {})
                for field, schema in schemas[name].get("properties", {}).items():
                    if field in words:
                        schema.setdefault("description", words[field])


def _said_in(module: ModuleType) -> dict[str, dict[str, str]]:
    """By class and field."""
    tree = ast.parse(inspect.getsource(module))
    return {each.name: dict(_said_of(each)) for each in tree.body if isinstance(each, ast.ClassDef)}


def _said_of(cls: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, said in itertools.pairwise(cls.body):
        match field, said:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, inspect.cleandoc(words).replace("\n", " ")
