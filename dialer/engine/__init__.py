"""The loops that gather a snapshot, ask a thinker and carry out the answer."""
