"""Owns every side effect: bundles are run, tables read and written, receipts kept, people answered."""
