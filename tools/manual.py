# SPDX-License-Identifier: MIT
"""Write the manual pages and the bash completion from the program itself.

    python3 tools/manual.py DIRECTORY [--date @SECONDS]

Commands and options come from the parser, settings from their definitions, exit statuses from the one
table, units from their files. Run in the source tree.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TREE))

from bash_completion import completion  # noqa: E402

from elytra_status import __version__  # noqa: E402
from elytra_status.cli import build_parser  # noqa: E402
from elytra_status.elytra import USAGE_TEXT  # noqa: E402
from elytra_status.errors import EXIT_STATUSES  # noqa: E402
from elytra_status.settings import DEFINITIONS  # noqa: E402

PROGRAM = "elytra-status"
PURPOSE = "publish whether a hosting platform works"
COMMON = ("--config", "--state-directory")
# A command with more options than this, such as setup, has them described below its name and not in its synopsis.
MOST_OPTIONS = 6

DESCRIPTION = """\
`elytra-status` polls Uptime Kuma or another monitoring system, checks the age of the backups, decides by fixed rules
whether the platform is operational, degraded or in outage, and publishes a small `status.json`, a page and other
documents to a bucket or a directory. It publishes "unknown" for what it does not know.

A timer starts a run every ten minutes. A second timer checks every five minutes that what visitors get exists, and is
valid, fresh and readable from a browser. Without settings, a run publishes "unknown" to
`/var/lib/elytra-status/public/` and sends nothing out.

A run validates every document against a schema, and searches it for secrets and private names, before it publishes. A
text that holds something private is withheld, and the rest is published. If something private is found elsewhere,
nothing is published, and the last good documents stay. After that, the run reads back what it has published."""

UNITS_TEXT = """\
`systemctl start elytra-status.service` publishes at once. `systemctl status elytra-status.service` shows in its Status
line what the last run decided, and what to set next. `systemctl list-timers 'elytra-status*'` shows when the next runs
start, and `journalctl -u elytra-status.service` shows the journal. The fields of each entry begin with ELYTRA_STATUS_.

A run that fails is started again up to three times within a minute, unless it would end in the same way. If it still
fails, or if the freshness check fails, a notification is sent, and the timer starts the next run. A start by hand is
never refused.

The first run after boot starts within two minutes. The installation of the package enables and starts the timers, but
no service. An upgrade stops a run that is under way; the timer starts the next run."""

FILES = (
    ("/etc/elytra-status/elytra-status.conf", "The settings, see `elytra-status.conf(5)`. Only root can read it."),
    (
        "/etc/elytra-status/conf.d/",
        "Further files of settings, NAME.conf, read after elytra-status.conf in the order of their names.",
    ),
    ("/etc/elytra-status/conf.d/50-setup.conf", "The settings that `elytra-status setup` has written, except secrets."),
    ("/etc/elytra-status/credentials/", "Secrets, one in each file. Only root can read them."),
    (
        "/var/lib/elytra-status/",
        "State and saved state. It belongs to the user elytra-status, and is removed when the package is purged.",
    ),
    (
        "/var/lib/elytra-status/announcements.json",
        "Announcements: overrides, maintenance and incidents, with author and time. They are kept for 400 days after"
        " they are over. While this file cannot be read, nothing is published.",
    ),
    (
        "/var/lib/elytra-status/accepted-monitors.json",
        "The missing monitors that administrators have accepted as removed, with author and time.",
    ),
    (
        "/var/lib/elytra-status/retired-groups.json",
        "The backup groups that administrators have retired, with name, author and time.",
    ),
    (
        "/var/lib/elytra-status/history.sqlite",
        "The history of each monitor, for HISTORY_DAYS, and of the status. It holds the names of monitors. A damaged"
        " file is set aside as history.sqlite.damaged-TIME, and a new file is begun.",
    ),
    (
        "/var/lib/elytra-status/status.prom",
        "The last publication, for the textfile collector of Prometheus' node_exporter.",
    ),
    ("/var/lib/elytra-status/public/", "The published documents if no bucket is set. A web server can serve them."),
    (
        "/usr/share/doc/elytra-status/examples/",
        "A sample that explains every setting, and configuration of nginx and Caddy that serves the documents.",
    ),
    (
        "/usr/share/doc/elytra-status/docs/",
        "The guides. runbook.md.gz is ordered by symptom and by message; zless shows it.",
    ),
    ("/usr/share/elytra-status/schema/", "The JSON Schema of status.json."),
)

SIGNALS = (
    (
        "SIGTERM",
        "The run ends at once and removes its temporary files. The last publication stays. An upload that has begun is"
        " complete or has no effect.",
    ),
    ("SIGINT", "The same, with exit status 130."),
)

ENVIRONMENT = (
    ("CREDENTIALS_DIRECTORY", "The directory of the credentials of a service. Settings are read from it first."),
    ("STATE_DIRECTORY", "The state directory. --state-directory overrides it."),
    ("Any setting", "A variable with the name of a setting overrides the settings files."),
)

FORMAT = """\
The settings of `elytra-status(8)`. All of them are optional. A setting that is missing, commented out or empty has its
default value.

Each line has the form KEY=value; KEY may be in upper or lower case. Empty lines and lines that begin with # are
ignored, and so is the rest of a line after a space and #. Put a value that contains a #, or that begins or ends with a
space, in single or double quotes. In double quotes, a backslash keeps the next character as it is. Commas separate the
items of a list.

elytra-status uses the first of these that sets the setting: a systemd credential with the name of the setting in lower
case, an environment variable with the name of the setting in upper case, the last of the files `conf.d/NAME.conf` that
sets it, and this file. An empty value, also of a variable, means the default. An empty credential is ignored, with a
warning.
No upgrade changes any of these files, except that an elytra-status.conf of 0.1.0 that nobody has edited is replaced by
the short version. `elytra-status config show` prints every setting with its value and origin. `elytra-status config
check` finds all faults at once, with line, cause and remedy. An unknown key is a warning that names the most similar
key.

The services do not read these files themselves: systemd reads them as root and hands them over as credentials. Create
them with mode 0640, so that only root can read them. The next run uses a change; nothing needs to be restarted."""

CLOCK = """\
Each run compares this machine's clock with the `Date` of the servers that answered and with the highest time in
saved state. While the clock is off by more than five minutes, a run publishes `unknown` with the servers' time,
forgets nothing, ends nothing and writes nothing to the history. If no server shows the time, the run publishes nothing
and ends with status 69. Commands that change an announcement, and
`elytra-status backups retire`, are refused with status 69 and show what visitors see.
Once a server confirms the clock, a run removes what an earlier release has dated in the future. To set the clock:
`timedatectl set-ntp true`. If the clock is right and saved state is not: `elytra-status state accept`."""

CREDENTIALS = """\
You can put secrets into this file. Instead, you can keep each secret in a file of its own, or encrypt it. Both override
this file."""

CREDENTIALS_FILES = """\
A file in `/etc/elytra-status/credentials/` with the name of the setting in lower case. A newline at its end
is ignored."""

CREDENTIALS_FILES_EXAMPLE = """\
# (umask 077; cat > /etc/elytra-status/credentials/spaces_secret_key)"""

ENCRYPTED = """\
`systemd-creds(1)` encrypts a secret, so that a copy of the disk does not reveal it: the secret is bound to this
machine, and to its TPM if there is one. Encrypt it under the name of the setting in lower case:"""

ENCRYPTED_MAKE = """\
# mkdir -p -m 0700 /etc/elytra-status/encrypted
# systemd-ask-password -n | systemd-creds encrypt --name=spaces_secret_key \\
      - /etc/elytra-status/encrypted/spaces_secret_key"""

ENCRYPTED_NAMES = """\
Then name it in a drop-in for the services that need it: the job, and the services whose names begin with
elytra-status-:"""

ENCRYPTED_DROP_IN = """\
# cd /etc/systemd/system
# mkdir -p elytra-status.service.d elytra-status-.service.d
# cat > elytra-status.service.d/encrypted.conf
[Service]
LoadCredentialEncrypted=spaces_secret_key:/etc/elytra-status/encrypted/spaces_secret_key
# cp elytra-status.service.d/encrypted.conf elytra-status-.service.d/
# systemctl daemon-reload"""

ENCRYPTED_END = """\
Commands that root runs decrypt the secrets that `LoadCredentialEncrypted=` of the job names with an absolute path, as
above. They cannot read secrets that reach the job in another way: `elytra-status config check` and `doctor` then say
what they have not checked, and a command that needs such a secret ends with status 78.

Purging the package removes the secrets in this file and in both directories, but no drop-ins."""

EXAMPLE_SETTINGS = """\
UPTIME_KUMA_URL=https://kuma.example.com
UPTIME_KUMA_API_KEY=uk1_...
UPTIME_KUMA_STATUS_PAGE=main
SPACES_ENDPOINT=https://nyc3.digitaloceanspaces.com
SPACES_REGION=nyc3
SPACES_ACCESS_KEY=DO00...
SPACES_SECRET_KEY=...
STATUS_BUCKET=example-status
STATUS_URL=https://status.example.com/status.json
BACKUP_BUCKET=example-backups"""


def escape(text: str) -> str:
    """Return text that roff prints verbatim."""
    text = text.replace("\\", "\\e").replace("--", "\\-\\-")
    text = re.sub(r"[^\x00-\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", text)
    return "\n".join(f"\\&{line}" if line[:1] in ("'", ".") else line for line in text.split("\n"))


def literal(text: str) -> str:
    """Return text to be typed: its dashes are minus signs."""
    return re.sub(r"(?<!\\)-", r"\\-", escape(text))


def bold(text: str) -> str:
    """Return text in bold."""
    return f"\\fB{literal(text)}\\fR"


def italic(text: str) -> str:
    """Return text in italics."""
    return f"\\fI{literal(text)}\\fR"


def prose(text: str) -> str:
    """Return paragraphs: `so` is bold, name(8) is a reference.

    An empty line separates paragraphs.
    """
    paragraphs = []
    for paragraph in text.split("\n\n"):
        parts = re.split(r"`([^`]+)`", " ".join(paragraph.split()))
        words = "".join(bold(part) if number % 2 else escape(part) for number, part in enumerate(parts))
        paragraphs.append(re.sub(r"\\fB([\w.\\-]+)(\(\d\))\\fR", r"\\fB\1\\fR\2", words))
    return "\n.PP\n".join(paragraphs)


def entry(term: str, *meaning: str) -> str:
    """Return a term with its meaning, indented."""
    return "\n".join((".TP", term, *meaning))


def example(text: str) -> str:
    """Return lines to type, as a block."""
    return f".PP\n.RS 4\n.EX\n{literal(text)}\n.EE\n.RE"


def section(title: str, *parts: str) -> str:
    """Return a section of a page."""
    return "\n".join((f".SH {title}", *parts))


def entries(rows: tuple[tuple[str, str], ...]) -> str:
    """Return names with their meanings."""
    return "\n".join(entry(bold(name), prose(meaning)) for name, meaning in rows)


def page(name: str, number: int, purpose: str, date: str, *sections: str) -> str:
    """Return a whole page, beginning with its NAME."""
    head = [
        '.\\" Made by tools/manual.py. SPDX-License-Identifier: MIT',
        f'.TH {literal(name.upper())} {number} "{date}" "{PROGRAM} {__version__}"',
        ".nr HY 0",
        ".ad l",
        section("NAME", f"{literal(name)} \\- {escape(purpose)}"),
    ]
    return "\n".join([*head, *sections]) + "\n"


def subcommands(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Yield every command and subcommand that can be called, with its purpose."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            help_of = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, command in action.choices.items():
                if command.get_default("do"):
                    yield command, help_of.get(name, "")
                yield from subcommands(command)


def own_actions(command: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the arguments of a command, without those that all commands have."""
    return [
        action
        for action in command._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        and not set(action.option_strings) & set(COMMON)
        and action.help != argparse.SUPPRESS
    ]


def value_name(action: argparse.Action) -> str:
    """Return the placeholder for the value of an option or argument, '' without one."""
    if action.nargs == 0:
        return ""
    if action.choices and not action.option_strings:
        return "|".join(bold(str(choice)) for choice in action.choices)
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    return italic(name.upper().replace("_", "-"))


def written(action: argparse.Action) -> str:
    """Return an option with its short form and value, or an argument."""
    value = value_name(action)
    if not action.option_strings:
        return value
    return ", ".join(bold(option) for option in action.option_strings) + (f" {value}" if value else "")


def optional(action: argparse.Action) -> str:
    """Return an option or argument, in brackets unless it is required."""
    needed = action.required if action.option_strings else action.nargs not in ("?", "*")
    return written(action) if needed else f"[{written(action)}]"


def arguments(command: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the arguments of a command.

    Options that exclude each other are in one pair of brackets.
    """
    own = own_actions(command)
    if sum(bool(action.option_strings) for action in own) > MOST_OPTIONS:
        yield f"[{italic('OPTION')}...]"
        own = [action for action in own if action.required or not action.option_strings]
    together = [group for group in command._mutually_exclusive_groups if set(group._group_actions) & set(own)]
    for action in own:
        group = next((group for group in together if action in group._group_actions), None)
        if group is None:
            yield optional(action) + repeated(action)
        elif action is group._group_actions[0]:
            choices = " | ".join(written(one) + repeated(one) for one in group._group_actions)
            yield f"{{{choices}}}" if group.required else f"[{choices}]"


def repeated(action: argparse.Action) -> str:
    """Return the dots for an argument that may be repeated."""
    return "..." if action.nargs == "*" or isinstance(action, argparse._AppendAction) else ""


def synopsis(command: argparse.ArgumentParser) -> str:
    """Return a command with its arguments, as the head of its entry."""
    return " ".join([bold(command.prog), *arguments(command)])


def calls(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the synopsis of each command, with line breaks only between arguments."""
    common = [optional(action) for action in parser._actions if set(action.option_strings) & set(COMMON)]
    commands = [(command.prog, arguments(command)) for command, _purpose in subcommands(parser)]
    forms = [(PROGRAM, iter((*common, italic("COMMAND"), "\\&..."))), *commands]
    for prog, taken in forms:
        yield f'.SY "{literal(prog)}"'
        yield from (one.replace(" ", "\\ ") for one in taken)
        yield ".YS"
    yield f'.SY "{PROGRAM.replace("-", chr(92) + "-")}"'
    yield f"{bold('--help')} | {bold('--version')}"
    yield ".YS"


def command_entries(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield each command with its purpose and its options."""
    for command, purpose in subcommands(parser):
        yield entry(synopsis(command), prose(purpose[:1].upper() + purpose[1:] + "."))
        described = [action for action in own_actions(command) if action.help]
        if described:
            yield ".RS"
            yield from (entry(written(action), prose(_sentence(action.help))) for action in described)
            yield ".RE"


def _sentence(text: str | None) -> str:
    """Return text as a sentence.

    If its first word ends with a colon, it is the subject of the rest and stays as it is.
    """
    words = (text or "").strip()
    if not words.partition(" ")[0].endswith(":"):
        words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "?", "!")) else f"{words}."


def common_options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the options of every command."""
    for action in parser._actions:
        if set(action.option_strings) & set(COMMON):
            yield entry(written(action), prose(_sentence(action.help)))
    yield entry(bold("--help"), "Print the arguments of a command.")
    yield entry(bold("--version"), "Print the version.")


def units() -> Iterator[str]:
    """Yield each unit with its description."""
    for path in sorted((TREE / "systemd").glob("*.[st]*")):
        described = re.search(r"^Description=(.+)$", path.read_text("utf-8"), re.MULTILINE)
        if described:
            yield entry(bold(path.name), prose(_sentence(described[1].replace("%i", "another one"))))


def examples(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the example of each command."""
    for command, purpose in subcommands(parser):
        if command.epilog and command.epilog.startswith("example: "):
            words = _sentence(purpose.partition(":")[0]).removesuffix(".")
            yield f"{prose(words)}:\n{example('$ ' + command.epilog.removeprefix('example: '))}"


ANNOUNCING = """\
Announcements by `override`, `maintenance` and `incident` are published at once. As root, and with the state directory
of the service, the command starts the service and ends with the result of its run. Otherwise the command runs the job
itself. The name of the author is saved, but never published.

A text is one line of at most 500 characters, a title of at most 120. A postmortem may have paragraphs, and 10,000
characters. `incident open`, `update` and `postmortem` open `$VISUAL` or `$EDITOR` if they are run at a terminal and no
text is given. Templates, see INCIDENT_TEMPLATES= in `elytra-status.conf(5)`, have the same form: the lines Title:,
Phase:, Impact: and Component:, each optional, an empty line, and the text.

If a text holds the name of a monitor or backup group, a secret, or an
address, it is refused, and nothing is changed.

WHEN is a duration (`2h`, `90m`, `1d`, `1d12h`) or a time with its zone (`2025-11-10T18:00Z`,
`2025-11-10T19:00+01:00`). A time without a zone is refused.

A confirmed outage opens an incident by itself, see INCIDENTS= in `elytra-status.conf(5)`."""


def program_page(date: str) -> str:
    """Return elytra-status(8)."""
    parser = build_parser()
    statuses = tuple((str(status), f"{_sentence(meaning)}") for status, meaning in EXIT_STATUSES.items())
    return page(
        PROGRAM,
        8,
        PURPOSE,
        date,
        section("SYNOPSIS", *calls(parser)),
        section("DESCRIPTION", prose(DESCRIPTION)),
        section("COMMANDS", *command_entries(parser)),
        section("ANNOUNCEMENTS", prose(ANNOUNCING)),
        section("OPTIONS", "Every command takes these, before or after its name:", *common_options(parser)),
        section("UNITS", *units(), ".PP", prose(UNITS_TEXT)),
        section("CLOCK", prose(CLOCK)),
        section("EXIT STATUS", entries(statuses)),
        section("SIGNALS", entries(SIGNALS)),
        section("ENVIRONMENT", entries(ENVIRONMENT)),
        section("FILES", entries(FILES)),
        section("EXAMPLES", "\n.PP\n".join(examples(parser))),
        section("SEE ALSO", prose("`elytra-status.conf(5)`, `elytra(1)`, `systemctl(1)`, `journalctl(1)`")),
    )


def settings() -> Iterator[str]:
    """Yield each setting with its description."""
    for definition in DEFINITIONS:
        if definition.section:
            yield f".SS {definition.section}"
        kind = f"{definition.kind.hint[:1].upper()}{definition.kind.hint[1:]}."
        default = definition.default_text
        shown = f"Default: {bold(default)}{_stop(default)}" if default else f"Default: {prose(definition.unset)}."
        meaning = [prose(definition.meaning), shown, *([prose(definition.change)] if definition.change else [])]
        facts = [prose(kind)]
        if definition.example and definition.example != default:
            facts.append(f"Example: {bold(definition.example)}{_stop(definition.example)}")
        if definition.former_names:
            facts.append(f"Older name: {', '.join(map(bold, definition.former_names))}.")
        yield entry(f"{bold(definition.name)}=", *meaning, ".br", *facts)


def _stop(text: str) -> str:
    return "" if text.endswith(".") else "."


def settings_page(date: str) -> str:
    """Return elytra-status.conf(5)."""
    return page(
        f"{PROGRAM}.conf",
        5,
        "settings of elytra-status",
        date,
        section("SYNOPSIS", "\n.br\n".join(bold(name) for name, _meaning in FILES[:3])),
        section("DESCRIPTION", prose(FORMAT)),
        section("SETTINGS", *settings()),
        section(
            "CREDENTIALS",
            prose(CREDENTIALS),
            ".SS One file for each",
            prose(CREDENTIALS_FILES),
            example(CREDENTIALS_FILES_EXAMPLE),
            ".SS Encrypted",
            prose(ENCRYPTED),
            example(ENCRYPTED_MAKE),
            ".PP",
            prose(ENCRYPTED_NAMES),
            example(ENCRYPTED_DROP_IN),
            ".PP",
            prose(ENCRYPTED_END),
        ),
        section("FILES", entries(FILES[:3])),
        section(
            "EXAMPLES",
            "Uptime Kuma, a bucket for the status and a bucket with backups. All else has its default value:",
            example(EXAMPLE_SETTINGS),
        ),
        section("SEE ALSO", prose("`elytra-status(8)`, `systemd-creds(1)`, `systemd.exec(5)`")),
    )


def elytra_page(date: str) -> str:
    """Return elytra(1)."""
    forms = (
        f"{bold('elytra')} {italic('NAME')} [{italic('ARGUMENTS')}]",
        f"{bold('elytra')} {bold('--help')} | {bold('--version')}",
    )
    return page(
        "elytra",
        1,
        "call a command of the Elytra platform",
        date,
        section("SYNOPSIS", "\n.br\n".join(forms)),
        section(
            "DESCRIPTION",
            f"Calls {bold('elytra-')}{italic('NAME')} with the arguments, from the directory of {bold('elytra')} "
            f"itself or from {bold('PATH')}.",
            ".PP",
            prose(
                "If another package has a command of this name, that command stays: see `update-alternatives(1)`."
                " You can always call the commands by their full names."
            ),
        ),
        section("EXIT STATUS", "The exit status of the command; 64 if there is no command of that name."),
        section(
            "EXAMPLES",
            "The status of the platform, as it would be published:",
            example("$ " + USAGE_TEXT.rpartition("for example: ")[2]),
        ),
        section("SEE ALSO", prose("`elytra-status(8)`")),
    )


def main() -> None:
    """Write all pages and the completion."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", type=Path, metavar="DIRECTORY", help="write the files here")
    parser.add_argument("--date", default=f"@{time.time():.0f}", metavar="@SECONDS", help="date of the pages")
    options = parser.parse_args()
    date = time.strftime("%Y-%m-%d", time.gmtime(int(options.date.removeprefix("@"))))
    files = {
        "elytra-status.8": program_page(date),
        "elytra-status.conf.5": settings_page(date),
        "elytra.elytra-status.1": elytra_page(date),
        "completions/elytra-status": completion(build_parser()),
    }
    for name, text in files.items():
        (options.directory / name).parent.mkdir(parents=True, exist_ok=True)
        (options.directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
