"""Recording and replaying of serialized messages over ROS."""
