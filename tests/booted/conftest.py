# SPDX-License-Identifier: MIT
"""Booted machines, the archive from which they install, and the servers that they use.

ELYTRA_STATUS_DIST   where `make deb` has put the package, if not in dist/ ELYTRA_STATUS_ROOTS  where roots are kept
from session to session; they get no updates
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from elytra_status import __version__
from elytra_status.demo.replay import ReplayServer
from tests.booted import administrator as admin
from tests.booted.machine import Machine, copy_of, enter, kept_root, obstacles
from tests.booted.outside import DOMAIN, ORIGIN, PAGE, Archive, Outside, archive_server, free_port, mail_server, network
from tests.booted.releases import SUITES
from tests.ceph_gateway import CephGateway, missing_packages
from tests.conftest import recording
from tests.needs import need
from tests.packaging import workshop
from tests.packaging.conftest import CACHE, skip_out_of_reach

HERE = Path(__file__).resolve().parent
DIST = Path(os.environ.get("ELYTRA_STATUS_DIST", HERE.parents[1] / "dist"))
# A version that is newer than all others.
LATER = "99.0.0"
# Timers with FixedRandomDelay= derive their delay from this: here the run's is two seconds, where it could be a minute.
MACHINE_ID = "4085ac2855e8c1c30a43471ec3ed0ade"
# The tests of this module and of those behind it take about as long as those of the others.
SECOND_HALF = "test_secrets_stay"
_addresses = count(10)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Make two groups of the tests of each release for xdist. They mostly wait."""
    for item in items:
        if item.path.is_relative_to(HERE) and config.pluginmanager.hasplugin("xdist"):
            parameters = item.callspec.params if hasattr(item, "callspec") else {}
            half = "first" if item.path.stem < SECOND_HALF else "second"
            item.add_marker(pytest.mark.xdist_group(f"{parameters.get('suite', SUITES[0])}-{half}"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Show the units and the journal of the machines with a failure."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    values = [*getattr(item, "funcargs", {}).values()]
    values += [machine for value in values for machine in getattr(value, "machines", {}).values()]
    for machine in {id(value): value for value in values if isinstance(value, Machine)}.values():
        try:
            report.sections.append((f"The machine {machine.name}", admin.state_of_things(machine)))
        except Exception as error:
            report.sections.append((f"The machine {machine.name} does not say", repr(error)))


@pytest.fixture(scope="session")
def able() -> None:
    """Skip a test if no machine can be booted; fail it if one must be."""
    missing = [*obstacles(), *(f"{package} is not installed" for package in missing_packages())]
    missing += [f"{program} is missing" for program in ("ip", "gpg", "apt-ftparchive") if not shutil.which(program)]
    missing += [] if find_spec("aiosmtpd") else ["python3-aiosmtpd is not installed"]
    need(*missing)


@pytest.fixture(scope="session")
def package() -> Path:
    """The package as `make deb` has built it."""
    found = DIST / f"elytra-status_{__version__}-1_all.deb"
    if not found.exists():
        pytest.fail(f"there is no {found}: make deb", pytrace=False)
    return found


@pytest.fixture(scope="session")
def later_package(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same package with a later version."""
    return workshop.with_version(package, LATER, tmp_path_factory.mktemp("later"))


@pytest.fixture(scope="session")
def outside(able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """A network with Uptime Kuma, object storage and a mail server."""
    with ExitStack() as stack:
        own = stack.enter_context(network())
        directory = tmp_path_factory.mktemp("ceph")
        gateway = stack.enter_context(CephGateway(directory, host=own.address, domain=DOMAIN))
        key = f"uk1_{secrets.token_urlsafe(30)}"
        port = free_port(own.address)
        kuma = stack.enter_context(
            ReplayServer(recording("v2.5.3", "all-up"), api_key=key, host=own.address, port=port)
        )
        login = ("elytra-status", secrets.token_urlsafe(18))
        mailbox = stack.enter_context(mail_server(own.address, gateway, login))
        yield Outside(own, gateway, kuma, mailbox, login)


@pytest.fixture(scope="session")
def archive(outside: Outside, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The signed repository as `make repo` makes it, on a web server."""
    directory = tmp_path_factory.mktemp("archive")
    packages = directory / "packages"
    packages.mkdir()
    shutil.copy(package, packages)
    with archive_server(outside.network.address, directory / "repository") as archive:
        workshop.publish(packages, archive.directory, archive.url)
        yield archive


@pytest.fixture(scope="session")
def later_archive(archive: Archive, later_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same repository after the later version was added to it: the directory to serve."""
    directory = tmp_path_factory.mktemp("later-archive")
    shutil.copytree(archive.directory, directory / "repository")
    # It is signed with the same key.
    shutil.copy(archive.directory.with_name("repository-trial-key.asc"), directory)
    workshop.publish(later_package.parent, directory / "repository", archive.url)
    return directory / "repository"


@pytest.fixture(scope="session", params=SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    """Debian 12 and Debian 13."""
    return str(request.param)


@pytest.fixture(scope="session")
def root(able: None, suite: str, package: Path) -> Path:
    """A root with the dependencies of the package and nothing more. It must not be changed."""
    skip_out_of_reach(suite)
    return kept_root(suite, packages_for(package), cache=CACHE)


def packages_for(package: Path) -> list[str]:
    """Return the dependencies of a package by name, the first one of alternatives."""
    relation = workshop.debian_package.field(package, "Depends")
    return sorted({re.split(r"[\s:|(]", part.strip())[0] for part in relation.split(",")})


@contextmanager
def booted(copy: Path, outside: Outside, options: Sequence[str] = ()) -> Iterator[Machine]:
    """Boot a copy of a root on the network of the servers, with further options for systemd-nspawn."""
    address = f"{outside.network.prefix}.{next(_addresses)}"
    link = "[Match]\nName=host0\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    (copy / "etc/systemd/network/10-outside.network").write_text(f"{link}Address={address}/24\n")
    (copy / "etc/machine-id").write_text(f"{MACHINE_ID}\n")
    (copy / "etc/hostname").write_text("status-host\n")
    (copy / "etc/hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n{address} status-host\n{outside.hosts}")
    bridge = f"--network-bridge={outside.network.bridge}"
    with Machine(copy, options=[bridge, "--resolv-conf=off", *options]) as machine:
        yield machine


@contextmanager
def machine_of(root: Path, directory: Path, outside: Outside) -> Iterator[Machine]:
    """Boot a copy of a root that has no network yet, and let it trust the authority of the servers."""
    with copy_of(root, directory) as copy:
        # All dependencies are installed already, so apt needs only our archive.
        for sources in (copy / "etc/apt/sources.list", *(copy / "etc/apt/sources.list.d").iterdir()):
            sources.unlink(missing_ok=True)
        enter(copy, "systemctl enable systemd-networkd.service")
        with booted(copy, outside) as machine:
            admin.trust(machine, outside.gateway.ca_file)
            yield machine


@contextmanager
def machine_of_image(image: Path, directory: Path, outside: Outside, *options: str) -> Iterator[Machine]:
    """Boot a copy of the image as if apt had just installed the package, with options for systemd-nspawn."""
    with copy_of(image, directory) as copy:
        (copy / admin.STAMP.lstrip("/")).touch()
        with booted(copy, outside, options) as machine:
            yield machine


@pytest.fixture(scope="module")
def fresh(root: Path, outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine that never had the package."""
    with machine_of(root, tmp_path_factory.mktemp("machine") / "copy", outside) as machine:
        yield machine


@pytest.fixture(scope="module")
def installed_by_apt(fresh: Machine, archive: Archive) -> Machine:
    """The machine with the package installed, without settings."""
    admin.add_archive(fresh, archive)
    admin.apt(fresh, "install elytra-status")
    return fresh


@pytest.fixture(scope="session")
def image(root: Path, outside: Outside, archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root of a machine after apt has installed the package and before its first run. It must not be changed.

    Tests of other things than the installation begin here. A test in test_fresh_install.py compares both.
    """
    with machine_of(root, tmp_path_factory.mktemp("image") / "copy", outside) as machine:
        admin.put_activations_off(machine)
        admin.add_archive(machine, archive)
        admin.apt(machine, "install elytra-status")
        machine.stop()
        for directory in (machine.root / "etc/systemd/system").glob("elytra-status*.d"):
            shutil.rmtree(directory)
        yield machine.root


@pytest.fixture(scope="module")
def installed(image: Path, outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with the package installed, without settings."""
    with machine_of_image(image, tmp_path_factory.mktemp("machine") / "copy", outside) as machine:
        yield machine


@pytest.fixture
def without_activations(installed: Machine) -> Iterator[Machine]:
    """The machine with its timers' activations put off, and nothing under way."""
    admin.put_activations_off(installed)
    yield installed
    admin.remove_drop_ins(installed)


@dataclass(frozen=True)
class Buckets:
    """The buckets that a machine uses."""

    status: str
    backups: str


@pytest.fixture(scope="module")
def buckets(outside: Outside, suite: str) -> Buckets:
    """A new bucket for the status of a machine, and one that contains a backup of now.

    Machines of two releases would notice each other in one bucket, so each `suite` has its own.
    """
    made = Buckets(f"status-{secrets.token_hex(6)}", f"backups-{secrets.token_hex(6)}")
    owner = outside.gateway.client(outside.gateway.owner)
    for bucket in (made.status, made.backups):
        owner.create_bucket(Bucket=bucket)
    outside.gateway.grant_publishing(made.status)
    outside.gateway.grant_reading(made.backups)
    owner.put_object(Bucket=made.backups, Key="nightly/client/dump.sql.gz", Body=b"not really a backup")
    return made


@pytest.fixture(scope="module")
def settings(outside: Outside, buckets: Buckets) -> dict[str, object]:
    """The settings of the operations guide, for the servers of the network."""
    publisher, reader = outside.gateway.publisher, outside.gateway.reader
    return {
        "UPTIME_KUMA_URL": outside.kuma_url,
        "UPTIME_KUMA_API_KEY": outside.kuma.api_key,
        "UPTIME_KUMA_STATUS_PAGE": PAGE,
        # The recorded answers do not change, so waiting longer is pointless.
        "CONFIRM_AFTER_SECONDS": 1,
        "SPACES_ENDPOINT": outside.storage_url,
        "SPACES_REGION": "nyc3",
        "SPACES_ACCESS_KEY": publisher.access_key,
        "SPACES_SECRET_KEY": publisher.secret_key,
        "STATUS_BUCKET": buckets.status,
        "STATUS_URL": f"{outside.storage_url}/{buckets.status}/status.json",
        "CORS_ORIGINS": ORIGIN,
        "BACKUP_BUCKET": buckets.backups,
        "BACKUP_PREFIX": "nightly/",
        "BACKUP_GROUPS": "prefix",
        "BACKUP_ACCESS_KEY": reader.access_key,
        "BACKUP_SECRET_KEY": reader.secret_key,
        "BACKUP_POLICY": "Nightly backups, 7-day retention, off-site object storage.",
        "SMTP_HOST": f"mail.{DOMAIN}",
        "SMTP_PORT": outside.mailbox.port,
        "SMTP_USER": outside.smtp_login[0],
        "SMTP_PASSWORD": outside.smtp_login[1],
        "SMTP_FROM": "elytra-status@example.com",
        "ALERT_EMAIL_TO": "admin@example.com",
    }


@pytest.fixture
def configured(installed: Machine, settings: dict[str, object], outside: Outside) -> Iterator[Machine]:
    """The machine with all settings, its timers stopped, no failure and no mail sent yet."""
    # In this order: otherwise systemd would catch up on an activation that was put off.
    admin.rest(installed)
    admin.remove_drop_ins(installed)
    installed.run(f"rm -f {admin.STATE}/conditions.json {admin.STATE}/freshness.json")
    admin.write_settings(installed, settings)
    outside.mailbox.mails.clear()
    outside.mailbox.raw.clear()
    outside.kuma.requests.clear()
    yield installed
    admin.rest(installed)
    admin.remove_drop_ins(installed)
