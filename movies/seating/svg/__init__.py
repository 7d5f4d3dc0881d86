"""The picture of a hall as SVG: its seats, and which of them are available.

    draw(plan, {"A1": "booked"}, title="Screen 2", shapes={"Sofa": SeatShape.COUPLE})

picture        `draw`: puts the parts together
  seats        the seats: their shapes, symbols, numbers and statuses
  surroundings stages and doors, row labels, zone names, the screen
  legend       what the colours and symbols mean
  sheet        the drawing surface, and the geometry of boxes and texts
"""

from movies.seating.svg.picture import draw
from movies.seating.svg.seats import SeatShape

__all__ = ["SeatShape", "draw"]
