"""Rules of the programme. Each `ensure_*` raises a domain error or returns None; none writes.

Some of them read rows: the caller holds the locks that keep those rows as they are.
"""
