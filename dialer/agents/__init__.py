"""Who takes the calls: agent states and the board that knows all of them."""
