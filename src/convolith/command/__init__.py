"""The command ``convolith``: train, predict, summary, config. It is made of the public API only."""

from __future__ import annotations

import argparse
import os
import sys

from .arguments import INTERRUPTED, CommandError, parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: what follows ``convolith`` on the command line; None takes the process's own.

    Returns:
        The exit code: 0; 130 after Ctrl-C; 2 after a mistake in the files or the environment, told in one line.

    Raises:
        SystemExit: with code 2 after a mistake in the arguments, told in one line; with 0 after ``--help``.

    Example:
        >>> from convolith.command import main
        >>> main(["config"])  # doctest: +SKIP
        0
    """
    options = parser().parse_args(arguments)
    try:
        code = run(options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print(f"convolith {options.command}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `convolith summary MODEL | head`: the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
    except (CommandError, ImportError, OSError) as error:
        print(f"convolith {options.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def run(options: argparse.Namespace) -> int:
    """Run one of the four commands; imported only now, so that an import's failure is told in one line, too."""
    if options.command == "train":
        from .train import train

        return train(options)
    if options.command == "predict":
        from .saved import predict

        return predict(options)
    if options.command == "summary":
        from .saved import summary

        return summary(options)
    from convolith.config import show_config

    show_config()
    return 0
