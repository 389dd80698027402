# SPDX-License-Identifier: MIT
"""Texts of persons in several languages: at the prompt, in the settings, and in the documents of each language."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors
from elytra_status.announcements import store
from elytra_status.commands import editor
from elytra_status.settings import Settings, WrongSettingsError
from tests.in_process import run_command

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
Run = Callable[..., int]
# The only secret of these settings, which no text may hold.
SECRET = "hooks.slack.com/services/T0123456/B0123456/abcdefghijklmnopqrstuvwx"
NOTE = ("override", "set", "--status", "degraded", "--until", "2h", "--note", "We repair a disk.")
WINDOW = ("maintenance", "add", "--until", "2h", "--text", "The database moves.", "--title", "New database")


def settings_of(make: Make, **more: object) -> Settings:
    given = {
        "COMPONENTS": "Websites: 1; Mail: 2",
        "LANGUAGE": "en",
        "PAGE_LANGUAGE": "en,de,fr",
        "SLACK_WEBHOOK_URL": f"https://{SECRET}",
    }
    return make(**given | more)


@pytest.fixture
def run(tmp_path: Path, make_settings: Make) -> Run:
    """Runs a command; the page is English, German and French, and all else is English."""
    settings_of(make_settings)
    return lambda *words: run_command(tmp_path, *words)


def shown(directory: Path, name: str) -> str:
    return (directory / "public" / name).read_text("utf-8")


def notices(directory: Path) -> list[str]:
    found: list[dict[str, Any]] = json.loads(shown(directory, "status.json"))["notices"]
    return [one["text"] for one in found]


def test_a_note_is_on_the_page_of_each_language(run: Run, tmp_path: Path) -> None:
    assert run(*NOTE, "--note.de", "Wir tauschen eine Festplatte.") == 0
    assert notices(tmp_path) == ["We repair a disk."]
    for name in ("index.html", "fr/index.html"):
        assert "We repair a disk." in shown(tmp_path, name)
        assert "Festplatte" not in shown(tmp_path, name)
    assert "Wir tauschen eine Festplatte." in shown(tmp_path, "de/index.html")
    assert "We repair a disk." not in shown(tmp_path, "de/index.html")
    # The next run reads it from the file.
    assert run("run") == 0
    assert "Wir tauschen eine Festplatte." in shown(tmp_path, "de/index.html")


def test_commands_that_show_announcements_show_each_language(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*NOTE, "--note.de", "Wir tauschen eine Festplatte.") == 0
    assert run(*WINDOW, "--text.de", "Die Datenbank zieht um.", "--title.de", "Neue Datenbank") == 0
    words = ("--title", "Mail is late", "--title.fr", "Courrier en retard", "--text.de", "Wir sehen nach.")
    assert run("incident", "open", "--text", "We look.", *words) == 0
    capsys.readouterr()
    assert run("override", "show") == run("maintenance", "list") == run("incident", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    for line in (
        "    de: Wir tauschen eine Festplatte.",
        "    de: Neue Datenbank / Die Datenbank zieht um.",
        "    fr: Courrier en retard",
        "    de: Wir sehen nach.",
    ):
        assert lines.count(line) == 1


def test_the_language_of_all_documents_has_its_text_and_others_keep_theirs(
    run: Run, make_settings: Make, tmp_path: Path
) -> None:
    settings_of(make_settings, LANGUAGE="de")
    assert run(*NOTE, "--note.de", "Wir tauschen eine Festplatte.") == 0
    assert notices(tmp_path) == ["Wir tauschen eine Festplatte."]
    assert "Festplatte" in shown(tmp_path, "de/index.html")
    assert "We repair a disk." in shown(tmp_path, "index.html")


def test_an_incident_has_titles_and_texts_for_languages(run: Run, tmp_path: Path) -> None:
    words = ("--title", "Mail is late", "--title.de", "E-Mail verspätet", "--title.fr", "Courrier en retard")
    assert run("incident", "open", "--text", "We look.", "--text.de", "Wir sehen nach.", *words) == 0
    (found,) = store.read(tmp_path).incidents
    name = f"incidents/{found.identifier}.html"
    assert "E-Mail verspätet" in shown(tmp_path, "de/index.html")
    assert "Wir sehen nach." in shown(tmp_path, f"de/{name}")
    assert "Courrier en retard" in shown(tmp_path, "fr/index.html")
    assert "We look." in shown(tmp_path, f"fr/{name}")
    assert notices(tmp_path) == ["We look."]
    assert "Mail is late" in shown(tmp_path, "index.html")
    assert run("incident", "update", found.identifier, "--text", "A disk.", "--text.fr", "Un disque.") == 0
    assert "Un disque." in shown(tmp_path, "fr/index.html")
    assert "A disk." in shown(tmp_path, "de/index.html")
    # A new title is not shown with an old translation.
    assert run("incident", "update", found.identifier, "--title", "Mail is lost", "--title.de", "E-Mail verloren") == 0
    assert "E-Mail verloren" in shown(tmp_path, "de/index.html")
    assert "Mail is lost" in shown(tmp_path, "fr/index.html")
    assert run("incident", "update", found.identifier, "--title.fr", "Courrier perdu") == 0
    assert "E-Mail verloren" in shown(tmp_path, "de/index.html")
    assert "Courrier perdu" in shown(tmp_path, "fr/index.html")
    assert run("incident", "resolve", found.identifier, "--text", "Done.", "--text.de", "Erledigt.") == 0
    assert "Erledigt." in shown(tmp_path, f"de/{name}")
    assert "Done." in shown(tmp_path, f"fr/{name}")


def test_maintenance_has_titles_and_texts_for_languages(run: Run, tmp_path: Path) -> None:
    words = ("--text.de", "Die Datenbank zieht um.", "--title.de", "Neue Datenbank")
    assert run(*WINDOW, "--from", "3h", *words) == 0
    german = shown(tmp_path, "de/index.html")
    assert "Die Datenbank zieht um." in german
    assert "Neue Datenbank" in german
    assert "New database" not in german
    assert "The database moves." in shown(tmp_path, "fr/index.html")
    assert notices(tmp_path) == ["Planned maintenance: The database moves."]


def test_the_texts_of_maintenance_can_be_corrected_and_translations_removed(run: Run, tmp_path: Path) -> None:
    words = ("--text.de", "Die Datenbank zieht um.", "--title.de", "Neue Datenbank", "--title.fr", "Base")
    assert run(*WINDOW, "--from", "3h", *words) == 0
    (window,) = store.read(tmp_path).maintenance
    update = ("maintenance", "update", window.identifier)
    assert run(*update, "--title.de", "", "--text.fr", "La base.") == 0
    german = shown(tmp_path, "de/index.html")
    assert "New database" in german
    assert "Neue Datenbank" not in german
    assert "Die Datenbank zieht um." in german
    assert "La base." in shown(tmp_path, "fr/index.html")
    assert run(*update, "--title", "New server", "--title.de", "Neuer Server") == 0
    (found,) = store.read(tmp_path).maintenance
    assert (found.title, found.titles) == ("New server", (("de", "Neuer Server"),))
    assert (found.since, found.text, found.changes) == (window.since, window.text, 2)
    assert "SEQUENCE:2" in shown(tmp_path, "calendar.ics")
    # A new text is not shown with old translations.
    assert run(*update, "--text", "It moves.") == 0
    assert "It moves." in shown(tmp_path, "de/index.html")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ((), errors.USAGE, "there is no text; nothing was changed. Give --text or --title"),
        (("--text", ""), errors.USAGE, "--text is empty"),
        (("--title", f"See {SECRET}"), errors.REFUSED, "--title: nothing was changed"),
        (("--text.de", f"Siehe {SECRET}"), errors.REFUSED, "--text.de: nothing was changed"),
    ],
)
def test_a_correction_of_maintenance_that_cannot_be_published_is_refused(
    words: tuple[str, ...], status: int, message: str, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*WINDOW, "--from", "3h") == 0
    before = store.read(tmp_path)
    assert run("maintenance", "update", before.last_identifier, *words) == status
    assert message in capsys.readouterr().err
    assert store.read(tmp_path) == before
    assert run("maintenance", "update", "2025-01-01-9", "--text", "x") == errors.USAGE
    assert "there is no maintenance with this ID" in capsys.readouterr().err


def test_a_template_has_fields_for_languages(run: Run, make_settings: Make, tmp_path: Path) -> None:
    settings_of(make_settings, INCIDENT_TEMPLATES=tmp_path / "templates")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/mail").write_text(
        "Title: Mail is late\nTitle.de: E-Mail verspätet\nText.de: Wir sehen nach.\n\nWe look.\n", "utf-8"
    )
    assert run("incident", "open", "--template", "mail", "--title.fr", "Courrier en retard") == 0
    assert "Wir sehen nach." in shown(tmp_path, "de/index.html")
    assert "E-Mail verspätet" in shown(tmp_path, "de/index.html")
    assert "Courrier en retard" in shown(tmp_path, "fr/index.html")


def write_template(make: Make, directory: Path, **more: object) -> None:
    settings_of(make, INCIDENT_TEMPLATES=directory / "templates", **more)
    (directory / "templates").mkdir()
    (directory / "templates/net").write_text(
        "Title: Net slow\nTitle.de: Netz langsam\nText.de: Wir sehen nach.\n\nWe look.\n", "utf-8"
    )


def test_typed_texts_have_no_translations_of_a_template(run: Run, make_settings: Make, tmp_path: Path) -> None:
    write_template(make_settings, tmp_path)
    assert run("incident", "open", "--template", "net", "--title", "Mail is down", "--text", "The network works.") == 0
    page = shown(tmp_path, "de/index.html")
    assert "Mail is down" in page
    assert "The network works." in page
    assert "Netz langsam" not in page
    assert "Wir sehen nach." not in page


def test_an_empty_translation_leaves_out_that_of_a_template(run: Run, make_settings: Make, tmp_path: Path) -> None:
    write_template(make_settings, tmp_path)
    assert run("incident", "open", "--template", "net", "--title.de", "", "--text.de", "") == 0
    page = shown(tmp_path, "de/index.html")
    assert "Net slow" in page
    assert "We look." in page
    (found,) = store.read(tmp_path).incidents
    assert (found.titles, found.updates[0].texts) == ((), ())


def test_a_wrong_translation_of_a_title_can_be_removed(run: Run, make_settings: Make, tmp_path: Path) -> None:
    words = ("--title", "Mail is late", "--title.de", "E-Mail verloren", "--title.fr", "Courrier en retard")
    assert run("incident", "open", "--text", "We look.", *words) == 0
    (found,) = store.read(tmp_path).incidents
    assert run("incident", "update", found.identifier, "--title.de", "") == 0
    assert "Mail is late" in shown(tmp_path, "de/index.html")
    assert "verloren" not in shown(tmp_path, "de/index.html")
    assert "Courrier en retard" in shown(tmp_path, "fr/index.html")
    # Also that of a language which is not published any more.
    settings_of(make_settings, PAGE_LANGUAGE="en,de")
    assert run("incident", "update", found.identifier, "--title.fr", "") == 0
    (found,) = store.read(tmp_path).incidents
    assert (found.title, found.titles, len(found.updates)) == ("Mail is late", (), 1)


def test_a_title_whose_line_is_removed_in_the_editor_is_removed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--title", "Mail is late", "--title.de", "E-Mail verloren", "--title.fr", "Courrier en retard")
    assert run("incident", "open", "--text", "We look.", *words) == 0
    (found,) = store.read(tmp_path).incidents
    monkeypatch.setattr(editor, "can_ask", lambda: True)
    written = "Title: Mail is late\nTitle.fr: \nTitle.de: E-Mail verspätet\n\nA disk.\n"
    monkeypatch.setattr(editor, "edited", lambda text: nullcontext(written))
    assert run("incident", "update", found.identifier) == 0
    (found,) = store.read(tmp_path).incidents
    assert found.titles == (("de", "E-Mail verspätet"),)
    monkeypatch.setattr(editor, "edited", lambda text: nullcontext("Title: Mail is late\n\nThe disk.\n"))
    assert run("incident", "update", found.identifier) == 0
    (found,) = store.read(tmp_path).incidents
    assert (found.title, found.titles) == ("Mail is late", ())


def test_a_postmortem_has_texts_for_languages(
    run: Run, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("incident", "open", "--text", "We look.", "--phase", "resolved") == 0
    (found,) = store.read(tmp_path).incidents
    words = ("--text", "A disk was full.", "--text.de", "Eine Platte war voll.\n\nSiehe relay.example.net.")
    secret = ("--text", "A disk was full.", "--text.de", f"Siehe {SECRET}")
    assert run("incident", "postmortem", found.identifier, *secret) == errors.REFUSED
    assert run("incident", "postmortem", found.identifier, *words) == 0
    assert "    de: Eine Platte war voll. Siehe relay.example.net." in capsys.readouterr().out
    name = f"incidents/{found.identifier}.html"
    assert "A disk was full." in shown(tmp_path, name)
    assert "A disk was full." in shown(tmp_path, f"fr/{name}")
    assert "Eine Platte war voll." in shown(tmp_path, f"de/{name}")
    assert "A disk was full." not in shown(tmp_path, f"de/{name}")
    settings_of(make_settings, SMTP_HOST="relay.example.net", SMTP_FROM="a@example.org", ALERT_EMAIL_TO="b@example.org")
    assert run("run") == 0
    assert "A disk was full." in shown(tmp_path, f"de/{name}")
    assert "relay" not in shown(tmp_path, f"de/{name}")


def test_a_template_serves_a_machine_with_fewer_languages(run: Run, make_settings: Make, tmp_path: Path) -> None:
    write_template(make_settings, tmp_path, PAGE_LANGUAGE="en,fr")
    assert run("incident", "open", "--template", "net") == 0
    assert "Net slow" in shown(tmp_path, "fr/index.html")
    (found,) = store.read(tmp_path).incidents
    assert found.titles == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((*NOTE, "--note.ja", "復旧中"), "--note.ja is for a language that no document has. Add ja to PAGE_LANGUAGE"),
        ((*NOTE, "--note.de", " "), "--note.de is empty"),
        ((*NOTE, "--note.de", "x\u202ey"), "--note.de holds a character that changes the direction"),
        ((*NOTE, "--note.de", "x" * 501), "--note.de has 501 characters"),
        ((*WINDOW, "--title.fr", "t" * 121), "--title.fr has 121 characters"),
        (("incident", "open", "--text.de", "x", "--title", "y"), "there is no text"),
        (("incident", "open", "--text", "x", "--title.de", ""), "--title.de is empty"),
        (("incident", "open", "--text", "x", "--text.de", ""), "--text.de is empty"),
        (
            ("incident", "resolve", "x", "--text.de", "y"),
            "without the plain text. Give --text too, for all other documents",
        ),
    ],
)
def test_a_text_that_no_reader_could_get_is_refused(
    words: tuple[str, ...], message: str, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == errors.USAGE
    assert message in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ((*NOTE, "--note.fr"), "--note.fr"),
        ((*WINDOW, "--text.de"), "--text.de"),
        ((*WINDOW, "--title.de"), "--title.de"),
        (("incident", "open", "--text", "x", "--text.de"), "--text.de"),
        (("incident", "open", "--text", "x", "--title.fr"), "--title.fr"),
    ],
)
def test_a_secret_is_refused_in_the_text_of_every_language(
    words: tuple[str, ...], option: str, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, f"Voir {SECRET}") == errors.REFUSED
    assert f"{option}: nothing was changed" in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()


def test_a_text_that_becomes_private_is_withheld_in_its_language_alone(
    run: Run, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*NOTE, "--note.de", "Siehe relay.example.net.", "--note.fr", "Un disque.") == 0
    assert "relay" in shown(tmp_path, "de/index.html")
    settings_of(make_settings, SMTP_HOST="relay.example.net", SMTP_FROM="a@example.org", ALERT_EMAIL_TO="b@example.org")
    assert run("run") == 0
    assert "the note of the override in de is withheld from the public" in capsys.readouterr().err
    assert "We repair a disk." in shown(tmp_path, "de/index.html")
    assert "Un disque." in shown(tmp_path, "fr/index.html")
    for path in (tmp_path / "public").rglob("*"):
        assert path.is_dir() or b"relay" not in path.read_bytes(), path


def test_a_private_text_in_a_language_that_is_not_published_is_withheld_once_it_is(
    run: Run, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*NOTE, "--note.de", "Siehe relay.example.net.", "--note.fr", "Un disque.") == 0
    private = {"SMTP_HOST": "relay.example.net", "SMTP_FROM": "a@example.org", "ALERT_EMAIL_TO": "b@example.org"}
    capsys.readouterr()
    for languages, is_named in (("en,fr", False), ("en,de,fr", True)):
        settings_of(make_settings, PAGE_LANGUAGE=languages, **private)
        assert run("run") == 0
        assert ("withheld" in capsys.readouterr().err) is is_named
        assert "Un disque." in shown(tmp_path, "fr/index.html")
    assert "We repair a disk." in shown(tmp_path, "de/index.html")
    assert "relay" not in shown(tmp_path, "de/index.html")


def test_descriptions_and_groups_have_texts_for_languages(run: Run, make_settings: Make, tmp_path: Path) -> None:
    settings_of(
        make_settings,
        COMPONENT_DESCRIPTIONS="Websites: Sites of all clients",
        COMPONENT_GROUPS="Hosting services: Websites",
        **{
            "COMPONENT_DESCRIPTIONS.de": "Websites: Seiten aller Kunden",
            "COMPONENT_GROUPS.de": "Hosting-Dienste: Websites",
        },
    )
    assert run("run") == 0
    german, french = shown(tmp_path, "de/index.html"), shown(tmp_path, "fr/index.html")
    assert "Seiten aller Kunden" in german
    assert "Hosting-Dienste" in german
    assert "Sites of all clients" in french
    assert "Hosting services" in french
    assert "Kunden" not in shown(tmp_path, "index.html")


def test_a_description_of_no_component_is_a_fault_that_names_its_language(make_settings: Make) -> None:
    with pytest.raises(WrongSettingsError) as raised:
        settings_of(make_settings, **{"COMPONENT_DESCRIPTIONS.de": "DNS: Namen"})
    (fault,) = raised.value.faults
    assert "COMPONENT_DESCRIPTIONS.de names a component that COMPONENTS does not name" in str(fault)
