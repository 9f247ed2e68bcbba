"""A portal whose sign-in is Authlib's. What it knows it says as JSON, for the test to read.

The part that Authlib does not do is `backchannel_logout`: logout tokens are checked here, with the keys that the library keeps.
"""

import os
import secrets
import sys

from authlib.integrations.base_client.errors import OAuthError
from flask import Flask, abort, jsonify, redirect, request, session, url_for
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

import client

EVENT = "http://schemas.openid.net/event/backchannel-logout"

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
app.config["SESSION_COOKIE_NAME"] = f"session-{client.CLIENT_ID}"  # portals on one host would share a cookie
people = {}  # what is known of a signed-in person, by a random name that their cookie holds
used = set()  # `jti` of logout tokens


def keep(token, refresh_token=None, access_token=None):
    for person in people.values():
        if person["token"].get("refresh_token") == refresh_token:
            person["token"] = person["token"] | token
            person["refreshed"] += 1


provider = (client.with_key if "OIDC_PRIVATE_KEY_FILE" in os.environ else client.with_secret)(app, keep)


def signed_in():
    return people.get(session.get("person")) or abort(401, "nobody is signed in")


@app.get("/")
def home():
    person = people.get(session.get("person"))
    return jsonify(person and {name: person[name] for name in ("claims", "header", "refreshed")})


@app.get("/sign-in")
def sign_in():
    return provider.authorize_redirect(url_for("callback", _external=True), **request.args)


@app.get("/callback")
def callback():
    if request.args.get("iss") != client.ISSUER:
        abort(400, "this answer is not the provider's")
    token = provider.authorize_access_token()
    name = session["person"] = secrets.token_urlsafe()
    header = jwt.decode(token["id_token"], keys(), registry=algorithms()).header
    people[name] = {"token": token, "claims": token.pop("userinfo"), "header": header, "refreshed": 0}
    return redirect(url_for("home"))


@app.get("/person")
def person():
    """UserInfo, with a fresh access token if the old one is over."""
    return jsonify(provider.userinfo(token=signed_in()["token"]))


@app.get("/renewed")
def renewed():
    """The ID token that came with the last refresh, checked by the library."""
    return jsonify(provider.parse_id_token(signed_in()["token"], nonce=None))


@app.get("/revoke")
def revoke():
    metadata = provider.load_server_metadata()
    with provider._get_oauth_client(**metadata) as asking:
        answer = asking.revoke_token(metadata["revocation_endpoint"], token=signed_in()["token"]["refresh_token"])
    return jsonify(answer.status_code)


@app.get("/sign-out")
def sign_out():
    person = people.pop(session.pop("person", None), None) or abort(401, "nobody is signed in")
    back = url_for("signed_out", _external=True)
    return provider.logout_redirect(back, id_token_hint=person["token"]["id_token"], client_id=client.CLIENT_ID)


@app.get("/signed-out")
def signed_out():
    provider.validate_logout_response()
    return jsonify("signed out")


def keys(force=False):
    return KeySet.import_key_set(provider.fetch_jwk_set(force))


def algorithms():
    supported = provider.load_server_metadata()["id_token_signing_alg_values_supported"]
    return JWSRegistry(algorithms=supported, strict_check_header=False)


@app.post("/backchannel-logout")
def backchannel_logout():
    """OpenID Connect Back-Channel Logout 1.0 §2.6."""
    text = request.form["logout_token"]
    try:
        try:
            token = jwt.decode(text, keys(), registry=algorithms())
        except InvalidKeyIdError:
            token = jwt.decode(text, keys(force=True), registry=algorithms())
        rules = {"iss": {"essential": True, "value": client.ISSUER}, "aud": {"essential": True, "value": client.CLIENT_ID}}
        rules |= {name: {"essential": True} for name in ("iat", "exp", "jti", "sid")}
        jwt.JWTClaimsRegistry(leeway=60, **rules).validate(token.claims)
    except (JoseError, ValueError) as error:
        abort(400, str(error))
    claims = token.claims
    if token.header.get("typ") != "logout+jwt" or claims.get("events") != {EVENT: {}} or "nonce" in claims:
        abort(400, "this is no logout token")
    if claims["jti"] in used:
        abort(400, "this logout token was used before")
    used.add(claims["jti"])
    for name in [name for name, person in people.items() if person["claims"]["sid"] == claims["sid"]]:
        del people[name]
    return "", 200, {"Cache-Control": "no-store"}


@app.errorhandler(OAuthError)
def refused(error):
    return jsonify(error=error.error, description=error.description), 400


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
