"""Seating plans of halls: reading, writing, numbering, drawing and choosing seats.

A pure library: values in, values out. It reads no database, no setting and no clock, imports
neither Django nor the rest of the project (but `core.names.name_key`), and keeps no state beyond
caches of pure functions.

Read it in this order:

plan            what a plan is: Plan, Zone, Row, Seat, Area; which seats are sold in pairs
limits          what a plan may contain: counts, lengths, characters, colours
json_format     the open seating plan JSON -> Plan (`read_plan`)
  json_values   typed readers of untrusted JSON values
  faults        collects what is wrong, so that all of it is told at once
  json_areas    stages, doors and captions in the JSON
  numbers       the one spelling of a seat number: " a07 " is "A7"
  numbering     a unique seat number for every seat of a plan
  short_names   the names of zones, rows and seats in A to Z
  spoken        seats in sentences for people
  runs          which seats of a row are neighbours
  bends         the same in rows that bend around
text_format     a hall typed as text -> the same JSON (`parse_text`)
text_writer     Plan -> text, where the text format can express it (`to_text`)
numbered_hall   the plan of a show without one: seats "1" to "N"
choice          the best seats for a party
  choice_search the search for the best seats
  single_seats  the seats that a choice leaves single
svg             Plan and statuses -> a picture (`draw`)

The two formats are described for users in docs/seating-plans.md.
"""
