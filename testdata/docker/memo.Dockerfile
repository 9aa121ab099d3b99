# syntax=docker/dockerfile:1
FROM python:3.13-slim
COPY precompile /usr/local/bin/
COPY src /app
RUN --mount=type=cache,target=/var/cache/precompile \
    precompile --cache-dir /var/cache/precompile --invalidation unchecked-hash /app
WORKDIR /app
CMD ["python", "-m", "app"]
