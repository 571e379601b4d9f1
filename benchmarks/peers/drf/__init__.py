"""The peer in Django REST Framework."""
