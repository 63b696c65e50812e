"""Reads and writes video files: the only room that knows FFmpeg (through PyAV)."""

from formcheck.capture.writing import write_video

__all__ = ["write_video"]
