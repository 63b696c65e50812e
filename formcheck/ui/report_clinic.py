"""The clinic that stands above the reports: name and logo, kept for this browser's work."""

from __future__ import annotations

import streamlit as st

from formcheck.errors import FormcheckError
from formcheck.report.letterhead import LARGEST_LOGO_BYTES, LONGEST_NAME, checked_logo
from formcheck.store import Clinic, Store
from formcheck.ui import kit
from formcheck.ui.components.sheet import sheet


def form(store: Store, workspace: str) -> Clinic:
    """Show and change the clinic; the one that is kept."""
    clinic = store.clinic(workspace)
    named = clinic.name or ("a logo" if clinic.logo else "not said yet")
    with st.expander(f"Clinic: {kit.literal(named)}", icon=":material/home_health:"):
        if clinic.logo:
            sheet(kit.picture(clinic.logo, "The clinic's logo", 200), key="clinic_logo")
        with st.form("clinic", border=False):
            name = st.text_input("Name of the clinic", clinic.name, max_chars=LONGEST_NAME)
            upload = st.file_uploader(
                "Logo (PNG, JPEG or WebP)",
                type=["png", "jpg", "jpeg", "webp"],
                max_upload_size=LARGEST_LOGO_BYTES // 1_000_000,
            )
            bare = st.checkbox("Without a logo", value=False) if clinic.logo else False
            if st.form_submit_button("Keep"):
                _keep(store, workspace, clinic, name, upload.getvalue() if upload else b"", bare=bare)
    return clinic


def _keep(store: Store, workspace: str, clinic: Clinic, name: str, upload: bytes, *, bare: bool) -> None:
    """Keep what was said; where the logo cannot be used, say why and keep nothing."""
    try:
        logo = checked_logo(upload) if upload else b"" if bare else clinic.logo
    except FormcheckError as error:
        st.error(kit.literal(str(error)))
        return
    store.set_clinic(workspace, Clinic(name, logo))
    st.rerun()
