"""Signed bearer tokens, and one look-up of the user per request, as the usual JWT packages do it."""

from datetime import UTC, datetime, timedelta

import jwt
from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from benchmarks.peers.drf.shop.models import User

LIFETIME = timedelta(hours=1)


def access_token(user: User) -> str:
    claims = {"sub": str(user.pk), "exp": datetime.now(UTC) + LIFETIME}
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; without that header the request is anonymous."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"bearer":
            return None
        try:
            claims = jwt.decode(words[1], settings.SECRET_KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError as error:
            raise AuthenticationFailed("Invalid token") from error
        user = User.objects.filter(pk=claims["sub"], is_active=True).first()
        if user is None:
            raise AuthenticationFailed("Unknown user")
        return user, claims["sub"]

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
