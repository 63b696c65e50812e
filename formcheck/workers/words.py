"""The words that worker processes and their parent exchange."""

SOME, DONE, FAULT = "some", "done", "fault"
