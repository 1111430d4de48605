"""What names a window: baselines and encoders with one interface, and the choice of their options on inner folds."""
