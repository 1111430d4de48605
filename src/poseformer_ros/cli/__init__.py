"""The `poseformer` command."""
