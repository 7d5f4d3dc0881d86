"""What the service costs beside the least that the same work can cost. See `__main__`."""
