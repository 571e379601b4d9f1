"""JSON shapes of the shop."""

from decimal import Decimal

from rest_framework import serializers

from benchmarks.peers.drf.shop.models import Cart, CartItem, Category, Product


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["id", "name"]


class ProductSerializer(serializers.ModelSerializer):
    """Expects `categories` to be prefetched."""

    price = serializers.FloatField()
    category = serializers.SerializerMethodField()
    categories = CategorySerializer(many=True, read_only=True)
    rating = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ["id", "title", "price", "description", "image", "category", "categories", "rating"]

    def get_category(self, product: Product) -> str | None:
        categories = product.categories.all()
        return categories[0].name if categories else None

    def get_rating(self, product: Product) -> dict[str, float | int]:
        return {"rate": float(product.rating_rate), "count": product.rating_count}


class CartProductSerializer(serializers.ModelSerializer):
    price = serializers.FloatField()

    class Meta:
        model = Product
        fields = ["id", "title", "price", "image"]


class CartItemSerializer(serializers.ModelSerializer):
    productId = serializers.IntegerField(source="product_id")
    product = CartProductSerializer(read_only=True)

    class Meta:
        model = CartItem
        fields = ["productId", "quantity", "product"]


class CartSerializer(serializers.ModelSerializer):
    """Expects `items__product` to be prefetched."""

    userId = serializers.IntegerField(source="user_id")
    items = CartItemSerializer(many=True, read_only=True)
    total = serializers.SerializerMethodField()

    class Meta:
        model = Cart
        fields = ["id", "userId", "date", "items", "total"]

    def get_total(self, cart: Cart) -> float:
        return float(sum((item.quantity * item.product.price for item in cart.items.all()), Decimal(0)))


class LineSerializer(serializers.Serializer):
    productId = serializers.IntegerField()
    quantity = serializers.IntegerField(min_value=1)


class CartPatchSerializer(serializers.Serializer):
    add = LineSerializer(many=True, default=list)


class LoginSerializer(serializers.Serializer):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)
