"""Owns the report of tests as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as xml

from ...dialect.diagnostics import error, one_line
from .outcome import Outcome, Report, State

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS: dict[State, str] = {"failed": "failure", "error": "error", "not run": "skipped"}


def write_junit(report: Report, path: Path, name: str, details: dict[str, str]) -> None:
    """Write a report to a file; raises T7019 when that can't be done.

    Args:
        report: the report.
        path: the file, replaced if there is one.
        name: of the suite: the project's.
        details: by test, what a person reads of its failure.
    """
    text = junit(report, name, details)
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as problem:
        message = f"the report can't be written to `{path}`"
        raise error("T7019", message, help="name a file in a folder that is there", cause=problem.strerror or str(problem)) from problem


def junit(report: Report, name: str, details: dict[str, str]) -> str:
    """Return a report as JUnit XML; arguments as for `write_junit`."""
    began = datetime.now(UTC) - timedelta(seconds=report.seconds)
    counts = {
        "tests": str(len(report)),
        "failures": str(report.count("failed")),
        "errors": str(report.count("error")),
        "skipped": str(report.count("not run")),
        "time": f"{report.seconds:.3f}",
    }
    root = xml.Element("testsuites", {"name": _clean(name), **counts})
    stamp = began.strftime("%Y-%m-%dT%H:%M:%S")
    suite = xml.SubElement(root, "testsuite", {"name": _clean(name), **counts, "timestamp": stamp, "hostname": "localhost"})
    for one in report:
        suite.append(_case(one, details.get(one.name, "")))
    xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _case(one: Outcome, details: str) -> xml.Element:
    case = xml.Element("testcase", {"classname": _clean(one.target), "name": _clean(one.name), "time": f"{one.seconds:.3f}"})
    if one.passed:
        return case
    first = one.diagnostics[0] if one.diagnostics else None
    facts = {"message": _clean(first.message), "type": first.code} if first is not None else {"message": "another test stopped the run"}
    tag = xml.SubElement(case, _TAGS[one.state], facts)
    text = details or "\n".join(one_line(found) for found in one.diagnostics)
    if text:
        tag.text = _clean(text)
    return case


def _clean(text: str) -> str:
    """Return a text without the characters that XML can't hold."""
    return _FORBIDDEN.sub("\ufffd", text)
