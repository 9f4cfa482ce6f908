# One image for every role: `gonogo serve`, `gonogo deploy`, `gonogo backup`. Nothing of the build stays in it.
FROM python:3.12-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src ./src
RUN python -m venv /opt/gonogo \
    && /opt/gonogo/bin/pip install --no-cache-dir ".[postgres]"

FROM python:3.12-slim-bookworm
# A number, so that a cluster can see that it is not root; the home folder is the only place it writes to.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin gonogo \
    && install -d -m 0700 -o gonogo -g gonogo /var/lib/gonogo
COPY --from=build /opt/gonogo /opt/gonogo
ENV PATH="/opt/gonogo/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    GONOGO_HOME=/var/lib/gonogo
USER 10001:10001
VOLUME ["/var/lib/gonogo"]
EXPOSE 8420
STOPSIGNAL SIGTERM
# 503 while the store is down: answers go on then, so give it time before anything restarts it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8420/health', timeout=2)"]
ENTRYPOINT ["gonogo"]
CMD ["serve", "--host", "0.0.0.0", "--workers", "2"]
