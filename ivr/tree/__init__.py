"""The tree a caller walks through: read from one YAML file, checked, tried, drawn and walked without a telephone."""
