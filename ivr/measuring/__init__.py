"""How well callers are understood, measured on recordings."""
