"""The learned method: candidates that the person network judges, tracks, and whom to follow."""
