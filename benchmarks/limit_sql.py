"""The limit's SQL, against the peers' schema. Portico's own, once they stand, take the same names here.

Parameters and columns each statement has, which is all `limit.py` knows about it:

    PRODUCT            (id)                -> the eight columns of a product
    PAGE               (limit, offset)     -> total, then the columns of a product
    PAGE_OF_CATEGORY   {category, limit, offset} -> the same
    CART_ADD           {cart, user, products, quantities} -> id, user, date, items as JSON text, total
    USER               (username)          -> id, password hash

A product's columns: id, title, price, description, image, category, categories as JSON text, rate, count.
"""

_PRODUCT_COLUMNS = """
    p.id, p.title, p.price::float8, p.description, p.image,
    c.names[1], c.list, p.rating_rate::float8, p.rating_count
"""

_CATEGORIES = """
    CROSS JOIN LATERAL (
        SELECT array_agg(k.name ORDER BY k.id) AS names,
               coalesce(
                   json_agg(json_build_object('id', k.id, 'name', k.name) ORDER BY k.id), '[]'
               )::text AS list
        FROM shop_product_categories pc JOIN shop_category k ON k.id = pc.category_id
        WHERE pc.product_id = p.id
    ) c
"""

PRODUCT = f"SELECT {_PRODUCT_COLUMNS} FROM shop_product p {_CATEGORIES} WHERE p.id = %s"

# The total of the textbook: every page counts all rows. Portico may keep its totals and beat this.
PAGE = f"""
    SELECT (SELECT count(*) FROM shop_product), {_PRODUCT_COLUMNS}
    FROM (SELECT * FROM shop_product ORDER BY id LIMIT %s OFFSET %s) p {_CATEGORIES}
    ORDER BY p.id
"""

PAGE_OF_CATEGORY = f"""
    WITH chosen AS MATERIALIZED (
        SELECT pc.product_id FROM shop_product_categories pc JOIN shop_category k ON k.id = pc.category_id
        WHERE k.name = %(category)s
    )
    SELECT (SELECT count(*) FROM chosen), {_PRODUCT_COLUMNS}
    FROM (SELECT product_id FROM chosen ORDER BY product_id LIMIT %(limit)s OFFSET %(offset)s) one
    JOIN shop_product p ON p.id = one.product_id {_CATEGORIES}
    ORDER BY p.id
"""

# One statement is one round trip and one commit. Its parts share a snapshot, so the last does not see the
# rows that the INSERT wrote, and takes them from what it returned.
CART_ADD = """
    WITH owned AS (SELECT id, user_id, date FROM shop_cart WHERE id = %(cart)s AND user_id = %(user)s),
    changed AS (
        INSERT INTO shop_cartitem AS line (cart_id, product_id, quantity)
        SELECT owned.id, wanted.product_id, wanted.quantity
        FROM owned, unnest(%(products)s::bigint[], %(quantities)s::int[]) AS wanted (product_id, quantity)
        ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = line.quantity + excluded.quantity
        RETURNING line.id, line.product_id, line.quantity
    ),
    lines AS (
        SELECT id, product_id, quantity FROM changed
        UNION ALL
        SELECT id, product_id, quantity FROM shop_cartitem
        WHERE cart_id = (SELECT id FROM owned) AND product_id <> ALL (%(products)s::bigint[])
    )
    SELECT owned.id, owned.user_id, owned.date::text, contents.items, contents.total
    FROM owned CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('productId', p.id, 'quantity', l.quantity, 'product',
                   json_build_object('id', p.id, 'title', p.title, 'price', p.price, 'image', p.image))
                   ORDER BY l.id)::text AS items,
               sum(l.quantity * p.price)::float8 AS total
        FROM lines l JOIN shop_product p ON p.id = l.product_id
    ) contents
"""

USER = "SELECT id, password FROM shop_user WHERE username = %s"
