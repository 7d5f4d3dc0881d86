"""The areas of a plan in its JSON: stages, screens, doors, captions."""

from movies.seating.json_values import (
    JSONObject,
    color_in,
    number_in,
    object_in,
    objects_in,
    position_in,
    string_in,
)
from movies.seating.limits import MAX_POLYGON_POINTS
from movies.seating.plan import Area, AreaShape, PlanError, Point

ORIGIN: JSONObject = {"x": 0, "y": 0}


def read_area(area: JSONObject, place: str, corner: Point) -> Area:
    """Read one area of a zone whose position is `corner`. Raises PlanError."""
    x, y = position_in(area, "position", place)
    string_in(area, "uuid", place, "")
    shape: AreaShape
    width = height = radius_x = radius_y = 0.0
    points: tuple[Point, ...] = ()
    match string_in(area, "shape", place, ""):
        case "rectangle":
            shape = "rectangle"
            width, height = _sides(object_in(area, "rectangle", place), f"{place}, rectangle")
        case "":  # The first version of the format had only rectangles.
            shape = "rectangle"
            width, height = _sides(area, place)
        case "circle":
            shape = "ellipse"
            circle = object_in(area, "circle", place)
            radius_x = radius_y = number_in(circle, "radius", f"{place}, circle", smallest=0)
        case "ellipse":
            shape = "ellipse"
            radius = object_in(object_in(area, "ellipse", place), "radius", f"{place}, ellipse")
            radius_x = number_in(radius, "x", f"{place}, radius", smallest=0)
            radius_y = number_in(radius, "y", f"{place}, radius", smallest=0)
        case "polygon":
            shape = "polygon"
            points = _points(object_in(area, "polygon", place), f"{place}, polygon")
        case "text":
            shape = "text"
        case _:
            raise PlanError(
                f'{place}: "shape" must be rectangle, circle, ellipse, polygon or text.'
            )
    text = _text(area, place)
    text_x, text_y = position_in(text, "position", f"{place}, text", ORIGIN)
    return Area(
        shape=shape,
        x=corner.x + x,
        y=corner.y + y,
        rotation=number_in(area, "rotation", place, 0),
        color=color_in(area, "color", place, ""),
        border_color=color_in(area, "border_color", place, ""),
        width=width,
        height=height,
        radius_x=radius_x,
        radius_y=radius_y,
        points=points,
        text=string_in(text, "text", f"{place}, text", ""),
        text_x=text_x,
        text_y=text_y,
        text_size=number_in(text, "size", f"{place}, text", 16, smallest=0),
        text_color=color_in(text, "color", f"{place}, text", ""),
    )


def _text(area: JSONObject, place: str) -> JSONObject:
    """Return the text as an object; in the first version of the format it was a string."""
    text = area.get("text", "")
    if isinstance(text, str):
        return {"text": text}
    if isinstance(text, dict):
        return text
    raise PlanError(f'{place}: "text" must be a string or an object.')


def _sides(of: JSONObject, place: str) -> tuple[float, float]:
    return number_in(of, "width", place, smallest=0), number_in(of, "height", place, smallest=0)


def _points(polygon: JSONObject, place: str) -> tuple[Point, ...]:
    points = objects_in(polygon, "points", place)
    if len(points) > MAX_POLYGON_POINTS:
        raise PlanError(f"{place}: more than {MAX_POLYGON_POINTS} points.")
    return tuple(
        Point(number_in(point, "x", place), number_in(point, "y", place)) for point in points
    )
