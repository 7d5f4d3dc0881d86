"""Rules of tickets. They run no query."""
