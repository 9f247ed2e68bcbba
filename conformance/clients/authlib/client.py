"""Authlib as a client of the provider, in Flask: the settings that a portal needs. `portal.py` is the portal around it."""

import os
from pathlib import Path

from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT, private_key_jwt_sign
from joserfc.jwk import ECKey

ISSUER = os.environ["OIDC_ISSUER"]
CLIENT_ID = os.environ["OIDC_CLIENT_ID"]
SETTINGS = {
    "server_metadata_url": f"{ISSUER}/.well-known/openid-configuration",
    "client_id": CLIENT_ID,
}
ASKS = {"scope": os.environ["OIDC_SCOPE"], "code_challenge_method": "S256"}


class Assertion(PrivateKeyJWT):
    """Made out to the provider itself and good for a minute; without this class: to the token endpoint, for an hour."""

    def sign(self, auth, _token_endpoint):
        return private_key_jwt_sign(auth.client_secret, auth.client_id, ISSUER, alg="ES256", expires_in=60)


def with_secret(app, keep):
    """`keep(token, refresh_token, access_token)` is called after each refresh, which the library does by itself."""
    secret = Path(os.environ["OIDC_CLIENT_SECRET_FILE"]).read_text().strip()
    return OAuth(app).register("provider", **SETTINGS, client_secret=secret, update_token=keep, client_kwargs=ASKS)


def with_key(app, keep):
    """The same with a private key on P-256 in a PEM file instead of a secret (`private_key_jwt`)."""
    key = ECKey.import_key(Path(os.environ["OIDC_PRIVATE_KEY_FILE"]).read_text())
    method = {"token_endpoint_auth_method": "private_key_jwt", "revocation_endpoint_auth_method": "private_key_jwt"}
    return OAuth(app).register(
        "provider", **SETTINGS, client_secret=key, update_token=keep, client_kwargs=ASKS | method,
        client_auth_methods=[Assertion()],
    )
