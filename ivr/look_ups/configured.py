"""The look-ups of the settings."""

from __future__ import annotations

from collections.abc import Mapping

from cti_api.look_up_settings import LookUpSettings, Method
from ivr.look_ups.spec import As, Given, Spec, path_from


def specs_of(settings: Mapping[str, LookUpSettings]) -> tuple[Spec, ...]:
    return tuple(_spec(name, each) for name, each in settings.items())


def _spec(name: str, settings: LookUpSettings) -> Spec:
    empty = settings.not_found.empty
    gives = {
        variable: Given(
            path=path_from(each.path), kind=None if each.kind is None else As(each.kind), otherwise=each.otherwise
        )
        for variable, each in settings.gives.items()
    }
    return Spec(
        name=name,
        url=settings.url,
        posts=settings.method is Method.POST,
        headers={header: value.get_secret_value() for header, value in settings.headers.items()},
        body=settings.body,
        gives=gives,
        not_found_statuses=frozenset(settings.not_found.statuses),
        not_found_where_empty=None if empty is None else path_from(empty),
        seconds=settings.seconds,
    )
