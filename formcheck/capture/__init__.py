"""Reads and writes video files: the only room that knows FFmpeg (through PyAV)."""

from formcheck.capture.probing import probe
from formcheck.capture.reading import frame_times_s, read_frames
from formcheck.capture.writing import write_video

__all__ = ["frame_times_s", "probe", "read_frames", "write_video"]
