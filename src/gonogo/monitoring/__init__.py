"""Monitoring: what live traffic says about a Version, and what follows."""
