"""What other systems know of a caller, asked while they are on the line: an account, an order, a fault in a street."""
