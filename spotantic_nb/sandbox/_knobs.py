"""
The knobs: every way in which the sandbox can be made to behave unlike Spotify on a good day.

Owns their names and meanings. What a knob does is done where its subject lives.
"""

from dataclasses import dataclass
from typing import Literal

Consent = Literal["ask", "accept", "deny", "silent"]
Wording = Literal["new", "old"]
RefreshPolicy = Literal["keep", "rotate", "family", "overlap"]
TokenFault = Literal[
    "429",
    "429_long",
    "429_bare",
    "500_json",
    "502_html",
    "503_text",
    "504",
    "truncated",
    "html_200",
    "oversized",
    "redirect",
    "wrong_type",
]
ApiFault = Literal["401", "429", "429_long", "429_bare", "500_json", "502_html", "503_text"]
ReplyScope = Literal["granted", "absent", "empty", "less"]
ReplyRefreshToken = Literal["policy", "absent", "null", "empty"]
Iss = Literal["absent", "right", "wrong"]
RedirectState = Literal["kept", "altered", "missing"]
MeShape = Literal["development", "full"]
Coop = Literal["unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"]

HALF_A_YEAR = 183 * 24 * 3600


@dataclass(slots=True, kw_only=True)
class Knobs:
    """
    The behaviour of a sandbox, readable and changeable between any two requests.

    Attributes:
        consent: ``ask`` shows the consent page, ``accept`` and ``deny`` answer for the person at once, ``silent``
            shows a page that never leads back.
        login_hop: Send a browser without a session to a login page first, before anything is checked, as Spotify does.
        error_texts: The newer or the older wording of error pages and of a bad client secret.
        strict_scopes: Refuse a request for one unknown scope, as for apps made since February 2026; otherwise unknown
            scopes are ignored, and commas separate as well as spaces.
        code_lifetime: Seconds for which an authorization code can be redeemed.
        access_lifetime: Seconds for which an access token is valid.
        refresh_policy: ``keep`` returns no new refresh token (Spotify since mid-2026), ``rotate`` returns a new one and
            kills the old one, ``family`` also kills everything of the grant when a dead one is used again, ``overlap``
            returns a new one whose first use kills the old one, so that a lost reply costs nothing.
        refresh_lifetime: Seconds from the authorization, not from the last refresh, until refreshing ends.
        token_fault: What the token endpoint does instead of, or to, its answer. ``truncated``, ``oversized`` and
            ``wrong_type`` spoil a true answer, so a code is spent and a token rotated; the others come before.
        token_fault_count: How many more token requests the fault hits; None for all of them.
        token_delay: Seconds that the token endpoint waits before it answers.
        reply_scope: The ``scope`` of a token reply: as granted, left out, an empty text, or one scope short.
        reply_token_type: The ``token_type`` of a token reply.
        reply_refresh_token: Let the policy decide on ``refresh_token``, or leave it out, or send null or an empty text.
        expires_in_as_text: Send ``expires_in`` as a string.
        extra_fields: Add fields nobody asked for to a token reply.
        iss: Whether the redirect names the issuer (RFC 9207): Spotify does not.
        redirect_state: Return ``state`` as it came, altered, or not at all.
        coop: The ``Cross-Origin-Opener-Policy`` header of the pages, which decides what is left of a tab's tie to the
            page that opened it; None sends none.
        unauthorized_body: The wording of a 401 since July 2026, or before.
        me: The profile of a development-mode app, or with the five fields that such apps lost in 2026.
        allowlisted: Whether the app's allowlist holds the people of the sandbox. If not, only API calls fail.
        owner_premium: Whether the app's owner has Premium. If not, only API calls fail.
        api_fault: What the Web API answers instead; ``401`` refuses tokens that are good.
        api_fault_count: How many more API requests the fault hits; None for all of them.

    Example:
        >>> from spotantic_nb.sandbox import Knobs, Sandbox
        >>> with Sandbox(knobs=Knobs(consent="deny")) as sandbox:
        ...     Session(AuthSettings(accounts_url=sandbox.url, client_id=sandbox.client_id)).login("pkce")
        Traceback (most recent call last):
        spotantic_nb.errors.AuthorizationDeniedError: ...
    """

    consent: Consent = "ask"
    login_hop: bool = False
    error_texts: Wording = "new"
    strict_scopes: bool = True
    code_lifetime: float = 600
    access_lifetime: int = 3600
    refresh_policy: RefreshPolicy = "keep"
    refresh_lifetime: float = HALF_A_YEAR
    token_fault: TokenFault | None = None
    token_fault_count: int | None = None
    token_delay: float = 0
    reply_scope: ReplyScope = "granted"
    reply_token_type: str = "Bearer"  # noqa: S105 - a word of RFC 6750
    reply_refresh_token: ReplyRefreshToken = "policy"  # noqa: S105 - a position of the knob
    expires_in_as_text: bool = False
    extra_fields: bool = False
    iss: Iss = "absent"
    redirect_state: RedirectState = "kept"
    coop: Coop | None = None
    unauthorized_body: Wording = "new"
    me: MeShape = "development"
    allowlisted: bool = True
    owner_premium: bool = True
    api_fault: ApiFault | None = None
    api_fault_count: int | None = None
