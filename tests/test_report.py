"""The report: right words in the right order, self-contained, safe, readable; plots and numbers exact."""

import io
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pypdf
import pytest
from athletes import FPPA_SQUAT, run, squat
from PIL import Image

from formcheck import lettering, report, wording
from formcheck.criteria import load
from formcheck.errors import InputError
from formcheck.plots import (
    Area,
    Label,
    Line,
    invalid_repetitions,
    mean_band,
    nice_ticks,
    plots_of,
    repetition_bars,
    resample,
)
from formcheck.report.advice import actions
from formcheck.report.content import content_of
from formcheck.report.svg import PALETTE, to_svg
from formcheck.results.encoding import to_dict
from formcheck.types import Cycle, Finding, MetricResult, QualityCheck, Verdict

ASSESSMENTS = [squat(), run(), run(protocol="treadmill_side")]
PICTURE = report.Picture("Worst <repetition>", "Knee & hip", np.full((900, 600, 3), 120, np.uint8))


def png(size, mode="RGB"):
    """A picture of one colour as a PNG file."""
    stream = io.BytesIO()
    Image.new(mode, size, 1).save(stream, "PNG")
    return stream.getvalue()


LOGO = report.checked_logo(png((300, 90)))


def text_of(page):
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


class Tags(HTMLParser):
    """Checks nesting and collects every address."""

    VOID = frozenset({"meta", "br", "img", "link", "hr"})

    def __init__(self):
        super().__init__()
        self.open, self.links, self.names = [], [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.links += [v for k, v in attrs if k in {"src", "href", "srcset"} and v]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("assessment", ASSESSMENTS, ids=lambda a: a.protocol)
def test_page_is_whole_self_contained_and_small(assessment):
    page = report.html(assessment, [replace(PICTURE) for _ in range(6)])
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert all(link.startswith("data:image/jpeg;base64,") for link in tags.links)
    assert len(tags.links) == 6 + 3  # the client sees three of them
    assert "script" not in tags.names
    assert "url(" not in page
    assert "@import" not in page
    assert len(page) < 3_000_000
    assert "nan" not in text_of(page).lower().split()


def test_sections_stand_in_the_order_people_read_them():
    page = report.html(squat(), [PICTURE])
    headings = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", page)
    assert headings == [
        "Too close to call: film the single-leg squat test on the left leg again",
        "What was seen",
        "What to do",
        "Back to running: all four, without pain",
        "See a clinician if there is",
        "For the clinician",
        "About the recording",
        "What was measured",
        "What could not be measured",
        "Key frames",
        "Every repetition",
        "Quality of the recording",
        "Limits of the method",
        "Method",
    ]


def test_page_says_what_it_must():
    text = text_of(report.html(squat()))
    for words in (
        "not a diagnosis and not a treatment prescription",
        "Pain decides",
        "Hip adduction (left) : The pelvis could not be seen in enough repetitions.",
        "Repetition 9: not deep enough: 31° of knee flexion",
        "product judgement (J) [1]",
        "Stand straight in front of the athlete.",
        "criteria 2026.1",
        "Fewer than 20 valid repetitions: 19.",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>.mp4", '"><img src=x onerror=alert(1)>', "a&b{{7*7}}.mov"]
)
def test_what_came_from_outside_is_escaped(hostile):
    base = squat()
    assessment = replace(
        base,
        video=replace(base.video, name=hostile),
        notes=(hostile,),
        verdict=Verdict("uncertain", (hostile,)),
        pose=replace(base.pose, model=hostile, history=(hostile,)),
    )
    page = report.html(assessment, [report.Picture(hostile, hostile, PICTURE.rgb)])
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.names
    assert all(link.startswith("data:") for link in tags.links)
    assert "{{7*7}}" in page or "7*7" not in hostile


def test_a_picture_is_made_smaller_and_keeps_its_words():
    page = report.html(squat(), [report.Picture("A", "b", np.zeros((4000, 3000, 3), np.uint8))])
    assert len(page) < 200_000
    assert 'alt="Worst &lt;repetition&gt;. Knee &amp; hip"' in report.html(squat(), [PICTURE])


@pytest.mark.parametrize("assessment", ASSESSMENTS, ids=lambda a: a.protocol)
def test_pdf_is_written_with_its_font_inside_and_the_same_every_time(tmp_path, assessment):
    report.pdf(assessment, [PICTURE] * 6, tmp_path / "a.pdf")
    report.pdf(assessment, [PICTURE] * 6, tmp_path / "b.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert b"FontFile2" in data
    assert 1 <= len(re.findall(rb"/Type /Page\b", data)) <= 4
    assert data == (tmp_path / "b.pdf").read_bytes()


def test_pdf_takes_hostile_names(tmp_path):
    base = squat()
    name = "<b>&</i><font color=zzz>.mp4"
    report.pdf(replace(base, video=replace(base.video, name=name), notes=(name,)), [], tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").stat().st_size > 5000


def test_a_clip_that_cannot_be_scored_still_has_a_report(tmp_path):
    failed = QualityCheck("distance", "Athlete's height", 12.0, "%", 45.0, "fail", "come closer, about 3 m")
    assessment = replace(
        squat(),
        verdict=Verdict("not_assessable", ("the athlete is too small",)),
        checks=(failed,),
        metrics=(MetricResult("knee_fppa_deg", "left", "deg", None, reason="too small"),),
        findings=(),
        cycles=(),
        events=(),
        angles={},
    )
    text = text_of(report.html(assessment))
    assert "This clip cannot be scored" in text
    assert "Come closer, about 3 m." in text
    assert "Knee valgus (FPPA) (left) : Too small." in text
    report.pdf(assessment, [], tmp_path / "a.pdf")


def test_at_most_three_things_to_do_most_important_first():
    base = run()
    extra = tuple(
        Finding(metric_id, "left", band, f"{metric_id} is off", criterion, "Do this.")
        for metric_id, band, criterion in (
            ("trunk_lean_deg", "watch", None),
            ("step_width_ratio", "outside", None),
            ("knee_fppa_deg", "outside", FPPA_SQUAT),
        )
    )
    found = actions(replace(base, findings=(*base.findings[:2], *extra)))
    assert [a.title for a in found] == ["Knee valgus (FPPA) (left)", "Step width (left)", "Cadence"]
    assert len(found) == 3


def test_a_clip_that_cannot_be_scored_asks_for_a_better_clip_and_nothing_else():
    watched = Finding("pelvic_drop_deg", "left", "outside", "too low")
    note = "The clip shows something else."
    base = replace(squat(), findings=(watched,), verdict=Verdict("not_assessable", (note,)), notes=(note,))
    assert [a.title for a in actions(base)] == ["Film again"]
    assert content_of(base).notes == ()


def test_a_check_that_could_not_be_made_is_not_called_good():
    unknown = QualityCheck(
        "roll", "Camera tilted sideways", None, "deg", 1.5, "ok", "could not be judged from this clip"
    )
    (row,) = content_of(replace(squat(), checks=(unknown,))).checks
    assert (row.word, row.value, row.advice) == ("Not known", "–", "Could not be judged from this clip.")


def test_both_sides_of_a_finding_are_one_thing_to_do_and_exercises_are_named_once():
    base = run()
    drop = next(f for f in base.findings if f.metric_id == "pelvic_drop_deg" and f.side == "left")
    both = (drop, replace(drop, side="right"), Finding("knee_fppa_deg", "left", "watch", "11° is above 10.5°"))
    found = actions(replace(base, findings=both))
    assert [a.title for a in found] == ["Hip drop (both sides)", "Knee valgus (FPPA) (left)"]
    names = [e.name for a in found for e in a.exercises]
    assert len(names) == len(set(names))


def test_step_rate_target_is_five_to_ten_percent_above_ones_own_and_said_once():
    found = actions(run(cadence_spm=160.0))
    targets = [a.target for a in found if a.target]
    assert len(targets) == 1
    assert "was 160" in targets[0]
    assert "168 to 176" in targets[0]
    assert not any(a.target for a in actions(replace(squat(), verdict=Verdict("pass", ()))))


def test_nothing_to_change_is_said_so():
    clean = replace(run(), findings=())
    assert actions(clean) == ()
    assert "Nothing in this run stands out" in text_of(report.html(clean))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("pass", "looks good"),
        ("fail", "not passed yet"),
        ("uncertain", "film the single-leg squat test"),
        ("not_assessable", "cannot be scored"),
    ],
)
def test_every_status_has_its_sentence(status, says):
    assert says in wording.headline(replace(squat(), verdict=Verdict(status, ())))


@pytest.mark.parametrize(
    ("value", "error", "unit", "expected"),
    [
        (12.34, 2.8, "deg", "12° ± 3°"),
        (-12.5, 0.35, "deg", "−12.5° ± 0.3°"),
        (243.2, 14.0, "ms", "243 ± 14 ms"),
        (0.342, 0.012, "ratio", "0.34 ± 0.01"),
        (171.4, 1.0, "spm", "171 ± 1 steps/min"),
        (-0.2, 2.0, "deg", "0° ± 2°"),
        (19.0, None, "count", "19"),
        (1.953, None, "s", "2.0 s"),
    ],
)
def test_numbers_have_no_more_digits_than_their_error_supports(value, error, unit, expected):
    metric = MetricResult("knee_fppa_deg", "left", unit, value, measurement_error=error)
    assert wording.value_with_error(metric) == expected


def test_words_for_intervals_missing_values_limits_and_live_angles():
    metric = MetricResult("knee_fppa_deg", "left", "deg", 12.0, (11.1, 12.9), measurement_error=2.8)
    assert wording.interval_text(metric) == "11 to 13°"
    assert wording.interval_text(replace(metric, ci95=(11.9, 12.1))) == "11.9 to 12.1°"
    assert wording.interval_text(replace(metric, ci95=None)) == "–"
    assert wording.value_text(MetricResult("foot_strike", "left", "class", "rearfoot")) == "rearfoot"
    assert wording.value_text(MetricResult("foot_strike", "left", "class", None, reason="x")) == "not measured"
    assert wording.limits_text(FPPA_SQUAT, "deg") == "watch above 10°, outside above 15°"
    assert wording.limits_text(replace(FPPA_SQUAT, inclusive=True), "deg") == "watch from 10°, outside from 15°"
    assert [wording.live_text("knee_fppa_deg", v) for v in (12.2, -3.4, 0.2)] == ["12° in", "3° out", "0°"]
    assert wording.clock(67.39) == "1:07.3"


def test_every_metric_and_criterion_of_the_product_can_be_worded():
    for criterion in load().criteria:
        assert wording.limits_text(criterion, "deg")
        assert wording.metric_label(criterion.metric_id)


def test_values_too_close_to_tell_are_one_line_of_the_verdict_and_soften_the_headline():
    close = tuple(
        Finding("pelvic_drop_deg", side, "uncertain", f"Hip drop ({side}) 6° ± 3°: near 7°")
        for side in ("left", "right")
    )
    told = tuple(f"Too close to a limit to tell: {f.reason}." for f in close)
    assessment = replace(run(), findings=close, verdict=Verdict("pass", ("Nothing stands out", *told)))
    content = content_of(assessment)
    assert content.headline == "Nothing in this run clearly stands out"
    assert content.reasons == (
        "Nothing stands out.",
        "Too close to a limit to tell: Hip drop (left), Hip drop (right).",
    )


def test_left_and_right_stand_together_in_the_table():
    base = run()
    rows = content_of(replace(base, metrics=tuple(sorted(base.metrics, key=lambda m: m.side)))).scored
    labels = [row.label for row in rows]
    assert labels == sorted(labels, key=labels.index)
    assert len(rows) == 5


def test_sources_are_cited_by_number():
    known = load()
    criterion = next(c for c in known.criteria if c.metric_id == "knee_fppa_deg")
    base = squat()
    content = content_of(replace(base, findings=(replace(base.findings[0], criterion=criterion),)))
    assert content.sources == (known.reference(criterion).short,)
    assert content.scored[0].source == 1


def test_resampling_a_straight_line_gives_it_back():
    time_s = np.sort(np.random.default_rng(1).uniform(0, 10, 400))
    rows = resample(time_s, 3.0 * time_s, [Cycle("left", 2.0, 4.0), Cycle("left", 5.0, 6.0)])
    np.testing.assert_allclose(rows, 3.0 * np.array([np.linspace(2, 4, 101), np.linspace(5, 6, 101)]), atol=1e-9)


def test_gaps_stay_gaps_in_cycles_and_mean():
    time_s = np.arange(0, 2, 0.01)
    values = np.where((time_s > 0.4) & (time_s < 0.6), np.nan, 1.0)
    rows = resample(time_s, values, [Cycle("left", 0.0, 1.0), Cycle("left", 1.0, 1.99)])
    assert np.isnan(rows[0, 45:56]).all()
    assert np.isfinite(rows[1]).all()
    mean, spread = mean_band(rows)
    np.testing.assert_allclose(mean, 1.0)
    np.testing.assert_allclose(spread, 0.0, atol=1e-12)
    assert np.isnan(resample(time_s, np.full(200, np.nan), [Cycle("left", 0.0, 1.0)])).all()


def test_mean_band_is_mean_and_standard_deviation():
    rows = np.random.default_rng(2).normal(5, 2, (30, 101))
    mean, spread = mean_band(rows)
    np.testing.assert_allclose(mean, rows.mean(axis=0))
    np.testing.assert_allclose(spread, rows.std(axis=0, ddof=1))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.3, 17.2), (99.5, 100.2), (0, 0), (-40, 900)])
def test_ticks_are_round_and_enclose_the_data(low, high):
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low + 1e-9
    assert ticks[-1] >= high - 1e-9
    assert 1 <= len(ticks) - 1 <= 8
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    assert f"{step:e}"[0] in "125"


def test_bars_stand_for_every_repetition_and_are_as_high_as_their_value():
    assessment = squat()
    plot = repetition_bars(assessment, "left")
    bars = [
        s for s in plot.shapes if isinstance(s, Area) and s.role in {"within", "watch", "outside"} and s.opacity > 0.9
    ]
    values = [v for v in assessment.metric("knee_fppa_deg", "left").per_cycle if v is not None]
    assert len(bars) == len(values) == 19
    assert sum(isinstance(s, Label) and s.text == "✕" for s in plot.shapes) == 1
    heights = [max(y for _, y in b.points) - min(y for _, y in b.points) for b in bars]
    np.testing.assert_allclose(np.array(heights) / np.array(values), heights[0] / values[0], rtol=0.02)
    expected = ["within" if v <= 10 else "watch" if v <= 15 else "outside" for v in values]
    assert [b.role for b in bars] == expected
    assert invalid_repetitions(assessment) == ("Repetition 9: not deep enough: 31° of knee flexion",)


def test_left_and_right_share_their_axis():
    plots = {p.title: p for p in plots_of(run())}
    ticks = [
        [s.text for s in plots[f"Hip drop, {side}"].shapes if isinstance(s, Label) and s.anchor == "end"]
        for side in ("left", "right")
    ]
    assert ticks[0] == ticks[1]


@pytest.mark.parametrize("assessment", ASSESSMENTS, ids=lambda a: a.protocol)
def test_shapes_stay_on_the_canvas_and_have_a_known_colour(assessment):
    plots = plots_of(assessment)
    assert plots
    for plot in plots:
        for shape in plot.shapes:
            assert shape.role in PALETTE
            points = [(shape.x, shape.y)] if isinstance(shape, Label) else shape.points
            assert np.isfinite(points).all()
            xs, ys = zip(*points, strict=True)
            assert min(xs) >= 0
            assert max(xs) <= plot.width
            assert min(ys) >= -1
            assert max(ys) <= plot.height
        assert any(isinstance(s, Line) and s.role in {"mean", "ink"} for s in plot.shapes)
        assert to_svg(plot).count("<svg") == 1


def _luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _contrast(a, b):
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _full(colour):
    return colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])


def test_words_have_enough_contrast_in_light_dark_and_print():
    css = files("formcheck").joinpath("data/templates/report.html.j2").read_text(encoding="utf-8")
    themes = re.findall(r":root\{(.*?)\}", css, flags=re.S)
    assert len(themes) == 3
    for theme in themes:
        colours = {k: _full(v) for k, v in re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", theme)}
        pairs = [(name, f"{name}-bg") for name in ("within", "watch", "outside", "grey")]
        pairs += [(name, ground) for name in ("ink", "muted") for ground in ("bg", "card")] + [("p-muted", "card")]
        for front, back in pairs:
            assert _contrast(colours[front], colours[back]) >= 4.5, (front, back, theme[:40])


# --- several clips, letterhead, and the PDF's own text ---------------------------------------------------------------


def pages_of(path):
    """The text of each page, with every white space as one."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(path).pages]


def row_values(metric):
    """What the table says of a metric: value, interval, error."""
    return [wording.value_text(metric), wording.interval_text(metric), wording.error_text(metric)]


def other_leg(assessment):
    """The same test on the right leg, with a knee that falls in less."""

    def turned(one):
        return replace(one, side="right") if one.side == "left" else one

    metrics = tuple(
        replace(turned(m), value=m.value - 8.0) if m.id == "knee_fppa_deg" else turned(m) for m in assessment.metrics
    )
    return replace(assessment, leg="right", metrics=metrics, findings=tuple(map(turned, assessment.findings)))


def visit_report(letterhead=None):
    clips = (run(), run(protocol="treadmill_side"), squat(), other_leg(squat()))
    return report.report_of([report.Part(clip, (PICTURE,)) for clip in clips], letterhead)


@pytest.mark.parametrize("assessment", ASSESSMENTS, ids=lambda a: a.protocol)
def test_the_pdf_says_the_numbers_of_assessment_json(tmp_path, assessment):
    report.pdf(assessment, [], tmp_path / "a.pdf")
    client, *clinician = pages_of(tmp_path / "a.pdf")
    text = " ".join(clinician)
    stored = to_dict(assessment)["metrics"]
    table = text[text.index("What was measured") : text.index("Limits of the method")]
    for metric in stored:
        side = wording.SIDE_WORDS[metric["side"]]
        label = wording.metric_label(metric["id"])
        if metric["value"] is None:
            assert wording.with_side(label, metric["side"]) in table
            continue
        again = MetricResult(
            metric["id"],
            metric["side"],
            metric["unit"],
            metric["value"],
            tuple(metric["ci95"]) if metric["ci95"] else None,
            tuple(metric["per_cycle"]),
            tuple(metric["cycle_times_s"]),
            metric["measurement_error"],
        )
        n = str(metric["n"]) if metric["per_cycle"] else "–"
        value, interval, error = row_values(again)
        assert f"{label} {side} {value} {interval} {n} {error}" in table, label
    assert to_dict(assessment)["verdict"]["status"] == assessment.verdict.status
    assert wording.headline(assessment) in client
    assert f"formcheck {assessment.formcheck_version}, criteria {assessment.criteria_version}" in text


def test_page_one_is_for_the_client_and_the_next_for_the_clinician(tmp_path):
    report.pdf(squat(), [PICTURE] * 6, tmp_path / "a.pdf")
    client, *clinician = pages_of(tmp_path / "a.pdf")
    for words in ("What was seen", "What to do", "Knee valgus (FPPA)", "See a clinician", "not a diagnosis"):
        assert words in client
    for words in ("95 %", "SHA-256", "criteria", "Pose model", "σ"):
        assert words not in client
    assert "Page 2 For the clinician" in clinician[0]
    for words in ("95 % interval", "Error", "Key frames", "Every repetition", "Quality of the recording"):
        assert words in " ".join(clinician)


@pytest.mark.parametrize("many", [False, True])
def test_the_clients_part_is_one_page_however_much_there_is_to_say(tmp_path, many):
    told = tuple(Finding("pelvic_drop_deg", "left", "watch", "too low " * 60, None, "Do this. " * 60) for _ in range(9))
    base = replace(run(), verdict=Verdict("pass", ("A long reason. " * 20,) * 6), findings=told)
    head = report.Letterhead("Clinic " * 15, LOGO, "Client " * 15)
    whole = visit_report(head) if many else report.report_of([report.Part(base, (PICTURE,) * 6)], head)
    report.write_pdf(whole, tmp_path / "a.pdf")
    pages = pages_of(tmp_path / "a.pdf")
    assert "Page 2 For the clinician" in pages[1]
    assert "This is not a diagnosis" in pages[0]


def test_clinic_logo_client_and_day_stand_above_both_and_in_any_letters(tmp_path):
    head = report.Letterhead("Praxis Łódź · Ångström ≥ 5°", LOGO, "Ελένη Щербакова Nguyễn Iğdır", date(2026, 11, 7))
    report.pdf(squat(), [], tmp_path / "a.pdf", head)
    first, second, *_ = pages_of(tmp_path / "a.pdf")
    assert head.clinic in first
    for page in (first, second):
        assert "Ελένη Щербакова Nguyễn Iğdır" in page
        assert "7 November 2026" in page
    assert len(pypdf.PdfReader(tmp_path / "a.pdf").pages[0].images) == 1
    page = report.html(squat(), [], head)
    assert head.clinic in page
    assert head.client in page
    assert "data:image/png;base64," in page


def test_what_the_pdf_cannot_print_is_told_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(lettering, "other_faces", lambda: ())
    report.pdf(squat(), [], tmp_path / "a.pdf", report.Letterhead(client="Anna สมชาย"))
    first = pages_of(tmp_path / "a.pdf")[0]
    assert "Anna [?]" in first
    assert "[?] stands for letters that no font on this computer can print" in first
    assert "สมชาย" in report.html(squat(), [], report.Letterhead(client="Anna สมชาย"))
    report.pdf(squat(), [], tmp_path / "b.pdf", report.Letterhead(client="山田 太郎"))
    assert "a reader without Asian fonts leaves them out" in pages_of(tmp_path / "b.pdf")[0]
    report.pdf(squat(), [], tmp_path / "c.pdf", report.Letterhead(client="محمد Łukasz"))
    assert "[?]" not in pages_of(tmp_path / "c.pdf")[0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"%PDF-1.4", "no picture"),
        (png((30, 30))[:60], "no picture"),
        (b"\x89PNG" + b"0" * 6_000_000, "MB"),
        (png((9000, 9000), "1"), "pixels"),
        (b"", "no picture"),
    ],
)
def test_a_logo_that_is_no_picture_or_far_too_large_is_refused_in_one_line(data, why):
    with pytest.raises(InputError, match=why) as error:
        report.checked_logo(data, "logo.png")
    assert "logo.png" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_logo_is_made_small_and_carries_nothing_else():
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (3000, 2000), "teal").save(stream, "JPEG", exif=exif)
    kept = report.checked_logo(stream.getvalue())
    assert Image.open(io.BytesIO(kept)).size == (360, 240)
    assert b"secret" not in kept


def test_a_report_on_several_clips_says_where_each_value_comes_from(tmp_path):
    whole = visit_report()
    by_key = {(row.test, row.metric_id, row.side): row.clip for row in (*whole.scored, *whole.reported)}
    assert by_key["Run", "pelvic_drop_deg", "left"] == "A"
    assert by_key["Run", "knee_flexion_peak_deg", "left"] == "B"
    assert by_key["Single-leg squat test", "knee_fppa_deg", "left"] == "C"
    assert by_key["Single-leg squat test", "knee_fppa_deg", "right"] == "D"
    assert by_key["Single-leg squat test", "asymmetry_knee_fppa_deg", "both"] == "C, D"
    assert [one.label for one in whole.outcomes] == [
        "Run",
        "Single-leg squat test, left leg",
        "Single-leg squat test, right leg",
    ]
    assert len(whole.actions) <= 3
    report.write_pdf(whole, tmp_path / "a.pdf")
    text = " ".join(pages_of(tmp_path / "a.pdf"))
    drop = run().metric("pelvic_drop_deg", "left")
    assert f"Hip drop left A {wording.value_text(drop)}" in text
    for letter in "ABCD":
        assert f"Clip {letter}," in text
    page = text_of(report.html_page(whole))
    assert "Clip D, single-leg squat test, right leg: Key frames" in page
    assert "Each value comes from the clip that measures it best" in page
    tags = Tags()
    tags.feed(report.html_page(whole))
    assert tags.open == []


@pytest.mark.parametrize(
    ("statuses", "says", "band"),
    [
        (("pass", "pass"), "worth working on", "watch"),
        (("pass", "fail"), "Not passed yet: the single-leg squat test on the right leg", "outside"),
        (("fail", "fail"), "Not passed yet: the single-leg squat test on both legs", "outside"),
        (("uncertain", "pass"), "film the single-leg squat test on the left leg again", "uncertain"),
        (("not_assessable", "not_assessable"), "These clips cannot be scored", "not_assessable"),
    ],
)
def test_the_most_demanding_test_speaks_for_the_visit(statuses, says, band):
    watched = Finding("knee_fppa_deg", "left", "watch", "12° is above 10°", FPPA_SQUAT)
    left = replace(squat(), findings=(watched,), verdict=Verdict(statuses[0], ("x",)))
    right = replace(other_leg(squat()), findings=(), verdict=Verdict(statuses[1], ("y",)))
    whole = report.report_of([report.Part(left), report.Part(right)])
    assert says in whole.headline
    assert whole.band == band


def test_a_clip_that_cannot_be_judged_is_named_and_gives_no_value():
    bad = replace(squat(), checks=(QualityCheck("yaw", "Camera square", 12.0, "deg", 3.0, "fail", "turn it"),))
    bad = replace(bad, verdict=Verdict("not_assessable", ("The camera is not square.",)))
    whole = report.report_of([report.Part(bad), report.Part(other_leg(squat()))])
    assert "Clip A gives no values: The camera is not square." in whole.reasons
    assert {row.clip for row in (*whole.scored, *whole.reported)} == {"B"}
