"""Tools about the packages that the project takes from others."""
