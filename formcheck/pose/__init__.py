"""Finds people in frames: the only room that knows mediapipe."""

from formcheck.pose.clip import load
from formcheck.pose.tracking import default_workers, find_everyone, stretches, track_athlete

__all__ = ["default_workers", "find_everyone", "load", "stretches", "track_athlete"]
