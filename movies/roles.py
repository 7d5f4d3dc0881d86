"""Which role may do what with the programme."""

from accounts.roles import ACCOUNTS, BOX_OFFICE, DOOR, MANAGER, PROJECTION, SUPPORT, grant

PROGRAMME = ["cinema", "genre", "movie", "pricelist", "screen", "seatcategory", "seatingplan"]
PROGRAMME += ["show", "refundtier", "tickettype"]

grant(
    MANAGER,
    "movies.make_free",
    *(
        f"movies.{verb}_{name}"
        for name in PROGRAMME
        for verb in ("view", "add", "change", "delete")
    ),
)
for role in (BOX_OFFICE, ACCOUNTS, SUPPORT):
    grant(role, "movies.view_cinema", "movies.view_movie", "movies.view_pricelist")
for role in (BOX_OFFICE, DOOR, PROJECTION, ACCOUNTS, SUPPORT):
    grant(role, "movies.view_screen", "movies.view_show")
grant(PROJECTION, "movies.view_cinema", "movies.view_movie", "movies.view_seatingplan")
