# The worker alone. aioimaplib is GPL-3.0-only: an image that ships it falls under the GPL as a whole.
FROM python:3.13-slim-bookworm AS packages
COPY requirements-runtime.lock /
# Wheels only, so that nothing is compiled here; dkimpy, pure Python, is published as source alone.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --no-binary dkimpy --require-hashes --requirement /requirements-runtime.lock

FROM python:3.13-slim-bookworm
# A number beyond those of people: a folder that is mounted must belong to it to be written to.
RUN groupadd --gid 10001 worker \
    && useradd --uid 10001 --gid worker --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin worker \
    && install --directory --owner worker --group worker /var/lib/mail /var/lib/mail/cases
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/durable-mail
COPY models/ models/
COPY mail/ mail/
COPY activities/ activities/
COPY workflows/ workflows/
COPY client/ client/
COPY observation/ observation/
COPY check.py codec.py codec_server.py configuration.py encryption.py explanation.py ./
COPY plugin.py reload.py settings.py health.py replay.py worker.py ./
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
# Temporal's sandbox imports the workflows anew for each run: without bytecode it would compile them anew.
RUN python -m compileall -q .
USER 10001:10001
STOPSIGNAL SIGTERM
# Temporal is asked, not the mail servers: a wrong password tried every minute locks the account.
HEALTHCHECK --interval=60s --timeout=15s --start-period=30s --start-interval=5s --retries=3 \
    CMD ["python", "health.py"]
ENTRYPOINT ["python", "worker.py"]
