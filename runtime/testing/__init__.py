"""Owns tests of views: `CREATE TEST` run over rows in memory, compared, reported."""
