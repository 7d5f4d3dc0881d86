"""The cost of the service, compared with the least that the same work can cost."""
