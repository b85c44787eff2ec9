"""How nbgrader treats the homework of this book. `make homework` writes a configuration that loads this one."""

import sys
from pathlib import Path

from nbgrader.converters import Autograde, GenerateAssignment

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "_tools"))
from homework_cells import GradeOutside, Restore
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import ClearHiddenTests, ClearOutput, Execute, GetGrades

c = get_config()  # noqa: F821 - nbgrader provides it
c.CourseDirectory.course_id = "hpmath"
# A set has no outputs but those it should keep: the expected figures of a chapter.
c.GenerateAssignment.preprocessors = [p for p in GenerateAssignment().preprocessors if p is not ClearOutput]
c.ClearSolutions.code_stub = {"python": ""}  # the stub stands above the solution
c.Autograde.sanitize_preprocessors = [ClearOutput, Restore, *Autograde().sanitize_preprocessors[1:]]
c.Autograde.autograde_preprocessors = [GradeOutside if p is Execute else p for p in Autograde().autograde_preprocessors]
c.GradeOutside.timeout = 30  # seconds a cell may run
c.GradeOutside.iopub_timeout = 2  # after a cell was interrupted
c.GradeOutside.shutdown_kernel = "immediate"
# The keys were put back for grading; what a student gets shows the verdicts, not the keys.
c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
