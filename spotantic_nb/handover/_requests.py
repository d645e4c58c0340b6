"""Authentication for requests."""

from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase

from spotantic_nb._bearer import BearerText
from spotantic_nb.handover._credential import Credential

_UNAUTHORIZED = 401


class BearerAuth(AuthBase):
    """
    Send the token of now, and once more with another one where that was refused.

    Args:
        credential: Hands out the tokens.
    """

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __repr__(self) -> str:
        return f"<BearerAuth for {self._credential.api_url}>"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._credential.covers(request.url or ""):
            request.headers["Authorization"] = BearerText(f"Bearer {self._credential.token()}")
            # Without the token: a response pickles its hooks.
            request.register_hook("response", self._again_if_refused)
        return request

    def _again_if_refused(self, response: Response, **options: Any) -> Response:
        sent = response.request
        # A redirect inherits the hook, and its target is given nothing of ours.
        if response.status_code != _UNAUTHORIZED or not self._credential.covers(sent.url or "") or _is_gone(sent.body):
            return response
        _ = response.content  # read to its end, so that the connection is free whatever the renewal brings
        # Never plain in a variable: tracebacks show those, and the renewal may fail.
        token = BearerText(str(sent.headers.get("Authorization", "")).removeprefix("Bearer "))
        other = self._credential.renew(after=token)
        return response if other == token else self._send_again(response, other, options)

    def _send_again(self, response: Response, token: str, options: dict[str, Any]) -> Response:
        response.close()
        request = response.request.copy()
        if (seek := getattr(request.body, "seek", None)) is not None:
            seek(getattr(request, "_body_position", None) or 0)
        request.headers["Authorization"] = BearerText(f"Bearer {token}")
        reply: Response = response.connection.send(request, **options)
        reply.history.append(response)
        reply.request = request
        return reply


def _is_gone(body: object) -> bool:
    """Tell whether a body was read while it was sent, and cannot be read again."""
    return not (body is None or isinstance(body, str | bytes) or hasattr(body, "seek"))
