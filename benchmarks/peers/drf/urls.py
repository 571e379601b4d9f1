"""Routes of the Django peer."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from benchmarks.peers.drf.shop.views import CartViewSet, LoginView, ProductViewSet

router = DefaultRouter()
router.register("products", ProductViewSet)
router.register("carts", CartViewSet)

urlpatterns = [
    path("api/auth/login", LoginView.as_view()),
    path("api/", include(router.urls)),
]
