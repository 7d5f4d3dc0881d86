"""JSON shapes of the programme."""
