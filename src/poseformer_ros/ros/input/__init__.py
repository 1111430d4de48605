"""Where camera images enter, and where our sources send them from."""
