"""Which other systems are asked during a call, and what their answers mean (docs/look-ups.md)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, StringConstraints, model_validator

from cti_api.setting_values import Secret, Section, Url

LONGEST_SECONDS: Final = 3.0
"""A caller who hears nothing for longer hangs up, or thinks that the line is dead."""
MOST_GIVEN: Final = 50

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Status = Annotated[int, Field(ge=400, le=499)]
_PLACE: Final = re.compile(r"\{[a-z][a-z0-9_]{0,39}\}")
_PATH: Final = re.compile(r"(?:[^.\s][^.]{0,63}(?:\.[^.]{1,64}){0,15})?")


def _path(written: str) -> str:
    if not _PATH.fullmatch(written):
        raise ValueError("must be names and positions with dots between them, such as orders.0.status")
    return written


def _only_variables(written: str) -> None:
    if {"{", "}"} & set(_PLACE.sub("", written)):
        raise ValueError("has a { or } that is no variable: write {linea}")


def _address(written: str) -> str:
    _only_variables(written)
    if "{" in written.partition("://")[2].partition("/")[0].partition("?")[0]:
        raise ValueError("has a variable in its host: variables stand in the path or the query")
    return written


def _named_only(written: object) -> object:
    return {"path": written} if isinstance(written, str) else written


JsonPath = Annotated[str, StringConstraints(max_length=200), AfterValidator(_path)]
"""Empty: the whole answer."""


class Method(StrEnum):
    GET = "GET"
    POST = "POST"


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


class GivenSettings(Section):
    """A variable of the tree and where it stands in the answer."""

    path: JsonPath
    kind: Kind | None = None
    """What it has to be, or is made of what comes; null: a text, number or yes-and-no, as it comes."""
    otherwise: str | None = None
    """Where the answer lacks it; null: such an answer is a failure."""


class NotFoundSettings(Section):
    """Which answer says that nobody of that name is known."""

    statuses: tuple[Status, ...] = (404,)
    empty: JsonPath | None = None
    """Where the answer has nothing then, or an empty list, object or text, false or nought; null: nowhere."""


class LookUpSettings(Section):
    url: Annotated[Url, AfterValidator(_address)]
    """With ``{variables}`` of the tree in its path or query."""
    method: Method = Method.GET
    headers: dict[HeaderName, Secret] = Field(default_factory=dict)
    body: dict[str, JsonValue] | None = None
    """Of a POST, with ``{variables}`` in its texts; null: every variable of the look-up by its name."""
    gives: Annotated[
        dict[Variable, Annotated[GivenSettings, BeforeValidator(_named_only)]], Field(max_length=MOST_GIVEN)
    ] = Field(default_factory=dict)
    """Variable → path of its value in the answer, or a section that says more."""
    not_found: NotFoundSettings = NotFoundSettings()
    seconds: Annotated[float, Field(gt=0, le=LONGEST_SECONDS)] = LONGEST_SECONDS

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.body is not None and self.method is Method.GET:
            raise ValueError("a body needs method: POST")
        _check_texts(self.body)
        return self


def _check_texts(body: Any) -> None:
    match body:
        case str():
            _only_variables(body)
        case dict() | list():
            for each in body.values() if isinstance(body, dict) else body:
                _check_texts(each)
        case _:
            pass
