"""The clients page in every state, run as Streamlit runs it; and the zip that leaves it."""

import json
import re
import time
from datetime import date
from pathlib import Path

import pytest
from serving import served
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from formcheck import jobs
from formcheck.store import Copy, Deletion, open_store
from formcheck.ui import clients_words as words
from formcheck.ui import clients_zip
from formcheck.ui.server.workspaces import COOKIE, workspace_of

ROOT = Path(__file__).parents[1]
HERE = "a" * 32


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs.start, "ensure_worker", lambda home: None)
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def page(store):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.session_state["formcheck_workspace"] = HERE
    return at.switch_page("formcheck/ui/pages/clients.py")


def run(at):
    at.run()
    assert not at.exception, at.exception[0].message if at.exception else ""
    return at


def one(at, client):
    at.query_params["client"] = client.id
    return run(at)


def text(at):
    told = [
        e.value
        for kind in ("title", "markdown", "caption", "info", "success", "warning", "error")
        for e in at.get(kind)
    ]
    html = [json.loads(e.proto.json).get("html", "") for e in at.main if e.type == "bidi_component"]
    return re.sub(r"<[^>]+>", " ", " ".join(map(str, [*told, *html]))).replace("\\", "")


def result(store, tmp_path, name="run.mp4", **more):
    source = tmp_path / name
    source.write_bytes(name.encode())
    clip = store.add_clip(HERE, source, name=name)
    wanted = store.queue(HERE, clip.id, {}, **more)
    store.take("w")
    wanted.folder.mkdir()
    (wanted.folder / "assessment.json").write_text("{}")
    store.finish(wanted.id, "w", "done", protocol="single_leg_squat", leg="left", verdict="pass", headline="Looks good")
    return store.analysis(wanted.id, HERE)


def test_nobody_yet_says_what_clients_are_for_and_how_to_back_up(page):
    run(page)
    assert "No clients yet" in page.info[0].value
    assert "formcheck backup" in page.caption[-1].value


def test_a_client_is_added_and_opened(page, store):
    run(page)
    page.text_input(key="name_new").set_value("  Anna   *B* ")
    page.number_input(key="year_new").set_value(1990)
    next(b for b in page.button if b.label == "Add").click()
    run(page)
    (client,) = store.clients(HERE)
    assert (client.name, client.birth_year) == ("Anna *B*", 1990)
    assert page.query_params["client"] == [client.id]
    assert page.title[0].value == r"Anna \*B\*"


def test_a_client_without_a_name_is_asked_for_one(page, store):
    run(page)
    next(b for b in page.button if b.label == "Add").click()
    run(page)
    assert "needs a name" in page.error[0].value
    assert not store.clients(HERE)


def test_somebody_elses_client_is_not_here(page, store):
    theirs = store.add_client("b" * 32, "Theirs")
    one(page, theirs)
    assert "not here" in page.warning[0].value
    assert "Theirs" not in text(page)


def test_the_search_knows_no_accents_and_asks_for_every_word(store):
    for name, notes in (("Zoë Müller", "left knee"), ("Anna Muller", "hip"), ("x7", "")):
        store.add_client(HERE, name, notes=notes)
    clients = store.clients(HERE)

    def names(wanted):
        return {c.name for c in words.found(clients, wanted)}

    assert names("muller") == {"Zoë Müller", "Anna Muller"}
    assert names("ZOE knee") == {"Zoë Müller"}
    assert names("zoe hip") == set()
    assert len(names("  ")) == 3


def test_nobody_fits(page, store):
    store.add_client(HERE, "Anna")
    run(page)
    page.text_input(key="clients_search").set_value("zz*z")
    run(page)
    assert "Nobody fits" in page.info[0].value


def test_five_hundred_clients_are_quick(page, store):
    with store._writing() as db:
        db.executemany(
            "INSERT INTO clients (id, workspace, name, created_s, notes) VALUES (?, ?, ?, 0, '')",
            [(f"{i:032x}", HERE, f"Client {i:03}") for i in range(500)],
        )
    run(page)
    before = time.process_time()
    page.text_input(key="clients_search").set_value("client 4")
    run(page)
    assert time.process_time() - before < 0.3
    assert len([b for b in page.button if b.label == "Open"]) == 20
    assert "of 176 clients" in text(page)


def test_a_visit_takes_results_in_and_lets_them_go(page, store, tmp_path):
    anna = store.add_client(HERE, "Anna", notes="first line\nsecond line")
    made = result(store, tmp_path)
    one(page, anna)
    assert "No visit and no result yet" in text(page)
    next(b for b in page.button if b.label == "Add visit").click()
    run(page)
    (visit,) = store.visits(HERE, anna.id)
    page.multiselect(key=f"free_{anna.id}").set_value([made.id])
    next(b for b in page.button if b.label == "Add to this client").click()
    run(page)
    kept = store.analysis(made.id, HERE)
    assert (kept.client_id, kept.visit_id) == (anna.id, visit.id)
    shown = text(page)
    assert "Single-leg squat test, left leg" in shown
    assert "Looks good" in shown
    assert "Pass" in shown
    page.button(key=f"edit_{made.id}").click()
    run(page)
    page.selectbox(key=f"visit_of_{made.id}").set_value("")
    run(page)
    assert store.analysis(made.id, HERE).visit_id is None
    page.button(key=f"away_{made.id}").click()
    run(page)
    assert store.analysis(made.id, HERE).client_id is None


def test_a_visit_is_removed_and_its_results_stay(page, store, tmp_path):
    anna = store.add_client(HERE, "Anna")
    visit = store.add_visit(HERE, anna.id, date(2026, 11, 24), "First look")
    made = result(store, tmp_path, client_id=anna.id, visit_id=visit.id)
    one(page, anna)
    assert "24 November 2026 · First look" in text(page)
    page.button(key=f"no_visit_{visit.id}").click()
    run(page)
    assert store.visits(HERE, anna.id) == ()
    assert store.analysis(made.id, HERE).client_id == anna.id


def test_tags_and_notes_on_a_result(page, store, tmp_path):
    anna = store.add_client(HERE, "Anna")
    made = result(store, tmp_path, client_id=anna.id)
    store.tag(made.id, HERE, "old shoes")
    one(page, anna)
    assert "old shoes" in text(page)
    page.button(key=f"edit_{made.id}").click()
    run(page)
    page.multiselect(key=f"tags_{made.id}").set_value([])
    run(page)
    assert store.tags(HERE, made.id) == ()
    page.text_area(key=f"note_text_{made.id}").set_value("knee <b>in</b> on landing")
    page.number_input(key=f"at_{made.id}").set_value(3.4)
    next(b for b in page.button if b.label == "Add note" and f"note_{made.id}" in b.form_id).click()
    run(page)
    (note,) = store.notes(HERE, analysis_id=made.id)
    assert (note.time_s, note.client_id) == (3.4, anna.id)
    assert "at 0:03.4 in the clip" in text(page)


def test_notes_are_written_changed_and_deleted(page, store):
    anna = store.add_client(HERE, "Anna")
    one(page, anna)
    page.text_area(key=f"note_text_{anna.id}").set_value("Pain 2 of 10")
    next(b for b in page.button if b.label == "Add note").click()
    run(page)
    (note,) = store.notes(HERE, client_id=anna.id)
    page.button(key=f"change_{note.id}").click()
    run(page)
    page.text_area(key=f"edited_{note.id}").set_value("Pain 3 of 10")
    next(b for b in page.button if b.label == "Keep" and "edit_" in b.form_id).click()
    run(page)
    assert [n.text for n in store.notes(HERE, client_id=anna.id)] == ["Pain 3 of 10"]
    assert "changed" in text(page)
    page.button(key=f"drop_{note.id}").click()
    run(page)
    assert store.notes(HERE, client_id=anna.id) == ()


def test_delete_needs_a_tick_and_says_what_went_and_what_remains(page, store, tmp_path):
    anna = store.add_client(HERE, "Anna")
    made = result(store, tmp_path, client_id=anna.id)
    store.export_client(anna.id, HERE, tmp_path / "anna-out.zip", videos=False)
    one(page, anna)
    assert page.button(key=f"delete_{anna.id}").disabled
    page.checkbox(key=f"sure_{anna.id}").check()
    run(page)
    page.button(key=f"delete_{anna.id}").click()
    run(page)
    assert store.clients(HERE) == ()
    assert not made.folder.exists()
    assert "1 analysis, 1 video, no visits" in page.success[0].value
    assert "anna\\-out\\.zip" in page.warning[0].value
    assert "formcheck_deleted_client" not in page.session_state


def test_a_packed_zip_goes_with_its_client(page, store):
    anna = store.add_client(HERE, "Anna")
    packing = packed(clients_zip.pack(store.home, HERE, anna.id, videos=False))
    assert packing.path.exists()
    one(page, anna)
    page.checkbox(key=f"sure_{anna.id}").check()
    run(page)
    page.button(key=f"delete_{anna.id}").click()
    run(page)
    assert not packing.path.exists()


def test_words_of_a_deletion():
    deletion = Deletion(2, 1, 0, 3, 4, (Copy("backup", "all.zip", 0.0),))
    assert words.removed(deletion) == (
        "Deleted for good: the client, 2 analyses, 1 video, no visits, 3 notes and 4 entries of pain, runs and tests."
    )
    assert words.remaining(deletion)[0].startswith("Backup all.zip, written ")


def packed(packing):
    until = time.monotonic() + 10
    while packing.state == "packing" and time.monotonic() < until:
        time.sleep(0.01)
    return packing


def test_a_zip_is_packed_fetched_by_its_owner_alone_and_put_away(store, tmp_path):
    secret = "s" * 43
    here = workspace_of(secret)
    anna = store.add_client(here, "Anna Secret")
    packing = packed(clients_zip.pack(store.home, here, anna.id, videos=True))
    assert packing.state == "ready"
    assert "Anna" not in str(packing.path)
    with served(Starlette(routes=clients_zip.routes())) as site:
        answer = site.ask(packing.address, cookie=f"{COOKIE}={secret}")
        assert answer.status == 200
        assert answer.body[:2] == b"PK"
        assert "Anna" not in str(answer.headers)
        assert site.ask(packing.address, cookie=f"{COOKIE}={'t' * 43}").status == 404
        assert site.ask(packing.address).status == 404
    second = packed(clients_zip.pack(store.home, here, anna.id, videos=False))
    assert not packing.path.exists()
    clients_zip.put_away(second)
    assert not second.path.exists()


def test_a_zip_of_somebody_elses_client_fails_with_one_line(store):
    theirs = store.add_client("b" * 32, "Theirs")
    packing = packed(clients_zip.pack(store.home, HERE, theirs.id, videos=True))
    assert packing.state == "failed"
    assert "not here any more" in packing.error


def test_export_page_offers_the_link(page, store):
    anna = store.add_client(HERE, "Anna")
    one(page, anna)
    page.button(key=f"export_{anna.id}").click()
    run(page)
    packing = packed(clients_zip.packing_of(HERE, anna.id))
    run(page)
    assert "Save the zip" in text(page)
    clients_zip.put_away(packing)


def test_what_goes_out_comes_in_elsewhere(page, store, tmp_path):
    anna = store.add_client(HERE, "Anna")
    result(store, tmp_path, client_id=anna.id)
    store.export_client(anna.id, HERE, tmp_path / "out.zip", videos=True)
    store.delete_client(anna.id, HERE)
    run(page)
    page.file_uploader(key="client_zip").set_value(("out.zip", (tmp_path / "out.zip").read_bytes(), "application/zip"))
    run(page)
    page.button(key="take_in").click()
    run(page)
    (again,) = store.clients(HERE)
    assert again.name == "Anna"
    assert store.analyses(HERE, client_id=again.id)
    assert page.title[0].value == "Anna"


def test_a_zip_that_is_none_is_refused_in_one_line(page, store):
    run(page)
    page.file_uploader(key="client_zip").set_value(("x.zip", b"no zip", "application/zip"))
    run(page)
    page.button(key="take_in").click()
    run(page)
    assert len(page.error) == 1
    assert "\n" not in page.error[0].value
