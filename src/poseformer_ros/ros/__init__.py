"""Everything between the method and ROS: messages, quality of service, parameters, synchroniser, diagnostics."""
