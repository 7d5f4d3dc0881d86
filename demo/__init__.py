"""The demo data: real films, two invented cinemas, their shows, and customers with bookings.

The random choices depend only on screen, show and date: the same day always gives the same shows
and bookings, and a later run adds only the missing days.
"""
