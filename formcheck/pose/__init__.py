"""Finds people in frames: the only room that knows mediapipe."""

from formcheck.pose.tracking import default_workers, track_athlete, track_poses

__all__ = ["default_workers", "track_athlete", "track_poses"]
