"""Reports: a Verdict for others to read: Markdown, one page of HTML, JUnit XML, JSON, annotations of GitHub.

Here: one kind a module; where they are written (``targets``). Not here: the terminal (``verdict_page``), deciding
(``gate``).
"""

from gonogo.cli.reports.targets import Reports, Target, report_options, targets_of, write_reports

__all__ = ["Reports", "Target", "report_options", "targets_of", "write_reports"]
