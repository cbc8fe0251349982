# Vocero itself: the dialer and its API, one process. Asterisk has an image of its own (asterisk/Dockerfile).
FROM python:3.11-slim-bookworm

WORKDIR /vocero
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY cti_api cti_api
COPY dialer dialer
COPY ivr ivr
COPY audio audio
COPY vocero vocero
COPY asterisk asterisk
COPY examples examples
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation . \
    && useradd --uid 1000 --create-home vocero \
    && install -d -o vocero /var/lib/vocero /run/vocero
USER vocero
ENTRYPOINT ["vocero", "--settings", "/etc/vocero/vocero.yaml"]
CMD ["up"]
