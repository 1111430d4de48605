"""The protocol of recognition figures: samples, folds by subject, saved predictions, figures made from them alone."""
