"""The app's label, which is also the prefix of its tables."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "benchmarks.peers.drf.shop"
    label = "shop"
