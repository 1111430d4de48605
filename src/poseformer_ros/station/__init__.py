"""The station: who is wired to whom, and what starts it."""
