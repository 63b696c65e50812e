"""The tables, as numbered migrations: entry i takes a file from `user_version` i to i + 1. None is ever changed."""

from __future__ import annotations

import sqlite3

from formcheck.errors import InputError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE clients (
        id TEXT PRIMARY KEY,
        workspace TEXT NOT NULL,
        name TEXT NOT NULL,
        created_s REAL NOT NULL,
        notes TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX clients_of ON clients (workspace, name);

    CREATE TABLE clips (
        id TEXT PRIMARY KEY,
        workspace TEXT NOT NULL,
        name TEXT NOT NULL,
        ending TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        created_s REAL NOT NULL,
        look TEXT,
        UNIQUE (workspace, sha256)
    ) STRICT;
    CREATE INDEX clips_of ON clips (workspace, created_s DESC);

    CREATE TABLE analyses (
        id TEXT PRIMARY KEY,
        workspace TEXT NOT NULL,
        clip_id TEXT NOT NULL REFERENCES clips (id),
        client_id TEXT REFERENCES clients (id),
        batch TEXT NOT NULL DEFAULT '',
        status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'refused', 'failed', 'cancelled')),
        settings TEXT NOT NULL,
        stage TEXT NOT NULL DEFAULT '',
        done INTEGER NOT NULL DEFAULT 0,
        total INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT '',
        protocol TEXT,
        leg TEXT,
        verdict TEXT,
        headline TEXT NOT NULL DEFAULT '',
        formcheck_version TEXT NOT NULL DEFAULT '',
        criteria_version TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        worker TEXT NOT NULL DEFAULT '',
        tries INTEGER NOT NULL DEFAULT 0,
        heartbeat_s REAL,
        created_s REAL NOT NULL,
        queued_s REAL NOT NULL,
        started_s REAL,
        finished_s REAL
    ) STRICT;
    CREATE INDEX analyses_of ON analyses (workspace, created_s DESC);
    CREATE INDEX analyses_of_client ON analyses (client_id, created_s DESC);
    CREATE INDEX analyses_of_clip ON analyses (clip_id);
    CREATE INDEX analyses_waiting ON analyses (status, queued_s) WHERE status IN ('queued', 'running');

    CREATE TABLE records (
        id TEXT PRIMARY KEY,
        workspace TEXT NOT NULL,
        client_id TEXT REFERENCES clients (id),
        kind TEXT NOT NULL,
        day TEXT NOT NULL,
        content TEXT NOT NULL,
        created_s REAL NOT NULL
    ) STRICT;
    CREATE INDEX records_of ON records (workspace, client_id, kind, day);
    """,
    """
    CREATE TABLE visits (
        id TEXT PRIMARY KEY,
        workspace TEXT NOT NULL,
        client_id TEXT REFERENCES clients (id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        created_s REAL NOT NULL
    ) STRICT;
    CREATE INDEX visits_of ON visits (workspace, client_id, day);

    ALTER TABLE clients ADD COLUMN birth_year INTEGER;
    ALTER TABLE clips ADD COLUMN has_video INTEGER NOT NULL DEFAULT 1 CHECK (has_video IN (0, 1));
    ALTER TABLE analyses ADD COLUMN visit_id TEXT REFERENCES visits (id) ON DELETE SET NULL;
    CREATE INDEX analyses_of_visit ON analyses (visit_id) WHERE visit_id IS NOT NULL;
    CREATE INDEX analyses_served ON analyses (workspace, started_s);
    CREATE INDEX records_of_client ON records (client_id);

    CREATE TABLE notes (
        id TEXT PRIMARY KEY,
        workspace TEXT NOT NULL,
        client_id TEXT REFERENCES clients (id) ON DELETE CASCADE,
        visit_id TEXT REFERENCES visits (id) ON DELETE SET NULL,
        analysis_id TEXT REFERENCES analyses (id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        author TEXT NOT NULL DEFAULT '',
        time_s REAL,
        created_s REAL NOT NULL,
        changed_s REAL
    ) STRICT;
    CREATE INDEX notes_of ON notes (workspace, client_id, created_s);
    CREATE INDEX notes_of_client ON notes (client_id);
    CREATE INDEX notes_of_visit ON notes (visit_id);
    CREATE INDEX notes_of_analysis ON notes (analysis_id, time_s);

    CREATE TABLE tags (
        analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
        word TEXT NOT NULL,
        PRIMARY KEY (analysis_id, word)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tags_by_word ON tags (word);

    CREATE TABLE annotations (
        id TEXT PRIMARY KEY,
        analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
        first_frame INTEGER NOT NULL,
        last_frame INTEGER NOT NULL,
        shape TEXT NOT NULL,
        author TEXT NOT NULL DEFAULT '',
        created_s REAL NOT NULL
    ) STRICT;
    CREATE INDEX annotations_of ON annotations (analysis_id, first_frame);

    CREATE TABLE corrections (
        id TEXT PRIMARY KEY,
        analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        author TEXT NOT NULL DEFAULT '',
        made_s REAL NOT NULL,
        undone_s REAL
    ) STRICT;
    CREATE INDEX corrections_of ON corrections (analysis_id, made_s);

    CREATE TABLE doomed (
        path TEXT PRIMARY KEY,
        due_s REAL NOT NULL
    ) STRICT;

    CREATE TABLE copies (
        kind TEXT NOT NULL CHECK (kind IN ('backup', 'export')),
        name TEXT NOT NULL,
        workspace TEXT,
        client_id TEXT,
        made_s REAL NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE settings (
        workspace TEXT NOT NULL,
        name TEXT NOT NULL,
        content TEXT NOT NULL,
        changed_s REAL NOT NULL,
        PRIMARY KEY (workspace, name)
    ) STRICT, WITHOUT ROWID;
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to the newest schema, each step whole or not at all, also when two programs start at once.

    Raises
    ------
    InputError : the file was written by a newer formcheck.
    """
    while True:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version == len(MIGRATIONS):
            return
        if version > len(MIGRATIONS):
            raise InputError(
                f"the store was written by a newer formcheck (schema {version}, this one knows {len(MIGRATIONS)}); "
                "update formcheck or name another folder with --home"
            )
        _step(connection, version)


def _step(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if int(connection.execute("PRAGMA user_version").fetchone()[0]) == version:
            for statement in MIGRATIONS[version].split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
