# SPDX-License-Identifier: MIT
"""The unit files: valid for systemd without a warning, sandboxed, and consistent with the code and each other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from elytra_status import errors, site_revalidation
from elytra_status.alerts import conditions, dead_man, unit_failures
from elytra_status.settings import DEFAULT_FILE, Settings
from elytra_status.settings.lookup import DIRECTORY_PREFIX, DROP_INS_PREFIX, FILE_CREDENTIAL
from tests.faults.cases import LARGEST_PEAK_MB

UNITS = Path(__file__).parents[2] / "systemd"
SYSUSERS = UNITS / "elytra-status.sysusers"
RUN = UNITS / "elytra-status.service"
FRESHNESS = UNITS / "elytra-status-freshness.service"
ALERT = UNITS / "elytra-status-alert@.service"
SERVICES = (RUN, FRESHNESS, ALERT)
TIMERS = (UNITS / "elytra-status.timer", UNITS / "elytra-status-freshness.timer")
GIVE_UP = UNITS / "give-up"
HAND_OVER = UNITS / "hand-over"
CONTAINER = UNITS / "container.conf"
# How often a failed run is restarted.
RESTARTS = 3
# How systemd-analyze counts: 11 is what it shows as 1.1.
LARGEST_EXPOSURE = 11
# What systemd-analyze security checks, and further options that prevent writing or reading.
HARDENING = (
    "AmbientCapabilities",
    "CapabilityBoundingSet",
    "DevicePolicy",
    "IPAddressDeny",
    "InaccessiblePaths",
    "KeyringMode",
    "LockPersonality",
    "MemoryDenyWriteExecute",
    "NoNewPrivileges",
    "PrivateDevices",
    "PrivateIPC",
    "PrivateMounts",
    "PrivateNetwork",
    "PrivateTmp",
    "PrivateUsers",
    "ProcSubset",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectHome",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "ProtectProc",
    "ProtectSystem",
    "ReadOnlyPaths",
    "RemoveIPC",
    "RestrictAddressFamilies",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "SystemCallArchitectures",
    "SystemCallErrorNumber",
    "SystemCallFilter",
    "UMask",
    "User",
)

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and not os.environ.get("CI"), reason="systemd-analyze is not installed"
)
every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
every_timer = pytest.mark.parametrize("timer", TIMERS, ids=lambda path: path.name)


def values(unit: Path, key: str) -> list[str]:
    """Return every value of a key of the unit, in order."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(key + "=")]


def value(unit: Path, key: str) -> str:
    """Return the one value of a key of the unit."""
    (only,) = values(unit, key)
    return only


def sandbox(service: Path) -> str:
    """Return the lines of a service from the first hardening line on."""
    return service.read_text(encoding="utf-8").partition("# The sandbox.")[2]


def finish(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command; return its status and output."""
    return subprocess.run([os.fspath(word) for word in command], capture_output=True, text=True, check=False)


@pytest.fixture(name="root")
def scratch_root(tmp_path: Path) -> Path:
    """A root with systemd's own units, ours, and empty programs with the names that ours start."""
    own = tmp_path / "etc/systemd/system"
    own.mkdir(parents=True)
    for unit in (*SERVICES, *TIMERS):
        shutil.copy(unit, own)
    theirs = next(path for path in (Path("/usr/lib/systemd/system"), Path("/lib/systemd/system")) if path.is_dir())
    shutil.copytree(theirs, tmp_path / "usr/lib/systemd/system", symlinks=True)
    programs = {word for service in SERVICES for word in started_by(service)}
    for program in programs:
        path = tmp_path / program.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(0o755)
    return tmp_path


def started_by(service: Path) -> list[str]:
    """Return the programs that a service starts."""
    keys = ("ExecCondition", "ExecStart", "ExecStopPost")
    return [command.split()[0].lstrip("+") for key in keys for command in values(service, key)]


def test_no_unit_is_left_out_of_these_tests() -> None:
    assert set(UNITS.iterdir()) == {*SERVICES, *TIMERS, SYSUSERS, GIVE_UP, HAND_OVER, CONTAINER}


@needs_systemd
def test_systemd_has_nothing_to_complain_about(root: Path) -> None:
    units = [unit.name.replace("@.", "@elytra-status.service.") for unit in (*SERVICES, *TIMERS)]
    # The manual page is not installed here.
    result = finish("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", *units)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@needs_systemd
def test_a_wrong_line_would_be_noticed(root: Path) -> None:
    unit = root / "etc/systemd/system" / RUN.name
    unit.write_text(unit.read_text(encoding="utf-8") + "\nPrivateTemp=true\n", encoding="utf-8")
    result = finish("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", RUN.name)
    assert "PrivateTemp" in result.stderr


@needs_systemd
@every_service
def test_exposure_is_at_most_1_1(service: Path) -> None:
    result = finish(
        "systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={LARGEST_EXPOSURE}", service
    )
    assert result.returncode == 0, result.stdout + result.stderr


@needs_systemd
def test_the_user_that_the_services_run_as_is_created(root: Path) -> None:
    result = finish("systemd-sysusers", "--dry-run", f"--root={root}", SYSUSERS)
    assert result.returncode == 0, result.stderr
    assert "Creating user 'elytra-status'" in result.stderr
    assert {value(service, "User") for service in SERVICES} == {"elytra-status"}


@every_service
@pytest.mark.parametrize("key", HARDENING)
def test_each_hardening_line_is_there_or_its_absence_explained(service: Path, key: str) -> None:
    comments = [line for line in service.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert values(service, key) or any(f"{key}=" in comment for comment in comments)


def test_the_services_share_one_sandbox() -> None:
    assert len({sandbox(service) for service in SERVICES}) == 1
    assert len(sandbox(RUN).splitlines()) > len(HARDENING)


@every_service
def test_what_is_relaxed_has_its_reason_above_it(service: Path) -> None:
    lines = service.read_text(encoding="utf-8").splitlines()
    relaxed = ("RestrictAddressFamilies=", "SystemCallFilter=@", "ProtectSystem=", "SupplementaryGroups=", "ReadOnly")
    for number, line in enumerate(lines):
        if line.startswith(relaxed):
            assert lines[number - 1].startswith("#"), line


@every_service
def test_only_the_state_directory_can_be_written(service: Path) -> None:
    assert value(service, "StateDirectory") == "elytra-status"
    # Others may pass through to public/, but not list the directory.
    assert value(service, "StateDirectoryMode") == "0711"
    assert value(service, "UMask") == "0077"
    assert not values(service, "ReadWritePaths")


@pytest.mark.parametrize("service", [RUN, FRESHNESS], ids=lambda path: path.name)
def test_settings_and_secrets_are_handed_over_as_the_code_expects_them(service: Path) -> None:
    assert values(service, "LoadCredential") == [
        f"{FILE_CREDENTIAL}:{DEFAULT_FILE}",
        f"{DROP_INS_PREFIX.rstrip('_')}:{DEFAULT_FILE.parent}/conf.d",
        f"{DIRECTORY_PREFIX.rstrip('_')}:{DEFAULT_FILE.parent}/credentials",
    ]


def test_only_an_alert_starts_without_settings_and_secrets_as_it_may_report_their_lack() -> None:
    # A credential whose file is missing would prevent the alert from starting.
    assert not values(ALERT, "LoadCredential")
    copying = {service: values(service, "ExecStart")[0].split()[1:] for service in SERVICES}
    assert copying == {RUN: ["%n"], FRESHNESS: ["%n"], ALERT: ["--present", "%n"]}


@every_service
def test_copies_of_the_settings_end_with_the_service(service: Path) -> None:
    assert value(service, "EnvironmentFile") == "-/run/elytra-status-settings/%n.environment"
    assert f"+/usr/libexec/elytra-status/{HAND_OVER.name} --end %n" in values(service, "ExecStopPost")


def test_in_a_container_everything_that_needs_a_namespace_can_be_left_out() -> None:
    """Only the units are checked here: tests on booted systems try what a container refuses."""
    in_namespaces = re.compile(r"(Private|Protect)\w+|ProcSubset|ReadOnlyPaths|InaccessiblePaths")
    used = {line.partition("=")[0] for line in sandbox(RUN).splitlines() if in_namespaces.match(line)}
    lines = [line for line in CONTAINER.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert lines[0] == "[Service]"
    assert {line.partition("=")[0] for line in lines[1:]} == used | {"LoadCredential"}
    assert {line.partition("=")[2] for line in lines[1:]} == {"", "false", "default", "all"}


@every_service
def test_memory_is_limited_to_more_than_the_worst_server_takes(service: Path) -> None:
    size = value(service, "MemoryMax")
    megabytes = int(size[:-1]) * {"M": 1, "G": 1024}[size[-1]]
    assert LARGEST_PEAK_MB < megabytes <= 1024


@every_service
def test_a_hung_service_ends(service: Path) -> None:
    assert value(service, "Type") == "oneshot"
    assert int(value(service, "TimeoutStartSec")) > 0


def test_the_run_and_its_notifications_end_by_themselves_before_systemd_ends_them() -> None:
    that_it_works_again = unit_failures.LOCK_SECONDS_AFTER_A_RUN + unit_failures.SECONDS_AFTER_A_RUN
    how_all_stands = conditions.LOCK_SECONDS + conditions.SECONDS
    # The request to the website is sent at the same time.
    told = max(that_it_works_again + how_all_stands, site_revalidation.SECONDS)
    longest = Settings().run_deadline_seconds + told + dead_man.SECONDS
    # What is left is for the start of Python and its end.
    assert int(value(RUN, "TimeoutStartSec")) >= longest + 5


def test_a_passing_fault_is_mended_within_a_minute() -> None:
    assert value(RUN, "Restart") == "on-failure"
    assert 0 < RESTARTS * int(value(RUN, "RestartSec")) <= 60
    assert values(RUN, "ExecStopPost")[0] == f"+/usr/libexec/elytra-status/{GIVE_UP.name} %n"


@pytest.mark.parametrize(
    ("result", "counted", "stops"),
    [
        ("success", "3", False),
        ("exit-code", "0", False),
        ("exit-code", str(RESTARTS - 1), False),
        ("exit-code", str(RESTARTS), True),
        ("exit-code", str(RESTARTS + 1), True),
        ("signal", str(RESTARTS), True),
        ("exit-code", "", True),
        ("exit-code", "[not set]", True),
    ],
)
def test_a_lasting_fault_is_given_up(result: str, counted: str, stops: bool, tmp_path: Path) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\n[ "$1" = stop ] || echo "{counted}"\n', "utf-8")
    systemctl.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SERVICE_RESULT": result}
    subprocess.run([GIVE_UP, RUN.name], env=environment, check=False, capture_output=True)
    called = tmp_path / "called"
    assert (f"stop --no-block {RUN.name}\n" in (called.read_text("utf-8") if called.exists() else "")) == stops


@every_service
def test_no_start_is_one_too_many(service: Path) -> None:
    # Neither an activation of the timer nor a later start by hand.
    assert value(service, "StartLimitIntervalSec") == "0"


def test_there_is_no_second_try_where_it_would_fail_again() -> None:
    prevented = value(RUN, "RestartPreventExitStatus").split()
    assert {str(status) for status in (errors.USAGE, errors.REFUSED, errors.UNREADABLE, errors.SETTINGS)} <= set(
        prevented
    )
    passing = (errors.UNAVAILABLE, errors.INTERNAL, errors.LOCKED)
    assert not {str(status) for status in passing} & set(prevented)


@every_service
def test_being_stopped_is_no_failure_and_every_status_of_ours_is(service: Path) -> None:
    assert value(service, "SuccessExitStatus").split() == ["143", "SIGTERM"]
    assert not {143, 128 + 15} & set(errors.EXIT_STATUSES)


def test_each_failure_raises_one_alert_and_an_alert_none() -> None:
    for service in (RUN, FRESHNESS):
        assert value(service, "OnFailure") == "elytra-status-alert@%n.service"
    assert not values(ALERT, "OnFailure")
    assert not values(ALERT, "Restart")
    assert values(ALERT, "ExecStart")[-1] == "/usr/bin/elytra-status alert %i"
    assert "auto-restart" in value(ALERT, "ExecCondition")


@every_service
def test_services_are_started_by_timers_and_failures_alone(service: Path) -> None:
    assert "[Install]" not in service.read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", [*SERVICES, *TIMERS], ids=lambda path: path.name)
def test_each_unit_says_what_it_is_and_where_to_read_on(unit: Path) -> None:
    assert value(unit, "Description")
    assert value(unit, "Documentation") == "man:elytra-status(8)"
    assert unit.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: MIT\n")


@every_timer
def test_timers_keep_their_times(timer: Path) -> None:
    assert value(timer, "OnCalendar")
    for key in ("OnUnitActiveSec", "OnUnitInactiveSec"):
        assert not values(timer, key)
    assert value(timer, "FixedRandomDelay") == "true"
    assert value(timer, "AccuracySec") == "1s"
    assert timer.with_suffix(".service").exists()


def test_a_missed_run_is_made_up_for() -> None:
    assert value(TIMERS[0], "OnCalendar") == "*:0/10"
    assert value(TIMERS[0], "Persistent") == "true"


def test_there_is_a_run_within_two_minutes_of_boot() -> None:
    assert int(value(TIMERS[0], "OnBootSec")) + int(value(TIMERS[0], "RandomizedDelaySec")) <= 115


def test_only_what_needs_it_has_the_rights_of_root() -> None:
    for service in SERVICES:
        lines = service.read_text(encoding="utf-8").splitlines()
        privileged = [line for line in lines if re.match(r"Exec\w+=[-:@|]*[+!]", line)]
        programs = {line.split()[0].rpartition("/")[2] for line in privileged}
        assert programs == ({GIVE_UP.name, HAND_OVER.name} if service == RUN else {HAND_OVER.name})
