"""A campaign in virtual time: a seeded world of callees and agents, driven by the pacers that dial for real."""
