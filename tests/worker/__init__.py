"""Tests of the worker: real processes, real signals, a real Redis that comes and goes."""
