"""Images with known truth."""
