"""What `poseformer reproduce` runs: inputs of samples, folds trained and asked, clinical scores, times, plans."""
