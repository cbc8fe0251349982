"""The evidence of a person as one page that needs nothing else: to be read, printed, handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final

from jinja2 import Environment

from cti_api.evidence.told import opening, sections

_FORM: Final = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidencia de una persona</title>
<style>
body { font: 14px/1.4 sans-serif; margin: 2em; color: #222; }
table { border-collapse: collapse; margin: .5em 0 2em; }
th, td { border: 1px solid #bbb; padding: .2em .6em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; }
</style>
</head>
<body>
<h1>{{ names or 'Persona sin nombre' }}</h1>
{% for line in opening %}
<p>{{ line }}</p>
{% endfor %}
{% for section in sections %}
<h2>{{ section.title }} ({{ section.rows | length }})</h2>
<table>
<tr>{% for title in section.columns %}<th>{{ title }}</th>{% endfor %}</tr>
{% for row in section.rows %}
<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</table>
{% endfor %}
<p>Los mismos datos, completos, están en evidencia.json; las grabaciones, en la carpeta grabaciones. SHA256SUMS tiene
la huella de cada archivo: <code>sha256sum -c SHA256SUMS</code>.</p>
</body>
</html>
""")


def page(evidence: Mapping[str, Any], zone: tzinfo | None) -> str:
    """HTML, in Spanish; what strangers wrote stands in it as text."""
    names = ", ".join(evidence["person"]["names"])
    return _FORM.render(names=names, opening=opening(evidence, zone), sections=sections(evidence, zone))
