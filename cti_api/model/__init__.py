"""The domain model: frozen values, standard library only."""
