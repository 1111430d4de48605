"""Bags of serialized ROS messages: MCAP and SQLite read, MCAP written and repaired; no message is decoded, no ROS is needed."""
