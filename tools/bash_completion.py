# SPDX-License-Identifier: MIT
"""Make the bash completion of elytra-status and elytra from the parser.

(shtab would do, but its version in Debian 12 completes only the first of several words.)
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from elytra_status.demo.demo import SCENARIOS

TEMPLATE = """\
# Made by tools/manual.py. SPDX-License-Identifier: MIT
# bash completion of elytra-status, and of elytra, which hands on to it

_elytra_status() {{
    local word=$2 previous=$3 command= offered= index key
    COMPREPLY=()
    # bash takes --option=value for three words.
    if [[ $word == = ]]; then
        word=
    elif [[ $previous == = ]]; then
        previous=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    for ((index = 1; index < COMP_CWORD; index++)); do
        case ${{COMP_WORDS[index]}} in
            {valued})
                ((index++))
                [[ ${{COMP_WORDS[index]}} == = ]] && ((index++))
                continue ;;
        esac
        key="${{command:+$command }}${{COMP_WORDS[index]}}"
        case $key in
            {commands}) command=$key ;;
        esac
    done
    case "$command:$previous" in
{values}
    esac
    case "$command:$word" in
{options}
{words}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$word")
}}

_elytra() {{
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        local names
        names=$(compgen -c elytra- | sed 's/^elytra-//' | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$names --help --version" -- "$2")
    elif [[ ${{COMP_WORDS[1]}} == status ]]; then
        local previous=$3
        COMP_WORDS=(elytra-status "${{COMP_WORDS[@]:2}}")
        ((COMP_CWORD--))
        ((COMP_CWORD == 1)) && previous=elytra-status
        _elytra_status elytra-status "$2" "$previous"
    fi
}}

complete -F _elytra_status elytra-status
complete -F _elytra elytra
"""
FILES_OF = {"FILE": "-f", "DIRECTORY": "-d"}
WORDS_OF = {"UNIT": ("test", "elytra-status.service", "elytra-status-freshness.service")}


def completion(parser: argparse.ArgumentParser) -> str:
    """Return the completion for a parser with commands."""
    commands, values, options, words = [], [], [], []
    valued: dict[str, None] = {}
    for path, command in _nested(parser):
        commands += [f'"{path}"'] if path else []
        visible = [action for action in command._actions if action.help != argparse.SUPPRESS]
        for action in visible:
            if not action.option_strings or action.nargs == 0:
                continue
            valued.update(dict.fromkeys(action.option_strings))
            cases = "|".join(f'"{path}:{option}"' for option in action.option_strings)
            values.append(f"        {cases}) {_completion_of(action)}; return ;;")
        given = " ".join(option for action in visible for option in action.option_strings)
        options.append(f'        "{path}:-"*) offered="{given}" ;;')
        for action in visible:
            if not action.option_strings and not isinstance(action, argparse._SubParsersAction) and _offers(action):
                words.append(f'        "{path}:"*) {_completion_of(action)}; return ;;')
        names = " ".join(name for action in visible if _is_commands(action) for name in action.choices or ())
        if names:
            words.append(f'        "{path}:"*) offered="{names}" ;;')
    lines = {"values": values, "options": options, "words": words}
    return TEMPLATE.format(
        commands="|".join(commands),
        valued="|".join(valued),
        **{name: "\n".join(line) for name, line in lines.items()},
    )


def _is_commands(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)


def _offers(action: argparse.Action) -> bool:
    return bool(action.choices) or action.metavar in FILES_OF or action.metavar in WORDS_OF


def _completion_of(action: argparse.Action) -> str:
    """Return the command that sets COMPREPLY to the possible values."""
    if action.metavar in FILES_OF:
        kind = FILES_OF[str(action.metavar)]
        return f'compopt -o filenames; mapfile -t COMPREPLY < <(compgen {kind} -- "$word")'
    choices: Iterable[object] = action.choices or WORDS_OF.get(str(action.metavar), ())
    if "--scenario" in action.option_strings:
        choices = (*SCENARIOS, "list")
    return f'mapfile -t COMPREPLY < <(compgen -W "{" ".join(map(str, choices))}" -- "$word")'


def _nested(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every parser, with the words that lead to it."""
    yield path, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from _nested(command, f"{path} {name}".strip())
