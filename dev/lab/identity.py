"""Who the servers run as: the person who starts them, or nobody when that is root."""

import grp
import os
import pwd
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Identity:
    """A user of this machine; None for a number means: as we are."""

    user: str
    group: str
    uid: int | None = None
    gid: int | None = None
    other_groups: Sequence[int] | None = None

    @classmethod
    def for_servers(cls) -> Self:
        """The user to run servers as."""
        if os.geteuid() != 0:
            return cls(pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name)
        nobody = pwd.getpwnam("nobody")  # Dovecot does not act for uid 0
        group = grp.getgrgid(nobody.pw_gid).gr_name
        return cls(nobody.pw_name, group, nobody.pw_uid, nobody.pw_gid, ())

    def take(self, folder: Path) -> None:
        """Give the folder and all that is in it to this user."""
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, self.user, self.group)
