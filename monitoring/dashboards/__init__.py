"""Grafana's dashboards as values (`values`), what each shows (one module each), and how they become files (`render`).

``python -m monitoring.dashboards`` writes them to ``monitoring/grafana/dashboards``.
"""
