"""Where clips come from: this device, a file on this computer, a phone, and the samples."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from formcheck import jobs
from formcheck.errors import FormcheckError, InputError
from formcheck.ui import capture_guide, kit, progress, state, tray
from formcheck.ui.components.upload import upload_clips
from formcheck.ui.result_rows import sentence
from formcheck.ui.server.lan.desk import DESK

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SAMPLE_WIDTH_PX = 108


def clips() -> None:
    """Show the ways in which a clip comes here; what arrives is laid into the tray."""
    names = ["From this device", *(["A file on this computer"] if is_this_computer() else []), "From the phone"]
    first = names[-1 if DESK.url else 0]  # whoever lets phones in has the clip there
    places = dict(zip(names, st.tabs(names, default=first, on_change="rerun", key="formcheck_source"), strict=True))
    with places["From this device"]:
        tray.put(upload_clips())
    if "A file on this computer" in places:
        with places["A file on this computer"]:
            _by_path()
    phone = places["From the phone"]
    if phone.open:
        with phone:
            _from_phone()


def is_this_computer() -> bool:
    """Whether the app answers this machine alone, so that its files are the visitor's own."""
    return st.get_option("server.address") in _LOOPBACK


def _by_path() -> None:
    with st.form("formcheck_path", border=False):
        text = st.text_input("Path of the video", placeholder="~/Videos/run.mp4", help="The file is copied.")
        wanted = st.form_submit_button("Add this file", icon=":material/add:")
    if not wanted:
        return
    try:
        path = video_path(text)
        with st.spinner("Copying the file …"), state.open_store() as store:
            clip = store.add_clip(state.workspace(), path, name=path.name)
    except FormcheckError as error:
        st.error(kit.literal(sentence(str(error))), icon=":material/error:")
        return
    tray.put_again(clip.id)


def video_path(text: str) -> Path:
    """The regular file that somebody named, quotes and `~` understood.

    Raises
    ------
    InputError : it is no file that can be read.
    """
    named = text.strip().removeprefix("file:").strip("\"'").strip()
    if not named:
        raise InputError("no path was given; type or paste where the video lies, such as ~/Videos/run.mp4")
    try:
        path = Path(named).expanduser()
        if not path.is_absolute():
            raise InputError(f"{named} is not a whole path; give it from the top, such as ~/Videos/run.mp4")
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not there"
            raise InputError(f"{named} {what}; give the path of one video file")
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{named} cannot be read; check the path and its permissions") from error
    return path


def _from_phone() -> None:
    from formcheck.ui.phone import phone_panel, received_clips

    tray.put(received_clips())
    phone_panel()


def samples() -> None:
    """Offer the samples; one click starts one, and its result opens by itself."""
    st.subheader("Samples", anchor=False)
    st.caption("No clip at hand? These athletes are rendered. The result opens by itself in a minute or two.")
    with st.container(horizontal=True):
        for sample in capture_guide.samples():
            with st.container(width=_SAMPLE_WIDTH_PX, key=f"sample_{sample.name}", gap="xsmall"):
                st.image(str(sample.picture), width=_SAMPLE_WIDTH_PX)
                if st.button(sample.words, key=f"try_{sample.name}", width="stretch"):
                    _try(sample.name)


def try_a_sample() -> None:
    """The one button that shows at once what formcheck does."""
    if st.button("Try a sample", key="try", icon=":material/play_circle:"):
        _try("")


def _try(name: str) -> None:
    from formcheck.samples import find_sample

    here = state.workspace()
    try:
        video = find_sample(name)
        with state.open_store() as store:
            clip = store.add_clip(here, video, name=video.name)
            analysis = jobs.submit(store, here, clip.id, {})
    except FormcheckError as error:
        st.error(kit.literal(sentence(str(error))), icon=":material/error:")
        return
    progress.follow(analysis.id, opens_when_done=True)
    st.rerun()
