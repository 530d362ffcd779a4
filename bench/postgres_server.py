"""A PostgreSQL server for tests and benches, started from Debian's package in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL = "PostgreSQL's server is not installed; install it with: apt-get install -y postgresql"


def programs() -> Path | None:
    """The folder with initdb and postgres, of the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).resolve().parent if there else None


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server's empty database; it listens on a socket in its folder alone, not on the network."""
    bin_folder = programs()
    assert bin_folder, INSTALL
    folder = Path(tempfile.mkdtemp(prefix="maeumgok-pg-"))
    account: dict = {}
    if os.getuid() == 0:  # the server refuses to be root's
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    common = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **account}
    initdb = [bin_folder / "initdb", "-D", folder / "data", "-U", "bot", "-A", "trust", "-E", "UTF8", "--locale=C"]
    options = f"-k {folder} -c listen_addresses='' -c max_connections=100 -c shared_buffers=16MB"
    try:
        subprocess.run([*initdb, "--no-sync"], **common)
        start = [bin_folder / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start"]
        subprocess.run(start, **common | {"stderr": subprocess.DEVNULL})
        yield f"postgresql://bot@/postgres?host={folder}"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            stop = [bin_folder / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"]
            subprocess.run(stop, **common | {"check": False})
        shutil.rmtree(folder, ignore_errors=True)
