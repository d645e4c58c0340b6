"""Secrets of Spotify's shapes that nobody ever had, and texts that only resemble some."""

import base64
import hashlib
import random
import uuid
from urllib.parse import quote

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def made_up(start: str, length: int, *, seed: int = 1) -> str:
    return start + "".join(random.Random(seed).choices(LETTERS, k=length - len(start)))


ACCESS, REFRESH, CODE = made_up("BQB", 83), made_up("AQA", 131), made_up("AQD", 208)
SECRET = hashlib.md5(b"made up").hexdigest()
STATE = made_up("", 43)
LINK = f"https://accounts.spotify.com/authorize?client_id={'ab' * 16}&response_type=code&state={STATE}&scope=a"
ANSWER = f"http://127.0.0.1:8765/callback?code={CODE}&state={STATE}"
BASIC = base64.b64encode(f"{'ab' * 16}:{SECRET}".encode()).decode()

SEEDS = random.Random(3)
CLEAN = {
    "words": "BQ and AQ, access_token, refresh_token=, client_secret, Authorization: Bearer, ?code=&state=",
    "short tokens": "BQDx AQDy BQ...ayog AQAV...Ngc access_token='BQDx', refresh_token=AQDj9...refreshToken",
    "code": "token = oauth.get_access_token(code=request.args['code'], client_secret=os.environ['CLIENT_SECRET'])",
    "placeholders": "client_secret=YOUR_CLIENT_SECRET&code=NApCCg..BkWtQ&state=profile%2Factivity",
    "a placeholder": f"client_secret={'0123456789abcdef' * 2} client_secret={'x' * 32} client_secret={'0' * 32}",
    "of RFC 6749": "https://client.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz",
    "of RFC 7617": "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "of RFC 6750": "Authorization: Bearer mF_9.B5f-4.1JqM",
    "Spotify's own link": "https://accounts.spotify.com/authorize?client_id=5fe01282e44241328a84e7c5cc169165"
    "&response_type=code&redirect_uri=https%3A%2F%2Fexample.com%2Fcallback&state=34fFs29kd09",
    "a client id": f"client_id={SECRET}",
    "a secret and then an id": f"client_secret=secret, client_id='{SECRET}'",
    "a link without state": f"https://accounts.spotify.com/authorize?client_id={SECRET}&response_type=code",
    "a state that is a word": "https://accounts.spotify.com/authorize?state=some-random-state-string",
    "another service's link": f"https://github.com/login/oauth/authorize?client_id=Iv1.8a61f9b3&state={STATE}",
    "another service's code": f"http://localhost:8080/?state={STATE}&code=4/0AX4XfWh{made_up('', 60)}",
    "uuids": " ".join(str(uuid.UUID(int=SEEDS.getrandbits(128))) for _ in range(500)),
    "hashes": " ".join(hashlib.sha512(bytes([n])).hexdigest() for n in range(200)),
    "git": "commit bb9ec9c9e9bb6a4f5e0d7c1f9a8b7c6d5e4f3a2b\nclient secret of " + hashlib.sha1(b"x").hexdigest(),
    "int32 from 1": base64.b64encode(b"".join(n.to_bytes(4, "little") for n in range(1, 99))).decode(),
    "int32 from 5": base64.b64encode(b"".join(n.to_bytes(4, "little") for n in range(5, 104))).decode(),
    "a token of Azure": "refresh_token=AQABAAAAAAD" + made_up("", 300),
    "a key of AWS": "AQICAHhX" + made_up("", 180) + "+/x",
    "a token of LinkedIn": made_up("AQX", 350),
    "a JWT": f"eyJhbGciOiJIUzI1NiJ9.{made_up('eyJ', 120)}.{made_up('', 43)}",
    "tokens of others": f"ghp_{made_up('', 36)} xoxb-{made_up('', 50)} sk-{made_up('', 48)} glpat-{made_up('', 20)}",
    "base64 that begins like one": f"{made_up('BQB', 90)}+{made_up('', 90)} {made_up('AQA', 200)}==",
    "a path": f"/static/{ACCESS}/x",
    "in the middle of base64": f"iVBORw0KGgo{ACCESS}+/9k",
    "a link of Amazon": f"https://s3.amazonaws.com/b?X-Amz-Security-Token={quote(made_up('IQoJ', 300) + '=')}",
}
