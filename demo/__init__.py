"""The demo data: real films, two invented cinemas, a programme, and an audience.

Everything follows from the date: the same day gives the same shows and the same bookings, and a
later run adds only the days that are missing.
"""
