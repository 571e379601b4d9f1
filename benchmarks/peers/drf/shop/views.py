"""Views of the shop."""

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import QuerySet
from rest_framework.exceptions import AuthenticationFailed, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from benchmarks.peers.drf.shop.authentication import access_token
from benchmarks.peers.drf.shop.models import Cart, CartItem, Product
from benchmarks.peers.drf.shop.serializers import (
    CartPatchSerializer,
    CartSerializer,
    LoginSerializer,
    ProductSerializer,
)


class ProductViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    queryset = Product.objects.prefetch_related("categories")
    serializer_class = ProductSerializer

    def get_queryset(self) -> QuerySet[Product]:
        queryset = super().get_queryset()
        if category := self.request.query_params.get("category"):
            queryset = queryset.filter(categories__name=category)
        return queryset


class CartViewSet(RetrieveModelMixin, GenericViewSet):
    queryset = Cart.objects.all()
    serializer_class = CartSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[Cart]:
        return super().get_queryset().filter(user=self.request.user).prefetch_related("items__product")

    @transaction.atomic
    def partial_update(self, request: Request, pk: str) -> Response:
        patch = CartPatchSerializer(data=request.data)
        patch.is_valid(raise_exception=True)
        # The lock orders two patches of one cart; the prefetch comes after the change.
        cart = get_object_or_404(Cart.objects.select_for_update().filter(user=request.user), pk=pk)
        add_lines(cart, patch.validated_data["add"])
        return Response(self.get_serializer(self.get_queryset().get(pk=cart.pk)).data)


class LoginView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        credentials = LoginSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        user = authenticate(request, **credentials.validated_data)
        if user is None:
            raise AuthenticationFailed("Wrong username or password")
        return Response({"access": access_token(user)})


def add_lines(cart: Cart, lines: list[dict[str, int]]) -> None:
    """Adds quantities to the lines of a locked cart, and makes the lines it lacks."""
    wanted = {line["productId"] for line in lines}
    missing = wanted - set(Product.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing:
        raise ValidationError({"missing": sorted(missing)})
    held = {item.product_id: item for item in cart.items.filter(product__in=wanted)}
    for line in lines:
        item = held.setdefault(line["productId"], CartItem(cart=cart, product_id=line["productId"], quantity=0))
        item.quantity += line["quantity"]
    for item in held.values():
        item.save()
