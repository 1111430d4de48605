"""The station's messages in Rerun, a viewer that needs no ROS on the machine that looks."""
