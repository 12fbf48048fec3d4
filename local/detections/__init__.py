"""Detections as data: the rules of `detections/` compiled, checked and tried."""
