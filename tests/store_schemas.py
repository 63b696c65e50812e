"""Stores as earlier versions of formcheck left them: the SQL of each schema, with a row in each table."""

SCHEMA_1 = """
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

INSERT INTO clients VALUES ('c1', 'w', 'Carla', 1.0, 'left knee');
INSERT INTO clips VALUES ('v1', 'w', 'run.mp4', '.mp4', 'abc', 5, 2.0, '{"fps": 60}');
INSERT INTO analyses (id, workspace, clip_id, client_id, status, settings, created_s, queued_s, verdict, model)
    VALUES ('a1', 'w', 'v1', 'c1', 'done', '{"leg": "left"}', 3.0, 3.0, 'pass', 'full');
INSERT INTO records VALUES ('r1', 'w', 'c1', 'pain', '2026-11-01',
    '{"day": "2026-11-01", "kind": "stairs", "pain": 2}', 4);
PRAGMA user_version = 1;
"""

OLD = {1: SCHEMA_1}
