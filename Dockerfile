# Vocero itself: the dialer and its API, one process. Asterisk has an image of its own (asterisk/Dockerfile).
FROM python:3.11-slim-bookworm

# User 1000 is Asterisk's too. A new volume takes over the owner of the folder it is mounted at.
RUN useradd --uid 1000 --create-home vocero \
    && install -d -o vocero -g vocero /etc/vocero /run/vocero /var/lib/vocero /var/lib/vocero-calls

# The voice that says what no prompt was made for.
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng && rm -rf /var/lib/apt/lists/*

WORKDIR /vocero
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY cti_api cti_api
COPY dialer dialer
COPY ivr ivr
COPY audio audio
COPY vocero vocero
COPY asterisk asterisk
COPY examples examples
# Editable: asterisk/ and examples/ are looked for beside the packages.
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation -e .

USER vocero
ENV VOCERO_SETTINGS=/etc/vocero/vocero.yaml
ENTRYPOINT ["vocero"]
CMD ["up"]
