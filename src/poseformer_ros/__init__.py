"""3D-PoseFormer for a rehab station. Nothing is imported here: the message generator writes its own, empty one."""
