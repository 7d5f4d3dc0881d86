"""The address under which the requests of a client are counted."""

from ipaddress import IPv6Address, ip_address
from typing import Any, Protocol

IPV6_HOST_BITS = 64


class HasMeta(Protocol):
    """A request of Django or of REST framework."""

    META: dict[str, Any]


def counted_address(request: HasMeta) -> str:
    """Return the address that stands for the client in every count.

    One line of an IPv6 customer has 2^64 addresses, so the first of its /64 stands for all. IPv4
    that is mapped into IPv6 is IPv4.
    """
    text = request.META.get("REMOTE_ADDR") or ""
    try:
        address = ip_address(text)
    except ValueError:  # config.wsgi lets none pass
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> IPV6_HOST_BITS << IPV6_HOST_BITS))
