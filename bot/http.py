"""What every route asks of a request."""

import ipaddress

from starlette.exceptions import HTTPException
from starlette.requests import Request


def from_loopback(request: Request) -> bool:
    """True when the client, behind a proxy of this machine the one it names, is this machine."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def require_json(request: Request) -> None:
    """Raises HTTPException 415 for a body of another type."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "only application/json is read")
