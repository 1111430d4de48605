"""The report of a session: a page for a browser, the same for paper, and its figures as tables."""
