"""Figures for Prometheus: what they are called (`families`) and where they come from (`observe`)."""
