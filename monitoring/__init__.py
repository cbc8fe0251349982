"""What is set up beside Vocero to watch it: Prometheus, Grafana, and what makes their files."""
