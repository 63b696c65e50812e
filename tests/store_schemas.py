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

SCHEMA_2 = f"""{SCHEMA_1}
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

INSERT INTO annotations VALUES ('d1', 'a1', 3, 9, '{{"kind": "line"}}', 'Ann', 5.0);
PRAGMA user_version = 2;
"""

OLD = {1: SCHEMA_1, 2: SCHEMA_2}
