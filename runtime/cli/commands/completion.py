"""Owns `treadle completion SHELL`: print the script that lets a shell complete treadle's command lines."""

from __future__ import annotations

import click

from ..completing import SHELLS, script_of
from ..console import Console
from ..options import log_option


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@log_option
@click.pass_obj
def command(console: Console, shell: str) -> None:
    """Print the script that lets SHELL complete commands, options, views, parameters, environments and error codes.

    \b
    bash: treadle completion bash > ~/.local/share/bash-completion/completions/treadle
    zsh:  treadle completion zsh > "${fpath[1]}/_treadle"
    fish: treadle completion fish > ~/.config/fish/completions/treadle.fish
    """
    console.data(script_of(shell).lstrip("\n"))
