"""What follows the calls: messages, webhooks and tasks, each at most once."""
