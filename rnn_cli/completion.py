"""What the shell offers when a person presses Tab, and the few lines that teach bash, zsh and fish to ask for it.

The shell calls `rnn` with _RNN_COMPLETE set and the words up to the cursor as arguments. The first line of the answer
says whether names of files fit as well; each further line is a candidate and, after a tab, what it means.
"""

import os
from pathlib import Path
from typing import Any

from rnn_cli.choices import LISTS, choices_known, choices_of
from rnn_cli.errors import InputError
from rnn_cli.files import remove_leftovers, write_atomically
from rnn_cli.paths import INPUTS, OUTPUTS

Candidate = tuple[str, str]
"""A word, and what it means."""

FILES, WORDS = "files", "words"

BASH = r"""# Completion of rnn for bash.
_rnn_complete() {
    local line kind=''
    COMPREPLY=()
    while IFS= read -r line; do
        if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("${line%%$'\t'*}"); fi
    done < <(_RNN_COMPLETE=bash "${COMP_WORDS[0]}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ "$kind" = files ]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")
    fi
}
complete -F _rnn_complete rnn
"""

ZSH = r"""#compdef rnn
# Completion of rnn for zsh.
_rnn_complete() {
    local -a lines described
    local line
    lines=("${(@f)$(_RNN_COMPLETE=zsh ${(Q)words[1]} "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    for line in "${(@)lines[2,-1]}"; do
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    compset -P '--*='
    (( $#described )) && _describe -V 'rnn' described -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}'
    [[ $lines[1] == files ]] && _files
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _rnn_complete rnn
"""

FISH = r"""# Completion of rnn for fish.
function __rnn_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (env _RNN_COMPLETE=fish $words[1] $words[2..-1] 2>/dev/null)
    test (count $lines) -gt 1; and printf '%s\n' $lines[2..-1]
    test "$lines[1]" = files; and __fish_complete_path (commandline -ct)
end
complete -c rnn -f -a '(__rnn_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def answer(words: list[str]) -> str:
    """What fits in the place of the last of the words, as the shell reads it."""
    kind, found = candidates(words)
    option = words[-1].partition("=")[0] + "=" if words and words[-1].startswith("--") and "=" in words[-1] else ""
    if os.environ.get("_RNN_COMPLETE") == "fish":  # the other shells complete what stands behind the sign
        found = [(option + word, says) for word, says in found]
    lines = [kind, *(f"{word}\t{' '.join(says.split())}" for word, says in found)]
    return "\n".join(lines) + "\n"


def candidates(words: list[str]) -> tuple[str, list[Candidate]]:
    """Whether names of files fit, and the words that do."""
    import typer

    from rnn_cli.app import COMMANDS, COMPLETION, app

    group: Any = typer.main.get_command(app)
    options = [(name, one.help or "") for one in group.params for name in one.opts]
    options += [("--help", "Show this message and exit.")]
    *before, word = _joined(words) or [""]
    while before and before[0].startswith("-"):
        if before.pop(0) in COMPLETION and not (before and before[0].startswith("-")):
            if not before and not word.startswith("-"):
                return WORDS, _starting(word, [(shell, "") for shell in SCRIPTS])
            del before[:1]
    if not before and word.startswith("-"):
        return WORDS, _starting(word, options)
    helped = before[:1] == ["help"]
    before = before[helped:]
    if not before:
        helps = [] if helped else [("help", "What a command does, and its options.")]
        return WORDS, _starting(word, [*COMMANDS.items(), *helps])
    if before[0] not in COMMANDS or helped:
        return WORDS, []
    return _in_command(before[0], group.get_command(None, before[0]).params, before[1:], word)


def _joined(words: list[str]) -> list[str]:
    """--cell=lstm as --cell and lstm: bash hands it over in three words."""
    parts: list[str] = []
    for last, word in zip(["", *words], words, strict=False):
        name, sign, value = word.partition("=")
        if word.startswith("--") and sign:
            parts += [name, value]
        elif last == "=":
            parts[-1] = word
        else:
            parts.append("" if word == "=" else word)
    return parts


def _in_command(command: str, parameters: list[Any], before: list[str], word: str) -> tuple[str, list[Candidate]]:
    options = {name: one for one in parameters for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}
    cell_options = _cell_options() if "--cell-option" in options else {}
    places, waiting, only_arguments = 0, "", False
    for one in before:
        if waiting:
            waiting = ""
        elif one == "--":
            only_arguments = True
        elif not only_arguments and (one in cell_options or (one in options and not options[one].is_flag)):
            waiting = one
        elif only_arguments or not one.startswith("-"):
            places += 1
    if waiting in options:
        return _values(command, options[waiting], word)
    if waiting:
        return WORDS, _starting(word, [(value, "") for value in cell_options[waiting]])
    if word.startswith("-") and not only_arguments:
        shown = [(name, one.help or "") for name, one in options.items() if not one.hidden and name.startswith("--")]
        shown += [(name, "An option of the cell.") for name in cell_options if name not in options]
        return WORDS, _starting(word, [*shown, ("--help", "Show this message and exit.")])
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    if not arguments or (places >= len(arguments) and arguments[-1].nargs == 1):
        return WORDS, []
    return _values(command, arguments[min(places, len(arguments) - 1)], word)


def _cell_options() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in choices_of("", "cell_option"):
        name, _, value = pair.partition("=")
        found.setdefault(f"--{name}", []).append(value)
    return found


def _values(command: str, parameter: Any, word: str) -> tuple[str, list[Candidate]]:
    """The values of an option or an argument that begin with a word."""
    name, metavar = str(parameter.name), str(parameter.metavar or "")
    kind = FILES if name in (*INPUTS, *OUTPUTS) and metavar not in ("LABEL", "TEXT") else WORDS
    kind = FILES if "FILE" in metavar or "DIR" in metavar else kind
    if not choices_known(command, name):
        return kind, []
    start, comma, _ = word.rpartition(",") if name in LISTS else ("", "", word)
    return kind, _starting(word, [(start + comma + one, "") for one in choices_of(command, name)])


def _starting(word: str, found: list[Candidate]) -> list[Candidate]:
    return [one for one in found if one[0].lower().startswith(word.lower())]


def script_for(shell: str | None) -> str:
    """The script of a shell, by default that of the person. InputError where there is none for it."""
    return SCRIPTS[_known(shell)].rstrip("\n")


def install(shell: str | None) -> str:
    """Write the script where the shell finds it; what was done, in words."""
    name = _known(shell)
    home = Path.home()
    if name == "fish":
        target = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "completions" / "rnn.fish"
        _write(target, SCRIPTS[name])
        return f"{target} is written: a new fish completes rnn"
    target = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "rnn" / f"completion.{name}"
    _write(target, SCRIPTS[name])
    start = home / ".bashrc" if name == "bash" else Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
    from shlex import quote

    line = f"[ -f {quote(str(target))} ] && . {quote(str(target))}"
    text = start.read_text(encoding="utf-8", errors="surrogateescape") if start.exists() else ""
    if line in text.splitlines():
        return f"{target} is written; {start} read it already: a new {name} completes rnn"
    joined = text + "\n" * bool(text and not text.endswith("\n")) + line + "\n"
    remove_leftovers(start)
    write_atomically(start, joined.encode("utf-8", "surrogateescape"))
    return f"{target} is written, and a line in {start} that reads it: a new {name} completes rnn"


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
    write_atomically(target, text.encode())


def _known(shell: str | None) -> str:
    name = (shell or Path(os.environ.get("SHELL", "")).name).lower()
    if name not in SCRIPTS:
        said = f"{shell}: rnn knows" if shell else "which shell? rnn knows"
        raise InputError(f"{said} {', '.join(SCRIPTS)}, as in: rnn --install-completion bash")
    return name
