"""The parts of the result page in words: verdict, what to work on, key frames, recording, certainty, files, method."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from markupsafe import Markup

from formcheck.report.advice import CLEARANCE, KEEP, LIMITS, NOT_A_DIAGNOSIS, Action, clinician
from formcheck.report.content import CheckRow, Content
from formcheck.results import KeyPicture
from formcheck.scenes import bottom_s
from formcheck.types import Assessment, Band, MetricResult
from formcheck.ui import kit
from formcheck.ui.result_stored import Shown
from formcheck.wording import clock, metric_label, number, unit_text, value_with_error, with_side

_CHECK_BANDS: dict[str, Band | None] = {"ok": "within", "warn": "watch", "fail": "outside", "none": None}
_FILE_WORDS = (
    ("report.pdf", "Report as PDF"),
    ("overlay.mp4", "Video with overlay"),
    ("report.html", "Report as web page"),
    ("metrics.csv", "Measures (CSV)"),
    ("angles.csv", "Angles, frame by frame (CSV)"),
    ("events.csv", "Events (CSV)"),
    ("landmarks.csv", "Tracked points (CSV)"),
    ("assessment.json", "Everything (JSON)"),
)
_OTHER_PROGRAMS = (
    ("landmarks.parquet", "Tracked points (Parquet)"),
    ("angles.parquet", "Angles (Parquet)"),
    ("landmarks_px.trc", "Points in pixels (TRC, for Sports2D and OpenSim)"),
    ("angles.mot", "Angles (MOT, for OpenSim)"),
)
"""Made when they are asked for, by the names of `exchange.FILES`."""


def file_address(analysis_id: str, name: str, *, save: bool = False) -> str:
    """Where the browser finds a file of a result."""
    return f"/fc/analyses/{quote(analysis_id)}/{quote(name)}" + "?download=1" * save


def verdict(shown: Shown, above: str, tips: kit.Tips) -> Markup:
    """The verdict in a sentence, a colour, a symbol and a word, with its reasons; `above` says whose and what."""
    content = shown.content
    box = Markup(
        '<section><p class="above">{}</p><div class="verdict {}"><div class="icon" aria-hidden="true">{}</div>'
        '<div><p class="word">{}</p><h1>{}</h1>{}</div></div></section>'
    )
    return box.format(
        above,
        content.band,
        content.symbol,
        content.status,
        content.headline,
        kit.bullets(map(tips.sentence, content.reasons)),
    )


def work(shown: Shown, tips: kit.Tips) -> Markup:
    """What to work on: at most three things, and the sentence that this is no diagnosis."""
    content = shown.content
    boxes = [_action(action, place, shown, tips) for place, action in enumerate(content.actions, start=1)]
    body = kit.cards(boxes) if boxes else kit.paragraph(content.lead)
    filming = all(not action.metric_id for action in content.actions)
    heading = "What to do next" if filming else "What to work on"
    return kit.section(heading, body, kit.paragraph(NOT_A_DIAGNOSIS, "muted small"), name="work")


def _action(action: Action, place: int, shown: Shown, tips: kit.Tips) -> Markup:
    title, why = tips.sentence(action.title), tips.sentence(f"Why: {action.reason}")
    head = Markup('<div class="head"><h3>{}. {}</h3>{}</div>').format(place, title, kit.badge(action.band))
    doses = [
        Markup("<strong>{}</strong> {}{}").format(e.name, e.dose, f" ({e.note})" if e.note else "")
        for e in action.exercises
    ]
    moment = _moment(action, shown)
    return kit.card(
        head,
        kit.paragraph(action.cue),
        kit.paragraph(Markup("<strong>{}</strong>").format(action.target) if action.target else ""),
        kit.bullets(doses, "doses"),
        kit.paragraph(why if action.reason else "", "why"),
        kit.jump(f"Show it in the video, {clock(moment)}", moment) if moment is not None else "",
    )


def _moment(action: Action, shown: Shown) -> float | None:
    """Where in the clip (s) it can be seen: at its key frame, or in the first repetition that does not count."""
    if action.metric_id == "reps_valid":
        return next((bottom_s(c) for c in shown.assessment.cycles if not c.valid), None)
    return next((p.time_s for p in shown.pictures if p.metric_id == action.metric_id and p.time_s is not None), None)


def gallery(shown: Shown, analysis_id: str) -> Markup:
    """The key frames; a click jumps the player to the frame."""
    shots = [_shot(picture, analysis_id) for picture in shown.pictures]
    body = Markup('<div class="gallery">{}</div>').format(kit.join(shots)) if shots else ""
    return kit.section("Key frames", body, name="frames")


def _shot(picture: KeyPicture, analysis_id: str) -> Markup:
    address = file_address(analysis_id, f"keyframes/{picture.file}")
    inside = Markup('<img src="{}" alt="" loading="lazy"><strong>{}</strong><span>{}</span>').format(
        address, picture.title, picture.caption
    )
    if picture.time_s is None:
        return Markup('<figure class="shot">{}</figure>').format(inside)
    return Markup('<button type="button" class="shot" data-seek="{:.6f}">{}</button>').format(picture.time_s, inside)


def recording(content: Content) -> Markup:
    """How good the recording is: what to do better first, then every check."""
    checks = content.checks
    if not checks:
        return Markup("")
    known = sum(check.band != "none" for check in checks)
    good = sum(check.band == "ok" for check in checks)
    lost = len(checks) - known
    summary = f"{good} of {known} checks of the recording are good" if good < known else f"All {known} checks are good"
    summary += f"; {lost} could not be judged from this clip." if lost else "."
    troubles = [
        kit.card(
            Markup('<div class="head"><h3>{}</h3>{}</div>').format(check.label, _check_badge(check)),
            kit.paragraph(f"{check.value}; good: {check.limit}.", "muted"),
            kit.paragraph(check.advice),
        )
        for check in content.troubles
    ]
    return kit.section(
        "The recording",
        kit.paragraph(summary),
        kit.cards(troubles) if troubles else "",
        kit.bullets(content.notes),
        kit.more("Every check", _check_table(checks), name="checks"),
        name="recording",
    )


def _check_badge(check: CheckRow) -> Markup:
    return kit.badge(_CHECK_BANDS[check.band], check.word)


def _check_table(checks: Sequence[CheckRow]) -> Markup:
    row = Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>')
    rows = [row.format(c.label, c.value, c.limit, _check_badge(c)) for c in checks]
    head = "<thead><tr><th>Check</th><th>Found</th><th>Good up to or from</th><th>Result</th></tr></thead>"
    table = Markup('<table class="checks">{}<tbody>{}</tbody></table>')
    return table.format(Markup(head), kit.join(rows))


def certainty(assessment: Assessment) -> Markup:
    """How sure the numbers are, in words: the error of each judged value, and what a camera cannot see."""
    judged = [f for f in assessment.findings if f.criterion is not None]
    measured = [m for f in judged if (m := assessment.metric(f.metric_id, f.side)) is not None]
    lines = [line for metric in measured if (line := _error_line(metric))]
    close = [with_side(metric_label(f.metric_id), f.side) for f in judged if f.band == "uncertain"]
    told = ""
    if close:
        told = f"Too close to a limit to tell: {', '.join(close)}. Such a value counts neither as passed nor as failed."
    elif lines:
        told = "Every judged value is further from its limits than its measurement error."
    return kit.section(
        "How sure is this?",
        kit.paragraph(told),
        kit.more("What the errors mean, value by value", kit.bullets(lines, "small"), name="errors"),
        kit.more("What one phone camera cannot see", kit.bullets(LIMITS, "small"), name="limits"),
        name="sure",
    )


def _error_line(metric: MetricResult) -> Markup | None:
    """A value with its error and what that leaves open; None where the error is not known."""
    value, error = metric.value, metric.measurement_error
    if not isinstance(value, float | int) or not error:
        return None
    digits = 0 if error >= 1 else 1 if error >= 0.1 else 2
    low, high = (number(value + sign * error, digits) + unit_text(metric.unit) for sign in (-1, 1))
    name = with_side(metric_label(metric.id), metric.side)
    text = Markup("<strong>{}</strong>: {}, so most likely between {} and {}. Smaller changes are no change.")
    return text.format(name, value_with_error(metric), low, high)


def downloads(shown: Shown, analysis_id: str) -> Markup:
    """Links to every file, the two that most people want first."""
    buttons = [
        Markup('<a class="button{}" href="{}" download>{} <small>{}</small></a>').format(
            " first" if name == "report.pdf" else "",
            file_address(analysis_id, name, save=True),
            words,
            kit.size_text(shown.files[name]),
        )
        for name, words in _FILE_WORDS
        if name in shown.files
    ]
    body = Markup('<div class="row">{}</div>').format(kit.join(buttons)) if buttons else ""
    others = [
        Markup('<a class="button" href="{}" download>{}</a>').format(file_address(analysis_id, name, save=True), words)
        for name, words in _OTHER_PROGRAMS
    ]
    row = Markup('<div class="row">{}</div>').format(kit.join(others))
    return kit.section(
        "Save", body, kit.more("For other programs", row, name="exports") if buttons else "", name="files"
    )


def running_again() -> Markup:
    """The way back to running, and when to see somebody."""
    return kit.more(
        "Back to running, and when to see a clinician",
        kit.paragraph(Markup("<strong>All four, without pain, before you run again:</strong>")),
        kit.bullets(CLEARANCE, ordered=True),
        kit.bullets(KEEP, "small"),
        kit.paragraph(Markup("<strong>See a clinician if there is:</strong>")),
        kit.bullets(clinician(), "small"),
        name="clearance",
    )


def method(content: Content) -> Markup:
    """For whoever wants to check or repeat it: the recording, versions, steps, definitions, sources."""
    definitions = [
        Markup("<strong>{}</strong>: {}{}").format(label, definition, f" Positive: {positive}." if positive else "")
        for label, definition, positive in content.definitions
    ]
    return kit.section(
        "Method",
        running_again(),
        kit.more("This recording and the versions", kit.facts(content.facts), name="facts"),
        kit.more("How each measure is defined", kit.bullets(definitions, "small"), name="definitions"),
        kit.more("Where the limits come from", kit.bullets(content.sources, "small", ordered=True), name="sources"),
        kit.more("Steps from tracking to angles", kit.bullets(content.history, "small", ordered=True), name="history"),
        name="method",
    )
