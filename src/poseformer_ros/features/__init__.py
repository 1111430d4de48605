"""Fused features of recordings: one task for each, its cache, and who does the tasks: processes here, or Ray elsewhere."""
