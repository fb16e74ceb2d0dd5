"""Everything vaultrel cannot go on with, as exceptions built from facts.

A user's note can contain anything; that is data and becomes a `vaultrel.model.Diagnostic`.
An exception of this module means that a whole run, or one write, stops. Its message says what
happened, what was not done, and the next step to take; its class owns the exit code.
"""

from __future__ import annotations

from typing import ClassVar


class VaultrelError(Exception):
    """Base of every error vaultrel raises on purpose.

    Subclasses take facts, never ready-made prose, and set `exit_code`
    (0 done, 1 needs you, 2 usage, 3 no vault, 4 refused for safety, 5 failed).
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}\n{self.next_step}"


class UsageError(VaultrelError):
    """The command cannot be carried out as it was typed."""

    exit_code = 2


class UnknownPersonError(UsageError):
    """No person note has the name, alias or path that was asked for."""

    def __init__(self, query: str, suggestions: tuple[str, ...] = ()) -> None:
        self.query = query
        self.suggestions = suggestions
        near = f"Did you mean {', '.join(suggestions)}?" if suggestions else "See `vaultrel people` for everyone found."
        super().__init__(f"No person called {query!r} in this vault.", next_step=near)


class AmbiguousPersonError(UsageError):
    """More than one person answers to the name that was asked for."""

    def __init__(self, query: str, candidates: tuple[str, ...], paths: tuple[str, ...] = ()) -> None:
        self.query = query
        self.candidates = candidates
        self.paths = paths
        """The notes of the candidates, in their order."""
        shown = [*candidates[:8], *([f"{len(candidates) - 8:,} others"] if len(candidates) > 8 else [])]
        super().__init__(
            f"{query!r} could be {' or '.join(shown)}.",
            next_step="Give the full name or the path of the note.",
        )


class SettingsError(UsageError):
    """The settings file has keys or values that cannot be used; all problems at once."""

    def __init__(self, source: str, problems: tuple[str, ...]) -> None:
        self.source = source
        self.problems = problems
        listed = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(
            f"{source} cannot be used:\n{listed}",
            next_step=f"Mend the lines named in {source}, then run the command again. Nothing was written.",
        )


class VaultNotFoundError(VaultrelError):
    """There is no vault where one was looked for."""

    exit_code = 3

    def __init__(self, looked_in: str, reason: str = "there is no folder with that name") -> None:
        self.looked_in = looked_in
        super().__init__(
            f"No vault at {looked_in}: {reason}.",
            next_step="Name the folder that holds your notes: vaultrel --vault DIR, or once for all: vaultrel init DIR"
            "\nTo look first, on invented notes: vaultrel demo",
        )


class EmptyVaultError(VaultrelError):
    """The folder exists but holds no Markdown note that may be read."""

    exit_code = 3

    def __init__(self, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} holds no Markdown notes.",
            next_step="Check that this is your vault and its disk is mounted, or name another: vaultrel --vault DIR",
        )


class SafetyError(VaultrelError):
    """Refused, because going on might lose something of the user's."""

    exit_code = 4


class NoteChangedError(SafetyError):
    """A note's bytes are not the ones that the edit was planned against."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} changed while vaultrel was about to write it; it was left as it is.",
            next_step="Run `vaultrel scan` again.",
        )


class WriteRefusedError(SafetyError):
    """A file is not one that vaultrel may replace (link, read-only, outside the vault…).

    `code` is stable and documented in the reference of diagnostics.
    """

    def __init__(self, path: str, code: str, reason: str) -> None:
        self.path = path
        self.code = code
        self.reason = reason
        super().__init__(
            f"{path} was left as it is: {reason} ({code}).",
            next_step="Nothing else is affected. `vaultrel doctor` lists every note left alone.",
        )


class AnotherWriterError(SafetyError):
    """Another vaultrel process is writing to this vault."""

    def __init__(self, root: str, owner: str) -> None:
        self.root = root
        self.owner = owner
        super().__init__(
            f"Another vaultrel is writing to {root} ({owner}).",
            next_step="Wait for it to end, or stop it; reading commands work meanwhile.",
        )


class VaultVanishedError(SafetyError):
    """Most of the notes known from the last run are gone at once: unmounted is not deleted."""

    def __init__(self, root: str, missing: int, known: int) -> None:
        self.root = root
        self.missing = missing
        self.known = known
        super().__init__(
            f"{missing} of the {known} notes known in {root} are gone at once. "
            "Nothing was written and the last feed was kept.",
            next_step="If the disk or sync folder was away, bring it back. "
            "If you removed them yourself: vaultrel scan --accept-missing",
        )


class StorageFailedError(VaultrelError):
    """The operating system would not read or write where vaultrel had to."""

    def __init__(self, path: str, doing: str, reason: str) -> None:
        self.path = path
        self.doing = doing
        self.reason = reason
        super().__init__(
            f"Could not {doing} {path}: {reason}.",
            next_step="Check the disk and the permissions of that folder, then run the command again.",
        )


class PortInUseError(VaultrelError):
    """The calendar server cannot listen where it was told to."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(
            f"Port {port} on {host} is taken by another program.",
            next_step=f"Stop that program, or choose another port: --port {port + 1}",
        )
