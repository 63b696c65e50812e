"""The way back to running: clearance criteria, phases, run/walk plan, exercises and questionnaire as rules. Pure.

Evidence is what somebody recorded (see `records`); rules and their limits are data with sources
(`data/recovery.toml`). Nothing here reads a clock: today's date is handed in.
"""
