"""Rooms, clothed bodies, cameras and their noise."""
