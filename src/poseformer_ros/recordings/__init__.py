"""Everything that is read or written as a recording, with one table of loaders."""
