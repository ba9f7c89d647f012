r"""OlympiadBench: the 675 open-ended English mathematics problems that need no picture.

He et al. 2024, arXiv 2402.14008. The id is the published one. Where the set names a unit, or has several answers, the
prompt says so, because the published answer is the bare number or the list. Tags for the grader: `unit`, so that an
answer in another unit is converted; `tolerance`, published for one problem; `ordered`, where the parts of the
answer have their places, which the set does not record; `integer`, the whole numbers in answers with floors and
ceilings.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import MATH, Sample, Source, Task, boxed_reference, text_field, text_list, with_instruction

SEVERAL = "There may be several answers; put them all into one \\boxed{}, separated by commas."


ORDERED = frozenset((2317, 2349, 2356, 2369, 2467, 2490, 2536))
"""Problems that ask for named quantities, not for a set of solutions; from reading their questions, Nov 2026."""
WHOLE = {1644: "m, n", 1775: "n", 1883: "n", 1974: "n", 2091: "n", 2151: "n"}
"""Variables that count, in the answers with floors and ceilings."""


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with its final answer, dollar signs removed."""
    target = ", ".join(text_list(row, "final_answer")).replace("$", "").strip()
    unit = row.get("unit")
    asked = [text_field(row, "question").strip()]
    if isinstance(unit, str) and unit:
        asked.append(f"Give the answer in {_written(unit)}, without the unit.")
    if row["is_multiple_answer"]:
        asked.append(SEVERAL)
    tags = {"difficulty": "hard", "subject": text_field(row, "subfield"), "answer_type": text_field(row, "answer_type")}
    if isinstance(row.get("error"), str) and row["error"]:
        tags["tolerance"] = str(row["error"])
    if isinstance(unit, str) and unit:
        tags["unit"] = unit
    if row["id"] in ORDERED:
        tags["ordered"] = "true"
    if isinstance(row["id"], int) and row["id"] in WHOLE:
        tags["integer"] = WHOLE[row["id"]]
    return Sample(
        id=f"olympiadbench-{row['id']}",
        prompt=with_instruction("\n".join(asked), MATH),
        target=target,
        tags=tags,
        reference=boxed_reference(target),
    )


def _written(unit: str) -> str:
    """The unit as text, between dollar signs where it is a formula."""
    bare = unit.strip("$ ")
    return f"${bare}$" if set(bare) & set("\\^") else bare


TASK = Task(
    name="olympiadbench",
    version=1,
    grader="math",
    source=Source(
        title="OlympiadBench, OE_TO_maths_en_COMP (github.com/OpenBMB/OlympiadBench)",
        licence="MIT",
        hub_id="Hothan/OlympiadBench",
        hub_config="OE_TO_maths_en_COMP",
        hub_split="train",
        files=("olympiadbench_oe_en", "olympiadbench", "olympiadbench/test", "OE_TO_maths_en_COMP"),
    ),
    to_sample=to_sample,
    content_hash="sha256:6242e3932b9bc33893e61e8d052c9cda5813bc169633fbfbb93b26b9bc5c255f",
    summary="675 olympiad problems, open-ended, text only",
    max_tokens=65536,
)
