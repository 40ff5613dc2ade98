"""The live part: the hub that reads the event log once, and the streams it feeds."""
