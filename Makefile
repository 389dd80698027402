# SPDX-License-Identifier: MIT
# make run    sets up what is needed and runs the job against recorded answers
# make test   sets up what is needed and runs the tests

# Debian's own Python and libraries: what the installed package runs on.
PYTHON := /usr/bin/python3
LIBRARIES := python3-boto3 python3-dotenv python3-jsonschema python3-prometheus-client python3-requests python3-systemd
RUN_PACKAGES := ca-certificates python3-venv $(LIBRARIES)
TEST_PACKAGES := $(RUN_PACKAGES) openssl python3-cryptography python3-hypothesis python3-pytest systemd
# What the newest systemd-python is built with.
BUILD_PACKAGES := gcc libsystemd-dev pkg-config python3-dev
CEPH_PACKAGES := ceph-common ceph-mon ceph-osd radosgw
PIP := bin/python -m pip install --quiet --disable-pip-version-check --constraint tools/constraints.txt
PYTEST := .venv/bin/python -m pytest

.PHONY: run test test-newest test-spaces lint bench clean

run: .venv/.run
	.venv/bin/elytra-status demo

test: .venv/.test
	$(PYTEST) -m "not spaces and not system"

# The same tests on the newest libraries of the package index.
test-newest: .venv-newest/.test
	.venv-newest/bin/python -m pytest -m "not spaces and not system"

# The job against a Ceph object gateway over TLS, which is what Spaces runs on.
test-spaces: .venv/.test
	tools/need-packages $(CEPH_PACKAGES)
	ELYTRA_STATUS_REQUIRE_CEPH=1 $(PYTEST) -m spaces tests/spaces

lint: .venv/.lint
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: .venv/.test
	tools/need-packages $(CEPH_PACKAGES)
	.venv/bin/python -m tests.benchmarks

.venv/bin/python:
	tools/need-packages $(RUN_PACKAGES)
	$(PYTHON) -m venv --clear --system-site-packages .venv

.venv/.run: .venv/bin/python setup.py tools/constraints.txt
	tools/need-packages $(RUN_PACKAGES)
	.venv/$(PIP) 'moto[s3]' responses flask flask-cors
	.venv/$(PIP) --no-deps --editable .
	touch $@

.venv/.test: .venv/.run
	tools/need-packages $(TEST_PACKAGES)
	touch $@

.venv/.lint: .venv/.test
	.venv/$(PIP) ruff mypy types-requests
	touch $@

.venv-newest/.test: setup.py tools/constraints.txt
	tools/need-packages $(TEST_PACKAGES) $(BUILD_PACKAGES)
	$(PYTHON) -m venv --clear .venv-newest
	.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --editable '.[demo]' pytest hypothesis cryptography
	touch $@

clean:
	rm -rf .venv .venv-newest build dist deb_dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
