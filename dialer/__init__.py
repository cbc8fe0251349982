"""The outbound engine: leads in, calls out, every attempt leaves its record."""
