"""The cost of the service, compared with simpler views that do the same work."""
