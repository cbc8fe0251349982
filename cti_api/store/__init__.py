"""The store: what is written down, in SQLite or PostgreSQL, with one statement set for both."""
