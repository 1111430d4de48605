"""The 24 joints: tables, DKP-24 (paper), temporal filter."""
