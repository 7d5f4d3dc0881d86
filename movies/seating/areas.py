"""What a seating plan draws beside its seats: stages, screens, doors, words."""

from typing import NamedTuple

from movies.seating.json_values import (
    PlanError,
    color_in,
    number_in,
    object_in,
    objects_in,
    position_in,
    string_in,
)

MAX_POINTS = 500
ORIGIN = {"x": 0, "y": 0}


class Area(NamedTuple):
    """Shape is rectangle, ellipse, polygon or text.

    x and y are a rectangle's top left corner and an ellipse's middle; points and the text's place
    count from there. Colours that the plan leaves open are "".
    """

    shape: str
    x: float
    y: float
    rotation: float
    color: str
    border_color: str
    width: float
    height: float
    radius_x: float
    radius_y: float
    points: tuple[tuple[float, float], ...]
    text: str
    text_x: float
    text_y: float
    text_size: float
    text_color: str


def read_area(area, place, corner):
    """The area in a zone that lies at corner, or PlanError."""
    x, y = position_in(area, "position", place)
    string_in(area, "uuid", place, "")
    width = height = radius_x = radius_y = 0.0
    points = ()
    shape = string_in(area, "shape", place, "")
    if shape == "rectangle":
        width, height = _sides(object_in(area, "rectangle", place), f"{place}, rectangle")
    elif shape == "":  # the first version of the form knew nothing but rectangles
        shape = "rectangle"
        width, height = _sides(area, place)
    elif shape == "circle":
        shape = "ellipse"
        circle = object_in(area, "circle", place)
        radius_x = radius_y = number_in(circle, "radius", f"{place}, circle", smallest=0)
    elif shape == "ellipse":
        radius = object_in(object_in(area, "ellipse", place), "radius", f"{place}, ellipse")
        radius_x = number_in(radius, "x", f"{place}, radius", smallest=0)
        radius_y = number_in(radius, "y", f"{place}, radius", smallest=0)
    elif shape == "polygon":
        points = _points(object_in(area, "polygon", place), f"{place}, polygon")
    elif shape != "text":
        raise PlanError(f'{place}: "shape" must be rectangle, circle, ellipse, polygon or text.')
    text = area.get("text", "")
    if type(text) is str:
        text = {"text": text}
    elif type(text) is not dict:
        raise PlanError(f'{place}: "text" must be a string or an object.')
    text_x, text_y = position_in(text, "position", f"{place}, text", ORIGIN)
    return Area(
        shape,
        corner[0] + x,
        corner[1] + y,
        number_in(area, "rotation", place, 0),
        color_in(area, "color", place, ""),
        color_in(area, "border_color", place, ""),
        width,
        height,
        radius_x,
        radius_y,
        points,
        string_in(text, "text", f"{place}, text", ""),
        text_x,
        text_y,
        number_in(text, "size", f"{place}, text", 16, smallest=0),
        color_in(text, "color", f"{place}, text", ""),
    )


def _sides(of, place):
    return number_in(of, "width", place, smallest=0), number_in(of, "height", place, smallest=0)


def _points(polygon, place):
    points = objects_in(polygon, "points", place)
    if len(points) > MAX_POINTS:
        raise PlanError(f"{place}: more than {MAX_POINTS} points.")
    return tuple((number_in(point, "x", place), number_in(point, "y", place)) for point in points)
