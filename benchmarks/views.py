"""The views for comparison: bare views behind the same middleware, without DRF and ORM.

They are `csrf_exempt` as DRF's views are: a token identifies the user, never a cookie.
"""

import json

import jwt
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.models import USER
from bookings.models import new_order_code
from core.money import shown
from core.request_id import current_request_id
from core.row_numbers import stored_number

LOCK_SHOW = """
    SELECT cinema.currency, price.amount, price.ticket_type_id
    FROM movies_show AS show
    JOIN movies_screen AS screen ON screen.id = show.screen_id
    JOIN movies_cinema AS cinema ON cinema.id = screen.cinema_id
    JOIN movies_price AS price ON price.price_list_id = show.price_list_id
    JOIN movies_tickettype AS ticket_type ON ticket_type.id = price.ticket_type_id
    WHERE show.id = %s AND show.cancelled_at IS NULL AND show.starts_at > %s
    ORDER BY ticket_type.position
    LIMIT 1
"""
INSERT_ORDER = """
    INSERT INTO bookings_order (code, customer_id, show_id, status, total, currency, created_at)
    VALUES (%s, %s, %s, 'booked', %s, %s, %s)
    RETURNING id
"""
INSERT_BOOKING = """
    INSERT INTO bookings_booking (
        show_id, customer_id, order_id, seat_number, status, ticket_type_id, price, currency,
        payment_reference, created_at, request_id, booked_at, booked_request_id,
        cancel_reason, end_request_id, block_reason
    )
    VALUES (%s, %s, %s, %s, 'booked', %s, %s, %s, '', %s, %s, %s, %s, '', '', '')
    ON CONFLICT (show_id, seat_number) WHERE status IN ('held', 'booked', 'blocked') DO NOTHING
    RETURNING id
"""


@csrf_exempt
def constant(request):
    """The least that an answer costs."""
    return HttpResponse(b'{"status":"ok"}', content_type="application/json")


@csrf_exempt
def book(request, show_id):
    """The floor: the least that a booking costs. Writes the same rows as the service.

    Does not check that the customer and the seat exist.
    """
    scheme, token = request.headers["Authorization"].split()
    [key] = settings.JWT_SIGNING_KEYS.values()
    audience = settings.JWT_AUDIENCE
    claims = jwt.decode(token, key, algorithms=["HS256"], audience=audience)
    if scheme != "Bearer" or claims["token_type"] != "access":  # noqa: S105
        return JsonResponse({"code": "token_not_valid"}, status=401)
    customer = stored_number(USER, int(claims["user_id"]))
    seat_number = json.loads(request.body)["seat_number"]
    request_id, code = current_request_id(), new_order_code()
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(lock_show(), [show_id, now])
        currency, price, ticket_type = cursor.fetchone()
        cursor.execute(INSERT_ORDER, [code, customer, show_id, str(price), currency, now])
        [order] = cursor.fetchone()
        cursor.execute(
            INSERT_BOOKING,
            [
                *(show_id, customer, order, seat_number),
                *(ticket_type, str(price), currency),
                *(now, request_id, now, request_id),
            ],
        )
        booking = cursor.fetchone()
        if booking is None:
            transaction.set_rollback(True)
            return JsonResponse({"code": "seat_taken"}, status=409)
    return JsonResponse(
        {
            "id": booking[0],
            "show": show_id,
            "seat_number": seat_number,
            "status": "booked",
            "price": shown(price, currency),
            "currency": currency,
            "created_at": str(now),
            "order": code,
        },
        status=201,
    )


def lock_show():
    """Return LOCK_SHOW for this database. SQLite locks at BEGIN and has no row locks."""
    return LOCK_SHOW + ("FOR NO KEY UPDATE OF show" if connection.vendor == "postgresql" else "")
