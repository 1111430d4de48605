"""One short file per node: parameters, subscriptions, one call into the core, publish."""
