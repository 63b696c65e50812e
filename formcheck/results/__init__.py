"""The result folder: everything said of one clip, written whole or not at all, and read back."""

from formcheck.results.decoding import finding_from, from_dict, metric_from, read
from formcheck.results.encoding import ASSESSMENT_FILE, SCHEMA_VERSION, to_dict
from formcheck.results.folder import DRAWN_FILM, FolderWriter, check_target, left_aside, recover, write
from formcheck.results.pictures import (
    KeyPicture,
    faces_covered,
    note_faces_covered,
    read_key_pictures,
    write_key_pictures,
)
from formcheck.tables import quantise, read_landmarks

__all__ = [
    "ASSESSMENT_FILE",
    "DRAWN_FILM",
    "SCHEMA_VERSION",
    "FolderWriter",
    "KeyPicture",
    "check_target",
    "faces_covered",
    "finding_from",
    "from_dict",
    "left_aside",
    "metric_from",
    "note_faces_covered",
    "quantise",
    "read",
    "read_key_pictures",
    "read_landmarks",
    "recover",
    "to_dict",
    "write",
    "write_key_pictures",
]
