"""Who may do what: people with roles, machines with scopes, and what was done by whom."""
