"""What looks like a secret of Spotify, and what only nearly does."""

import base64
import json
import random
from urllib.parse import quote

import pytest
from made_up import ACCESS, ANSWER, BASIC, CLEAN, CODE, LINK, REFRESH, SECRET, STATE, made_up

from spotantic_nb.scan._shapes import kinds_in

FOUND = {
    "access token": [
        ACCESS,
        f"token={ACCESS}&x",
        f"'{ACCESS}'",
        f"a {made_up('BQD', 400)}.",
        rf"'token:\n{ACCESS}\n'",
        f"\x1b[31m{ACCESS}\x1b[0m",
        f"{ACCESS[:20]}\x1b[0m{ACCESS[20:]}",
        f"Authorization: Bearer {made_up('BQx', 60)}",
        f"access_token: {made_up('BQx', 60)}",
        f'{{\\"access_token\\": \\"{ACCESS}\\"}}',
    ],
    "refresh token or authorization code": [REFRESH, f"<td>{REFRESH}</td>", f"%22{REFRESH}%22"],
    "refresh token": [f"refresh_token={REFRESH}", f'"refresh_token": "{REFRESH}"', f"REFRESH_TOKEN='{REFRESH}'"],
    "authorization code": [
        ANSWER,
        ANSWER.replace("&", "&amp;"),
        ANSWER.replace("&", r"\u0026"),
        quote(ANSWER, safe=""),
        f"http://127.0.0.1:8765/callback?state={STATE}&code={CODE}",
    ],
    "client secret": [
        f"client_secret={SECRET}",
        f'"client_secret": "{SECRET}"',
        f"SPOTIPY_CLIENT_SECRET = '{SECRET}'",
        f"clientSecret: '{SECRET}'",
        f'os.environ["SPOTIFY_CLIENT_SECRET"] = "{SECRET}"',
        f"client_secret      {SECRET}",
        f"<th>client_secret</th>\n      <td>{SECRET}</td>",
    ],
    "authorization header": [
        f"Authorization: Basic {BASIC}",
        f"{{'Authorization': 'Basic {BASIC}'}}",
        f"authorization: bearer {made_up('x9', 64)}",
    ],
    "link of a login": [
        LINK,
        LINK.replace("&", "&amp;"),
        quote(LINK, safe=""),
        quote(quote(LINK, safe=""), safe=""),
        LINK.replace("https://accounts.spotify.com", "http://127.0.0.1:4567"),
        f"https://accounts.spotify.com/authorize?state={STATE}&client_id=x",
        f"https://accounts.spotify.com/en/authorize?a=b&state={STATE}",
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts])
def test_a_secret_is_found_and_named(kind: str, text: str) -> None:
    assert kinds_in(text) == {kind}
    assert kinds_in(f"before {text} after") == {kind}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_what_only_resembles_one_is_none(text: str) -> None:
    assert kinds_in(text) == set()
    assert kinds_in(json.dumps(text)) == set()


def test_every_token_of_spotifys_shape_is_found() -> None:
    for seed in range(20_000):
        length = 80 + seed % 300
        assert kinds_in(made_up("BQA", length, seed=seed)) == {"access token"}, seed


def test_no_base64_of_random_bytes_is_taken_for_one() -> None:
    numbers = random.Random(4)
    for width in (64, 76, 100, 1000):
        text = base64.b64encode(numbers.randbytes(2_000_000)).decode()
        lines = "\n".join(text[at : at + width] for at in range(0, len(text), width))
        assert kinds_in(lines) == set(), width
