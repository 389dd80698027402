# SPDX-License-Identifier: MIT
"""Several sources of one kind: how their settings are written, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status import sources
from elytra_status.decision import policy
from elytra_status.demo.replay import ReplayServer
from elytra_status.model import Facts
from elytra_status.run import private_terms
from elytra_status.run.assess import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import DEFINITIONS, Loaded, WrongSettingsError, load, parts
from elytra_status.settings.definitions import OF_KIND
from elytra_status.settings.show import settings_table
from elytra_status.system.clock import SystemClock
from tests.conftest import API_KEY

TWO = """
SOURCES=uptime_kuma,uptime_kuma:office
UPTIME_KUMA_URL=https://kuma.example.com
MONITOR_IDS=1,2
OFFICE_UPTIME_KUMA_URL=https://office.example.com
OFFICE_UPTIME_KUMA_API_KEY=uk1_planted
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Loaded]:
    def do(content: str, **environment: str) -> Loaded:
        file = tmp_path / "settings.conf"
        file.write_text(content)
        file.chmod(0o600)
        return load(file, environment)

    return do


Read = Callable[..., Loaded]


def test_each_source_has_settings_of_its_own(read: Read) -> None:
    loaded = read(TWO)
    first, second = parts(loaded.settings, "uptime_kuma")
    assert first == ("uptime_kuma", loaded.settings)
    assert first[1].uptime_kuma_api_key is None
    assert second[0] == "uptime_kuma:office"
    assert second[1].uptime_kuma_url == "https://office.example.com"
    assert second[1].uptime_kuma_api_key is not None
    # What it does not set is not taken from the other one: ids mean other monitors there.
    assert (first[1].monitor_ids, second[1].monitor_ids) == ((1, 2), ())
    assert [source.name for source in sources.configured(loaded.settings)] == ["uptime_kuma", "uptime_kuma:office"]
    assert not loaded.warnings


def test_environment_and_credentials_count_before_the_file_for_them_too(read: Read, tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/credentials_office_uptime_kuma_api_key").write_text("uk1_of-the-credential\n")
    loaded = read(
        TWO,
        OFFICE_UPTIME_KUMA_STATUS_PAGE="main",
        UNRELATED_VARIABLE="x",
        CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"),
    )
    (_, (_, office)) = parts(loaded.settings, "uptime_kuma")
    assert office.uptime_kuma_status_page == "main"
    assert office.uptime_kuma_api_key is not None
    assert office.uptime_kuma_api_key.reveal() == "uk1_of-the-credential"
    assert loaded.origins["OFFICE_UPTIME_KUMA_STATUS_PAGE"] == "environment"


def test_they_are_shown_without_secrets_and_guarded(read: Read) -> None:
    loaded = read(TWO)
    shown = settings_table(loaded)
    assert "OFFICE_UPTIME_KUMA_URL" in shown
    assert "uk1_planted" not in shown
    assert "uk1_planted" not in repr(loaded)
    private = private_terms.private(loaded.settings, ())
    assert private.secrets["OFFICE_UPTIME_KUMA_API_KEY"] == "uk1_planted"
    assert {"kuma.example.com", "office.example.com"} <= private.hosts


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("SOURCES=nagios\n", ":1: SOURCES names a kind of source that does not exist. Choose among "),
        ("SOURCES=uptime kuma\n", ":1: SOURCES is not a list of sources"),
        ("SOURCES=uptime_kuma:Office\n", ":1: SOURCES is not a list of sources"),
        (
            "SOURCES=uptime_kuma\n",
            ":1: SOURCES names uptime_kuma, but UPTIME_KUMA_URL is not set. Set ",
        ),
        ("SOURCES=uptime_kuma:a\n", ":1: SOURCES names uptime_kuma:a, but A_UPTIME_KUMA_URL is not set. Set"),
        (
            "SOURCES=uptime_kuma:a\nA_UPTIME_KUMA_URL=https://a.example\nA_MONITOR_IDS=x\n",
            ":3: A_MONITOR_IDS is not a list of monitor ids",
        ),
        (
            "SOURCES=uptime_kuma:a\nA_MONITOR_IDS=1\n",
            ":2: A_MONITOR_IDS is set without A_UPTIME_KUMA_URL",
        ),
        (
            "SOURCES=uptime_kuma:a\nA_UPTIME_KUMA_URL=https://a.example\nA_MONITOR_IDS=1\nA_CRITICAL_MONITOR_IDS=2\n",
            ":4: A_CRITICAL_MONITOR_IDS names a monitor that A_MONITOR_IDS does not name. Add it to A_MONITOR_IDS.",
        ),
    ],
)
def test_a_fault_is_shown_with_the_whole_name_and_its_line(read: Read, content: str, fault: str) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        read(content)
    assert any(fault in one for one in map(str, caught.value.faults)), caught.value.faults


def test_what_nobody_asks_for_is_a_warning(read: Read) -> None:
    loaded = read("OLD_UPTIME_KUMA_URL=https://old.example\n")
    (warning,) = map(str, loaded.warnings)
    assert ":1: OLD_UPTIME_KUMA_URL is for uptime_kuma:old, which SOURCES does not name; it is ignored." in warning
    loaded = read(TWO.replace("SOURCES=uptime_kuma,", "SOURCES="))
    assert [name for name, _ in parts(loaded.settings, "uptime_kuma")] == ["uptime_kuma:office"]
    assert any(
        "UPTIME_KUMA_URL is set, but SOURCES does not name uptime_kuma" in one for one in map(str, loaded.warnings)
    )


def test_an_older_name_is_taken_with_a_warning(read: Read) -> None:
    loaded = read("SOURCES=uptime_kuma:a\nA_UPTIME_KUMA_METRICS_URL=https://a.example/metrics\n")
    assert parts(loaded.settings, "uptime_kuma")[0][1].uptime_kuma_url == "https://a.example"
    assert "A_UPTIME_KUMA_METRICS_URL is an older name. Write A_UPTIME_KUMA_URL" in str(loaded.warnings[0])


def test_their_monitors_are_judged_together_and_one_that_fails_makes_its_own_unknown(
    read: Read, start_kuma: Callable[..., ReplayServer]
) -> None:
    first, second = start_kuma("v2.5.3", "all-up"), start_kuma("v1.23.17", "all-up")
    content = f"""
SOURCES=uptime_kuma,uptime_kuma:office
UPTIME_KUMA_URL={first.url}
UPTIME_KUMA_API_KEY={API_KEY}
UPTIME_KUMA_STATUS_PAGE=elytra
OFFICE_UPTIME_KUMA_URL={second.url}
OFFICE_UPTIME_KUMA_STATUS_PAGE=elytra
"""
    settings = read(content).settings
    seen = assess(settings, SystemClock(), SavedState(), confirming=False)
    keys = {monitor.key.rpartition(":")[0] for report in seen.reports for monitor in report.monitors}
    assert keys == {"uptime_kuma", "uptime_kuma:office"}
    assert seen.decision.status.value == "operational"
    second.__exit__(None, None, None)
    without = assess(settings, SystemClock(), seen.saved_state, confirming=False)
    assert without.decision.status.value == "unknown"
    assert policy.decide(Facts(SystemClock().now(), without.reports[:1]), policy.Rules()).status.value == "operational"


def test_a_source_whose_setting_would_be_another_one_is_refused(read: Read) -> None:
    """CRITICAL_MONITOR_IDS is a setting of uptime_kuma, and would be MONITOR_IDS of uptime_kuma:critical."""
    values = "CRITICAL_UPTIME_KUMA_URL=https://k.example\nCRITICAL_UPTIME_KUMA_STATUS_PAGE=main\n"
    with pytest.raises(WrongSettingsError) as raised:
        read(f"SOURCES=uptime_kuma:critical\n{values}")
    (fault,) = map(str, raised.value.faults)
    assert "SOURCES names uptime_kuma:critical, whose CRITICAL_MONITOR_IDS is also the name of another setting" in fault
    assert "Give uptime_kuma:critical another name" in fault
    kept = read("SOURCES=prometheus:critical\nCRITICAL_PROMETHEUS_URL=https://p.example\n").settings
    assert parts(kept, "prometheus")[0][1].prometheus_url == "https://p.example"


def test_several_kinds_have_connectivity_url_and_each_source_with_a_name_its_own(read: Read) -> None:
    shared = read(
        "PROMETHEUS_URL=https://p.example\nPROBE_URLS=https://a.example/\nSYSTEMD_UNITS=nginx\n"
        "CONNECTIVITY_URL=https://outside.example/\n"
    )
    assert shared.warnings == []
    addresses = {source.name: source.connectivity_url for source in sources.configured(shared.settings)}
    outside = "https://outside.example"
    assert addresses == {"prometheus": outside, "systemd_units": None, "probes": outside}
    both = read(
        "SOURCES=prometheus,prometheus:shop,probes:shop,better_stack:shop\nCONNECTIVITY_URL=https://one.example\n"
        "PROMETHEUS_URL=https://p.example\nSHOP_PROMETHEUS_URL=https://q.example\nSHOP_PROBE_URLS=https://a.example/\n"
        "SHOP_BETTER_STACK_TOKEN=token\nSHOP_CONNECTIVITY_URL=https://two.example\n"
    )
    assert both.warnings == []
    assert {source.name: source.connectivity_url for source in sources.configured(both.settings)} == {
        "prometheus": "https://one.example",
        "prometheus:shop": "https://two.example",
        "probes:shop": "https://two.example",
        "better_stack:shop": "https://two.example",
    }


def test_connectivity_url_of_a_source_that_does_not_use_it_is_warned_of(read: Read) -> None:
    (warning,) = read(
        "SOURCES=systemd_units:shop\nSHOP_SYSTEMD_UNITS=nginx\nSHOP_CONNECTIVITY_URL=https://two.example\n"
    ).warnings
    assert "SHOP_CONNECTIVITY_URL is for uptime_kuma:shop or prometheus:shop" in warning.problem
    with pytest.raises(WrongSettingsError) as raised:
        read("SYSTEMD_UNITS=nginx\nCONNECTIVITY_URL=https://outside.example\n")
    assert "CONNECTIVITY_URL is set without UPTIME_KUMA_URL or PROMETHEUS_URL or" in str(raised.value.faults[0])


def test_every_source_of_monitors_but_units_of_this_machine_has_connectivity_url(read: Read) -> None:
    starts = {
        "UPTIME_KUMA_URL": "https://k.example",
        "UPTIME_KUMA_STATUS_PAGE": "main",
        "PROMETHEUS_URL": "https://p.example",
        "BETTER_STACK_TOKEN": "a-token",
        "GATUS_URL": "https://g.example",
        "HEALTHCHECKS_API_KEY": "a-key",
        "PROBE_URLS": "https://a.example/",
    }
    assert {OF_KIND[kind][0].name for kind in OF_KIND} - starts.keys() == {"SYSTEMD_UNITS"}
    lines = "".join(f"{name}={value}\n" for name, value in starts.items())
    settings = read(f"{lines}CONNECTIVITY_URL=https://outside.example\n").settings
    found = {source.name: source.connectivity_url for source in sources.configured(settings)}
    assert found == dict.fromkeys(OF_KIND.keys() - {"systemd_units"}, "https://outside.example")


def test_a_fault_of_another_kind_names_that_kind_alone(read: Read) -> None:
    with pytest.raises(WrongSettingsError) as raised:
        read("SOURCES=prometheus:office\nOFFICE_PROMETHEUS_URL=https://p.example\nMONITOR_IDS=3\n")
    (fault,) = map(str, raised.value.faults)
    assert fault.endswith("MONITOR_IDS is set without UPTIME_KUMA_URL. Set UPTIME_KUMA_URL.")
    assert "OFFICE" not in fault


@pytest.mark.parametrize("word", sorted({one.name.partition("_")[0].lower() for one in DEFINITIONS}))
@pytest.mark.parametrize("kind", OF_KIND)
def test_a_setting_has_one_meaning_or_the_name_is_refused(read: Read, kind: str, word: str) -> None:
    """The first words of all settings are the names by which two could meet."""
    with pytest.raises(WrongSettingsError) as raised:  # its first setting is missing at the least
        read(f"SOURCES={kind}:{word}\n")
    has_one_meaning = len(raised.value.origins) == len(DEFINITIONS) + len(OF_KIND[kind])
    assert has_one_meaning != any("another name." in fault for fault in map(str, raised.value.faults))
