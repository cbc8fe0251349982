"""The answering side: front desk and surveys by voice."""
