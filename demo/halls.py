"""The five halls of the two cinemas, as text, and the prices of their seats."""

from decimal import Decimal

from movies import services
from movies.models import PriceList, SeatCategory, SeatingPlan, TicketType

GRAND = """\
# 260 seats: two aisles, a walkway, wheelchair places at the walkway, couple seats at the back.
A  ___ssss_ssssssss_ssss___
B  __sssss_ssssssss_sssss__
C  _ssssss_ssssssss_ssssss_
D  _ssssss_ssssssss_ssssss_
E  ssssssss_ssssssss_ssssss
F  ssssssss_ssssssss_ssssss

G  wa______ssssssss______aw
H  sssssss_pppppppp_sssssss
J  sssssss_pppppppp_sssssss
K  sssssss_pppppppp_sssssss
L  sssssss_pppppppp_sssssss
M  sssssss_ssssssss_sssssss
N  cccccc__cccccccc__cccccc
"""

CLASSIC = """\
# One aisle in the middle; numbers run from the right, as the entrance is there.
numbers: right
A  __sssss_sssss__
B  _ssssss_ssssss_
C  sssssss_sssssss
D  sssssss_sssssss
E  sssssss_sssssss
F  ppppppp_ppppppp
G  ppppppp_ppppppp
H  sssssss_sssssss
J  sssssss_sssssss
K  wa_ssss_ssss_aw
"""

STUDIO = """\
# A flat room: the outer seats of the first row look at the screen from the side.
A  rrsssssrr
B  sssssssss
C  sssssssss
D  sssssssss
E  sssssssss
F  wa_sss_aw
G  _cccccc__
"""

GRANDE_SALLE = """\
# Stalls and a balcony, odd numbers on the left, even ones on the right.
[Orchestre]
A 13+2< ___sssss_ 2+2> sssss
B 13+2< __ssssss_ 2+2> ssssss
C 13+2< _sssssss_ 2+2> sssssss
D 13+2< _sssssss_ 2+2> sssssss
E 13+2< _sssssss_ 2+2> sssssss
F 13+2< _sssssss_ 2+2> sssssss

G 15+2< ssssssss_ 2+2> ssssssss
H 15+2< ssssssss_ 2+2> ssssssss
J 15+2< ssssssss_ 2+2> ssssssss
K 15+2< wa_sssss_ 2+2> sssss_aw

[Balcon]
A  _ppppppppppppppp_
B  ppppppppppppppppp
C  ppppppppppppppppp
D  cccccc_sssss_cccccc
"""

PETITE_SALLE = """\
# No letters on the rows: the seats are only numbered.
-  _ssssss_
-  ssssssss
-  ssssssss
-  ssssssss
-  ssssssss
-  ssssssss
-  w_ssss_w
"""

ADULT, CHILD, STUDENT, SENIOR = "Adult", "Child", "Student", "Senior"
TICKET_TYPES = [ADULT, CHILD, STUDENT, SENIOR]
PRICE_FACTORS: dict[str, Decimal | int] = {
    ADULT: 1,
    CHILD: Decimal("0.65"),
    STUDENT: Decimal("0.8"),
    SENIOR: Decimal("0.8"),
}
SURCHARGES = {"Premium": 3, "Couple": 2, "Restricted view": -2}  # on the price of a standard seat
HALF = Decimal("0.50")


def load_plan(name: str, text: str, focal_point: tuple[float, float] | None = None) -> SeatingPlan:
    """Return the seating plan of this name; if it is missing, create it from the text."""
    found = SeatingPlan.objects.filter(name=name).first()
    return found or services.save_seating_plan(name=name, text=text, focal_point=focal_point)


def load_price_list(name: str, currency: str, standard: str) -> PriceList:
    """Return the price list of this name; if it is missing, create it for all categories.

    `standard` is the price of an adult's standard seat.
    """
    found = PriceList.objects.filter(name=name).first()
    if found:
        return found
    ticket_types = [
        TicketType.objects.get_or_create(name=kind, defaults={"position": position})[0]
        for position, kind in enumerate(TICKET_TYPES)
    ]
    prices = {
        (category, ticket_type): _amount(standard, category.name, ticket_type.name)
        for category in SeatCategory.objects.all()
        for ticket_type in ticket_types
    }
    return services.save_price_list(name=name, currency=currency, prices=prices)


def _amount(standard: str, category: str, ticket_type: str) -> Decimal:
    """Return a price rounded to 0.50."""
    exact = (Decimal(standard) + SURCHARGES.get(category, 0)) * PRICE_FACTORS[ticket_type]
    return (exact / HALF).quantize(Decimal(1)) * HALF
