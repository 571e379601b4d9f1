"""The peer in FastAPI with the SQLAlchemy ORM: entities, relationships, `selectinload`, `from_attributes`."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import bcrypt
import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, ForeignKey, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

SECRET_KEY = "a key of the benchmark, long enough for HS256"
LIFETIME = timedelta(hours=1)


class Base(DeclarativeBase):
    pass


product_categories = Table(
    "shop_product_categories",
    Base.metadata,
    Column("product_id", ForeignKey("shop_product.id"), primary_key=True),
    Column("category_id", ForeignKey("shop_category.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "shop_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    is_active: Mapped[bool]


class Category(Base):
    __tablename__ = "shop_category"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Product(Base):
    __tablename__ = "shop_product"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    price: Mapped[Decimal]
    description: Mapped[str]
    image: Mapped[str]
    rating_rate: Mapped[Decimal]
    rating_count: Mapped[int]
    categories: Mapped[list[Category]] = relationship(secondary=product_categories, order_by=Category.id)

    @property
    def category(self) -> str | None:
        return self.categories[0].name if self.categories else None

    @property
    def rating(self) -> dict[str, Decimal | int]:
        return {"rate": self.rating_rate, "count": self.rating_count}


class CartItem(Base):
    __tablename__ = "shop_cartitem"

    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("shop_cart.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("shop_product.id"))
    quantity: Mapped[int]
    product: Mapped[Product] = relationship()


class Cart(Base):
    __tablename__ = "shop_cart"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("shop_user.id"))
    date: Mapped[date]
    items: Mapped[list[CartItem]] = relationship(order_by=CartItem.id)

    @property
    def total(self) -> Decimal:
        return sum((item.quantity * item.product.price for item in self.items), Decimal(0))


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class CategoryOut(Out):
    id: int
    name: str


class RatingOut(Out):
    rate: float
    count: int


class ProductOut(Out):
    id: int
    title: str
    price: float
    description: str
    image: str
    category: str | None
    categories: list[CategoryOut]
    rating: RatingOut


class PageOut(Out):
    count: int
    next: str | None
    previous: str | None
    results: list[ProductOut]


class CartProductOut(Out):
    id: int
    title: str
    price: float
    image: str


class CartItemOut(Out):
    product_id: int = Field(serialization_alias="productId")
    quantity: int
    product: CartProductOut


class CartOut(Out):
    id: int
    user_id: int = Field(serialization_alias="userId")
    date: date
    items: list[CartItemOut]
    total: float


class LineIn(BaseModel):
    productId: int
    quantity: int = Field(ge=1)


class CartPatchIn(BaseModel):
    add: list[LineIn] = []


class LoginIn(BaseModel):
    username: str
    password: str


class LoginOut(BaseModel):
    access: str


engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"),
    pool_size=10,
    max_overflow=10,
)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def get_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())], session: Session
) -> User:
    try:
        claims = jwt.decode(credentials.credentials, SECRET_KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "Invalid token") from error
    user = await session.get(User, int(claims["sub"]))
    if user is None or not user.is_active:
        raise HTTPException(401, "Unknown user")
    return user


CurrentUser = Annotated[User, Depends(get_user)]


@app.post("/api/auth/login", response_model=LoginOut)
async def login(credentials: LoginIn, session: Session):
    user = await session.scalar(select(User).where(User.username == credentials.username, User.is_active))
    # The password takes a quarter of a second: give the connection back first.
    await session.close()
    if user is None or not await run_in_threadpool(
        bcrypt.checkpw, credentials.password.encode(), user.password.encode()
    ):
        raise HTTPException(401, "Wrong username or password")
    claims = {"sub": str(user.id), "exp": datetime.now(UTC) + LIFETIME}
    return {"access": jwt.encode(claims, SECRET_KEY, algorithm="HS256")}


@app.get("/api/products/", response_model=PageOut)
async def list_products(
    request: Request,
    session: Session,
    category: str | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
):
    products = select(Product)
    if category:
        products = products.join(Product.categories).where(Category.name == category)
    count = await session.scalar(select(func.count()).select_from(products.subquery()))
    offset = (page - 1) * limit
    rows = await session.scalars(
        products.options(selectinload(Product.categories)).order_by(Product.id).offset(offset).limit(limit)
    )
    return {
        "count": count,
        "next": str(request.url.include_query_params(page=page + 1)) if offset + limit < count else None,
        "previous": str(request.url.include_query_params(page=page - 1)) if page > 1 else None,
        "results": rows.all(),
    }


@app.get("/api/products/{product_id}/", response_model=ProductOut)
async def get_product(product_id: int, session: Session):
    product = await session.get(Product, product_id, options=[selectinload(Product.categories)])
    if product is None:
        raise HTTPException(404, "Product not found")
    return product


@app.patch("/api/carts/{cart_id}/", response_model=CartOut)
async def patch_cart(cart_id: int, patch: CartPatchIn, user: CurrentUser, session: Session):
    cart = await session.scalar(
        select(Cart)
        .where(Cart.id == cart_id, Cart.user_id == user.id)
        .options(selectinload(Cart.items).selectinload(CartItem.product))
        .with_for_update()
    )
    if cart is None:
        raise HTTPException(404, "Cart not found")
    await add_lines(session, cart, patch.add)
    await session.commit()
    return cart


async def add_lines(session: AsyncSession, cart: Cart, lines: list[LineIn]) -> None:
    """Adds quantities to the lines of a locked cart, and makes the lines it lacks."""
    wanted = {line.productId for line in lines}
    found = await session.scalars(select(Product).where(Product.id.in_(wanted)))
    products = {product.id: product for product in found}
    if missing := sorted(wanted - products.keys()):
        raise HTTPException(400, {"missing": missing})
    held = {item.product_id: item for item in cart.items}
    for line in lines:
        item = held.get(line.productId)
        if item is None:
            item = CartItem(product_id=line.productId, product=products[line.productId], quantity=0)
            held[line.productId] = item
            cart.items.append(item)
        item.quantity += line.quantity
